"""The X-Ray API on this machine: IAM decides about each call, and SDKs are told the rules."""

import json
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import pytest
from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from aws_xray_sdk.core.context import Context
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.core.sampling.sampler import DefaultSampler
from botocore import xform_name
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from opentelemetry.sdk.resources import Resource as OpenTelemetryResource
from opentelemetry.sdk.trace.sampling import Decision

from tests.tools.rehearsal.test_program import resource_of
from tools.lab.deployment import Made
from tools.lab.errors import ToolError
from tools.rehearsal.access.rights import NEEDED
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud, start_cloud
from tools.rehearsal.kubernetes_objects import KubernetesObjects
from tools.rehearsal.program import Providers
from tools.rehearsal.stand_in.relay import Proxy

REGION: Final = "eu-central-1"

NOW: Final = time.time()

DECLARED: Final = {
    "ruleName": "shop",
    "priority": 100,
    "fixedRate": 1,
    "reservoirSize": 10,
    **dict.fromkeys(("serviceName", "serviceType", "host", "httpMethod", "urlPath"), "*"),
    "resourceArn": "*",
    "version": 1,
    "tags": {"environment": "dev"},
}
"""The inputs of an `aws.xray.SamplingRule`."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cloud]:
    """A cloud with the declared rule."""
    with start_cloud(REGION) as started:
        declare(started, tmp_path_factory.mktemp("manifests"))
        yield started


def declare(cloud: Cloud, folder: Path) -> Made:
    rule = resource_of("aws:xray/samplingRule:SamplingRule", DECLARED)
    return Providers(cloud, KubernetesObjects(folder, None)).create(rule)


@pytest.mark.parametrize("action", NEEDED)
def test_iam_is_asked_about_each_call(cloud: Cloud, action: str) -> None:
    def call(credentials: AwsCredentials) -> None:
        xray = cloud.client("xray", credentials)
        getattr(xray, xform_name(action.removeprefix("xray:")))(**NEEDED[action])

    call(cloud.user_allowed([action]))
    with pytest.raises(ClientError, match="AccessDenied"):
        call(cloud.user_allowed([each for each in NEEDED if each != action]))


def test_rules_are_told_as_declared_beside_the_default(cloud: Cloud) -> None:
    records = cloud.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    default, shop = (each["SamplingRule"] for each in records)
    assert (default["RuleName"], default["FixedRate"]) == ("Default", 0.05)
    assert (shop["RuleName"], shop["FixedRate"], shop["ReservoirSize"]) == ("shop", 1, 10)
    assert shop["RuleARN"] == f"arn:aws:xray:{REGION}:123456789012:sampling-rule/shop"


def test_a_second_rule_of_a_name_is_an_error(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="there is a sampling rule shop already"):
        declare(cloud, tmp_path)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, None),
        ({"name": "Größe 1 _.:/%&#=+\\-@"}, None),
        ({"trace_id": f"1-ee967e4d-{1:024x}", "id": "ABCDEF0123456789"}, None),
        ({"end_time": None, "in_progress": True}, None),
        ({"name": "shop (prod)"}, "InvalidName"),
        ({"name": "x" * 201}, "InvalidName"),
        ({"name": ""}, "MissingName"),
        ({"id": None}, "MissingId"),
        ({"id": "123"}, "InvalidId"),
        ({"trace_id": "0" * 32}, "InvalidTraceId"),
        ({"start_time": NOW * 1000}, "InvalidStartTime"),
        ({"start_time": "now"}, "InvalidStartTime"),
        ({"start_time": NOW - 31 * 24 * 3600}, "InvalidStartTime"),
        ({"end_time": NOW + 24 * 3600}, "InvalidEndTime"),
        ({"end_time": NOW - 5}, "InvalidEndTime"),
        ({"end_time": None, "in_progress": False}, "MissingEndTime"),
        ({"end_time": None, "type": "subsegment"}, "MissingEndTime"),
    ],
)
def test_documents_that_x_ray_refuses_are_refused(
    cloud: Cloud, fields: dict[str, Any], code: str | None
) -> None:
    document: dict[str, Any] = {"name": "shop", "id": f"{1:016x}", "start_time": NOW - 1}
    document |= {"end_time": NOW, "trace_id": f"1-{int(NOW):08x}-{1:024x}"} | fields
    sent = json.dumps({name: value for name, value in document.items() if value is not None})
    client = cloud.client("xray")
    refused = client.put_trace_segments(TraceSegmentDocuments=[sent])["UnprocessedTraceSegments"]
    assert [each.get("ErrorCode") for each in refused] == ([code] if code else [])
    assert all(each["Id"] == (document["id"] or "") for each in refused)


def test_what_is_no_document_is_refused(cloud: Cloud) -> None:
    sent = ["{", "[]", "null", "[" * 100_000]
    answer = cloud.client("xray").put_trace_segments(TraceSegmentDocuments=sent)
    codes = [each.get("ErrorCode") for each in answer["UnprocessedTraceSegments"]]
    assert codes == ["JSONFormatError"] * 4


def sampled_by_x_ray_sdk(port: int) -> Callable[[], bool]:
    sampler = DefaultSampler()
    sampler.load_settings(DaemonConfig(f"127.0.0.1:{port}"), Context())
    return lambda: sampler.should_trace({"service": "a", "method": "GET"}) == "shop"


def sampled_by_opentelemetry(port: int) -> Callable[[], bool]:
    resource = OpenTelemetryResource.create({"service.name": "a"})
    sampler = AwsXRayRemoteSampler(resource=resource, endpoint=f"http://127.0.0.1:{port}")

    def always() -> bool:
        decisions = [sampler.should_sample(None, 1, "a").decision for _ in range(20)]
        return decisions == [Decision.RECORD_AND_SAMPLE] * 20

    return always


@pytest.mark.parametrize("sampled_by", [sampled_by_x_ray_sdk, sampled_by_opentelemetry])
def test_an_sdk_follows_the_rules_through_the_stand_in(
    cloud: Cloud, sampled_by: Callable[[int], Callable[[], bool]]
) -> None:
    user = cloud.user_allowed(list(NEEDED))
    credentials = Credentials(user.access_key_id, user.secret_access_key)
    proxy = Proxy(("127.0.0.1", 0), credentials, REGION, cloud.endpoint)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    sampled, deadline = sampled_by(proxy.server_port), time.monotonic() + 20
    while not sampled():
        assert time.monotonic() < deadline, "the declared rule was not used in time"
        time.sleep(0.05)
    proxy.shutdown()
    proxy.server_close()
