"""Both stacks from end to end: requests in at Service-A, traces out at X-Ray's API."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from aws_xray_sdk.core.models.traceid import TraceId

from tests.e2e.rehearsal.rehearsals import PROJECT, copy_of_project, left_behind
from tests.e2e.rehearsal.running import Document, Running

REQUESTS = 60
STACKS = ("dev", "article", "collector", "prod")


@pytest.fixture(scope="module", params=["dev", "article"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp(request.param))
    rehearsal = Running(folder, request.param, REQUESTS)
    yield rehearsal
    if rehearsal.process.poll() is None:
        rehearsal.end()


def calls(running: Running) -> list[Document]:
    """Returns the subsegments of Service-A, each with the id of its trace."""
    documents = running.documents()
    callers = [each for each in documents if each["name"] == "service-a"]
    return [
        *(each for each in documents if each.get("type") == "subsegment"),
        *(
            {**call, "trace_id": each["trace_id"]}
            for each in callers
            for call in each.get("subsegments", [])
        ),
    ]


def test_every_request_is_one_trace_through_both_services(running: Running) -> None:
    documents = running.segments()
    assert Counter(each["name"] for each in documents) == {
        "service-a": REQUESTS,
        "service-b": REQUESTS,
    }
    assert len({each["trace_id"] for each in documents}) == REQUESTS
    assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output


def test_service_b_is_called_by_service_a(running: Running) -> None:
    called = {call["id"]: call["trace_id"] for call in calls(running)}
    assert len(called) == REQUESTS
    for each in running.segments():
        if each["name"] == "service-b":
            assert called[each["parent_id"]] == each["trace_id"]
        else:
            assert each["parent_id"] not in called


def test_two_pods_of_each_service_name_themselves_in_their_segments(running: Running) -> None:
    pods = {(each["name"], each["aws"]["eks"]["pod"]) for each in running.segments()}
    assert pods == {
        (service, f"{service}-{number}")
        for service in ("service-a", "service-b")
        for number in range(2)
    }


def test_segments_name_the_cluster_the_node_and_the_instance(running: Running) -> None:
    for each in running.segments():
        assert each["aws"]["eks"]["cluster_name"] == "xray-eksCluster"
        assert each["aws"]["ec2"]["instance_id"] == "i-0123456789abcdef0"
        assert each["annotations"]["node"] == "i-0123456789abcdef0"
        assert each["origin"] == "AWS::EKS::Container"


def test_the_service_map_counts_the_requests(running: Running) -> None:
    for edge in ("client", "service-a"):
        assert re.search(rf"^{edge} +{REQUESTS} ", running.output, re.MULTILINE)


def test_the_page_shows_the_same(running: Running) -> None:
    page = (running.folder / "build/rehearsal/index.html").read_text(encoding="utf-8")
    for text in ("service-a", "service-b", "client", str(REQUESTS)):
        assert text in page


def test_a_user_can_send_a_request_of_his_own(running: Running) -> None:
    trace_id = TraceId().to_id()
    url = running.printed(r"curl (http://\S+)")
    header = {"X-Amzn-Trace-Id": f"Root={trace_id};Parent={'0f' * 8};Sampled=1"}
    requests.get(url, headers=header, timeout=10)
    xray = running.client("xray")

    def arrived() -> set[str]:
        traces = xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
        documents = [json.loads(each["Document"]) for trace in traces for each in trace["Segments"]]
        return {each["name"] for each in documents if each.get("type") != "subsegment"}

    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while len(arrived()) < 2 and datetime.now(UTC) < deadline:
        pass
    assert arrived() == {"service-a", "service-b"}


def test_the_daemon_may_write_traces_and_not_read_buckets(running: Running) -> None:
    assert re.search(r"✓ +xray:PutTraceSegments +allowed", running.output)
    denied = running.output.partition("other actions denied:")[2]
    assert "s3:ListBuckets" in denied.partition("judged:")[0]


def test_the_declared_resources_exist_in_aws(running: Running) -> None:
    policies = running.client("iam").list_policies(Scope="Local")["Policies"]
    repositories = running.client("ecr").describe_repositories()["repositories"]
    assert len(policies) == 1
    assert policies[0]["AttachmentCount"] == 1
    assert {each["imageTagMutability"] for each in repositories} == {"IMMUTABLE"}


def test_ctrl_c_ends_it_and_everything_that_it_started(running: Running) -> None:
    assert running.end() == 0
    assert left_behind(running.folder) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(running.printed(r"curl (http://\S+)"), timeout=5)


def test_the_copy_is_of_the_whole_program() -> None:
    declared = {path.name for path in PROJECT.glob("Pulumi*.yaml")}
    assert declared == {"Pulumi.yaml", *(f"Pulumi.{stack}.yaml" for stack in STACKS)}
