"""Which agent is rehearsed."""

from pathlib import Path

import pytest

from tests.support.program import configured
from tools.lab.errors import ToolError
from tools.rehearsal.agent_program import STAND_IN, check_exporter, find_collector, find_daemon
from tools.rehearsal.program import check_settings


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
