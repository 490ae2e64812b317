"""A collector's files, where AWS is this machine and its pods are processes."""

from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.support.program import configured, only, variant
from tests.tools.rehearsal.test_on_cluster import OVERLAY
from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.rehearsal.collector_files import files_of, gateways_of, on_this_machine, towards
from tools.rehearsal.collector_program import COLLECTOR_STAND_IN, find_collector, find_program
from tools.rehearsal.daemon_program import STAND_IN
from tools.rehearsal.on_cluster.overlay import Overlay
from tools.rehearsal.stage import traced_services

ENDPOINT = "http://192.0.2.1:5000"
FILE = PurePosixPath("/etc/collector/collector.yaml")


def configuration_of(name: str) -> dict[str, Any]:
    objects = variant(name).objects()
    return files_of(objects, only(variant(name).objects("DaemonSet")))[FILE]


def laid_over(deployment: Deployment, overlay: Overlay = OVERLAY) -> list[dict[str, Any]]:
    return overlay.apply(deployment.objects())


def test_a_pod_has_the_files_of_the_config_map_that_it_mounts() -> None:
    files = files_of(
        variant("collector").objects(), only(variant("collector").objects("DaemonSet"))
    )
    assert set(files) == {FILE, PurePosixPath("/etc/collector/gate.yaml")}
    assert files_of(variant("dev").objects(), only(variant("dev").objects("DaemonSet"))) == {}


def test_only_a_gateway_is_one() -> None:
    assert [each["metadata"]["name"] for each in gateways_of(variant("gateway").objects())] == [
        "xray-gateway"
    ]
    assert gateways_of(variant("collector").objects()) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("collector", {("exporters", "awsxray", "endpoint"): ENDPOINT}),
        ("otlp", {("exporters", "otlphttp", "traces_endpoint"): f"{ENDPOINT}/v1/traces"}),
        ("gateway", {}),
    ],
)
def test_traces_and_sampling_requests_go_to_another_aws_and_nothing_else_changes(
    name: str, changes: dict[tuple[str, str, str], str]
) -> None:
    configuration = configuration_of(name)
    before = deepcopy(configuration)
    expected = deepcopy(configuration)
    expected["receivers"]["awsxray"]["proxy_server"]["aws_endpoint"] = ENDPOINT
    for (section, component, key), value in changes.items():
        expected[section][component][key] = value
    assert towards(configuration, ENDPOINT) == expected
    assert configuration == before


def test_a_process_listens_on_ports_of_its_own_and_finds_itself_there() -> None:
    here = on_this_machine(configuration_of("collector"), lambda port: port + 10000, [])
    assert here["receivers"]["awsxray"]["endpoint"] == "127.0.0.1:12000"
    assert here["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == "127.0.0.1:14318"
    queue = here["receivers"]["otlp/queue"]["protocols"]["grpc"]["endpoint"]
    assert queue == here["exporters"]["otlp/queue"]["endpoint"] == "127.0.0.1:14319"
    (reader,) = here["service"]["telemetry"]["metrics"]["readers"]
    assert reader["pull"]["exporter"]["prometheus"] == {"host": "127.0.0.1", "port": 18888}


def test_a_process_listens_on_ipv4_where_its_pod_would_on_ipv6() -> None:
    here = on_this_machine({"endpoint": "[::]:2000"}, lambda port: port + 1, [])
    assert here == {"endpoint": "127.0.0.1:2001"}


def test_a_gateway_is_found_without_dns() -> None:
    here = on_this_machine(configuration_of("gateway"), lambda port: port, ["127.0.0.1:1", "b:2"])
    assert here["exporters"]["loadbalancing"]["resolver"] == {
        "static": {"hostnames": ["127.0.0.1:1", "b:2"]}
    }


def test_services_are_traced_by_whichever_name_their_sdk_reads() -> None:
    for name in ("dev", "collector", "gateway"):
        assert traced_services(variant(name).objects()) == ("service-a", "service-b")


def test_off_aws_every_collector_has_credentials_and_the_endpoint_in_its_files() -> None:
    laid = laid_over(variant("gateway"))
    assert [each["kind"] for each in laid] == [
        each["kind"] for each in variant("gateway").objects()
    ]
    for kind, name in (("DaemonSet", "xray-daemon"), ("Deployment", "xray-gateway")):
        (workload,) = (
            each for each in laid if (each["kind"], each["metadata"]["name"]) == (kind, name)
        )
        for container in workload["spec"]["template"]["spec"]["containers"]:
            variables = {each["name"]: each.get("value") for each in container["env"]}
            assert variables["AWS_ACCESS_KEY_ID"] == "id"
        configuration = files_of(laid, workload)[FILE]
        assert ENDPOINT in str(configuration)


def test_off_aws_the_gateway_is_let_out_to_the_endpoint_too() -> None:
    opened = {
        each["metadata"]["name"]
        for each in laid_over(variant("gateway"))
        if each["kind"] == "NetworkPolicy" and "192.0.2.1/32" in str(each["spec"]["egress"])
    }
    assert opened == {"xray-daemon", "xray-gateway"}


def test_the_backend_says_which_program_runs() -> None:
    assert find_program(configured("collector"), None, None) is COLLECTOR_STAND_IN
    assert find_program(configured("dev"), None, None).kind == STAND_IN.kind


@pytest.mark.parametrize("program", ["/bin/true", "/nowhere", "/etc/passwd"])
def test_what_is_no_collector_is_refused_with_one_sentence(program: str) -> None:
    with pytest.raises(ToolError, match=f"--collector is '{program}'; it must be an OpenTel"):
        find_collector(Path(program))
