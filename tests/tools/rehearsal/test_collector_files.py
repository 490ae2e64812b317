"""Which agent is rehearsed, and a collector's files where AWS is this machine."""

from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.support.program import configured, only, variant
from tools.lab.errors import ToolError
from tools.rehearsal.agent_files import files_of, gateways_of, on_this_machine, towards
from tools.rehearsal.agent_program import STAND_IN, check_exporter, find_collector, find_daemon
from tools.rehearsal.program import check_settings
from tools.rehearsal.stage import traced_services

ENDPOINT = "http://192.0.2.1:5000"
FILE = PurePosixPath("/etc/collector/collector.yaml")


def configuration_of(name: str) -> dict[str, Any]:
    objects = variant(name).objects()
    return files_of(objects, only(variant(name).objects("DaemonSet")))[FILE]


def test_a_pod_has_the_files_of_the_config_map_that_it_mounts() -> None:
    files = files_of(
        variant("collector").objects(), only(variant("collector").objects("DaemonSet"))
    )
    assert set(files) == {FILE, PurePosixPath("/etc/collector/sentinel.yaml")}
    assert files_of(variant("dev").objects(), only(variant("dev").objects("DaemonSet"))) == {}


@pytest.mark.parametrize("name", ["collector", "gateway"])
def test_only_where_aws_is_changes(name: str) -> None:
    configuration = configuration_of(name)
    expected = deepcopy(configuration)
    expected["receivers"]["awsxray"]["proxy_server"]["aws_endpoint"] = ENDPOINT
    if name == "collector":
        expected["exporters"]["awsxray"]["endpoint"] = ENDPOINT
    assert towards(configuration, ENDPOINT) == expected
    assert configuration == configuration_of(name)


def test_a_process_listens_on_its_own_ports() -> None:
    here = on_this_machine(configuration_of("collector"), lambda port: port + 10000, [])
    assert here["receivers"]["awsxray"]["endpoint"] == "127.0.0.1:12000"
    assert here["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == "127.0.0.1:14318"
    queue = here["receivers"]["otlp/queue"]["protocols"]["grpc"]["endpoint"]
    assert queue == here["exporters"]["otlp_grpc/queue"]["endpoint"] == "127.0.0.1:14319"
    (reader,) = here["service"]["telemetry"]["metrics"]["readers"]
    assert reader["pull"]["exporter"]["prometheus"] == {"host": "127.0.0.1", "port": 18888}
    on_ipv6 = on_this_machine({"endpoint": "[::]:2000"}, lambda port: port + 1, [])
    assert on_ipv6 == {"endpoint": "127.0.0.1:2001"}


def test_a_gateway_is_found_without_dns() -> None:
    gateways = gateways_of(variant("gateway").objects())
    assert [each["metadata"]["name"] for each in gateways] == ["xray-gateway"]
    assert gateways_of(variant("collector").objects()) == []
    here = on_this_machine(configuration_of("gateway"), lambda port: port, ["127.0.0.1:1", "b:2"])
    assert here["exporters"]["load_balancing"]["resolver"] == {
        "static": {"hostnames": ["127.0.0.1:1", "b:2"]}
    }


def test_services_are_traced_by_whichever_name_their_sdk_reads() -> None:
    for name in ("dev", "collector", "gateway"):
        assert traced_services(variant(name).objects()) == ("service-a", "service-b")


def test_a_stack_that_sends_spans_to_x_ray_is_refused() -> None:
    settings = {"collectorExporter": "otlp", "transactionSearch": "enable"}
    with pytest.raises(ToolError, match="collectorExporter is 'otlp'; it must be 'xray' in a reh"):
        check_exporter(check_settings(configured("collector", **settings)))


def program(folder: Path, name: str, answer: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


PARTS = "module: x/awsxrayreceiver, name: otlp_grpc, module: x/awsxrayexporter"


@pytest.mark.parametrize("lacking", ["awsxrayexporter", "otlp_grpc"])
def test_a_program_that_is_no_such_collector_is_refused(tmp_path: Path, lacking: str) -> None:
    file = program(tmp_path, "otelcol", f"echo {PARTS.replace(lacking, 'other')}")
    with pytest.raises(ToolError, match=f"--collector is '{file}'; .*: it has no {lacking}."):
        find_collector(file)


def test_a_file_that_does_not_run_is_no_agent() -> None:
    file = "/etc/passwd"
    with pytest.raises(ToolError, match=f"--collector is '{file}'; it must be an OpenTelemetry"):
        find_collector(Path(file))
    with pytest.raises(ToolError, match=f"--daemon is '{file}'; it must be the X-Ray daemon"):
        find_daemon(Path(file))


def test_agents_are_found_on_path_by_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_daemon(None) is STAND_IN
    with pytest.raises(ToolError, match="--collector is not set, and PATH has no otelcol or"):
        find_collector(None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    contrib = program(tmp_path, "otelcol-contrib", f"echo {PARTS}")
    assert find_collector(None).command == (str(contrib),)
    adot = program(tmp_path, "adot", "echo ADOT Collector version: v0.49.0; exit 1")
    assert find_collector(adot).description == f"ADOT Collector version: v0.49.0, {adot}"
    other = program(tmp_path, "xray", "echo Xray 1.8, a proxy")
    assert find_daemon(None) is STAND_IN
    with pytest.raises(ToolError, match="asked for its version, it said 'Xray 1"):
        find_daemon(other)
    program(tmp_path, "xray", "echo AWS X-Ray daemon version: 3.6.6")
    assert find_daemon(None).description == f"AWS X-Ray daemon version: 3.6.6, {other}"
