"""A mistake of the user's is one sentence and exit status 1 or 2, without a traceback."""

import argparse
from pathlib import Path
from types import SimpleNamespace as Place
from typing import Any, Final

import pytest
from kubernetes.client.exceptions import ApiException
from rich.console import Console

from tests.support.program import as_documented
from tools.lab.errors import ToolError
from tools.traces.trace import Trace
from tools.verify.check import Check, Verdict
from tools.verify.command import add_options, run
from tools.verify.evidence import ports_of
from tools.verify.probe import Probe, ProbeResult


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away what the user of this machine has set."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "KUBECONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")


def refusal_of(*arguments: str) -> str:
    """Returns the sentence that the command ends with."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises(ToolError) as refused:
        run(parser.parse_args(arguments))
    return str(refused.value)


def test_a_region_is_needed() -> None:
    assert refusal_of().startswith("No AWS region is set: pass REGION=… to make, or --region")


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("eu-west1", "there is no AWS region 'eu-west1': did you mean eu-west-1?"),
        ("moon", "there is no AWS region 'moon': regions have names such as eu-west-1."),
        # It may be new.
        ("eu-west-9", "there is no kubeconfig at missing: pass --kubeconfig FILE, or run aws eks "),
    ],
)
def test_no_region_or_no_kubeconfig_is_told(region: str, said: str) -> None:
    assert refusal_of("--region", region, "--kubeconfig", "missing").startswith(said)


@pytest.mark.parametrize("timeout", ["0", "3601", "1.5", "x"])
def test_a_timeout_out_of_bounds_is_refused(
    timeout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        refusal_of("--timeout", timeout)
    assert f"'{timeout}' must be a whole number from 1 to 3600" in capsys.readouterr().err


@pytest.mark.parametrize(("cause", "status"), [("wrong \x1b", 1), ("", 0)])
def test_the_result_is_there_for_machines(
    cause: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    probe = {
        "node": "node-1",
        "name": "xray-verify-1",
        "trace_id": "1-0-0",
        "span_trace_id": "1-0-1",
    }

    def verify(_options: argparse.Namespace, console: Console) -> list[Verdict]:
        console.print("Transaction Search is on.")
        return [Verdict(Probe(**probe), 2.0, cause)]

    monkeypatch.setattr("tools.verify.command._verify", verify)
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert run(parser.parse_args(["--json"])) == status
    printed = capsys.readouterr().out
    assert as_documented(printed)["nodes"] == [{"probe": probe, "seconds": 2.0, "cause": cause}]
    assert "\x1b" not in printed


def test_a_port_that_is_closed_is_told_though_the_trace_is_in_the_span_log_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(_xray: Any, trace_ids: list[str], span_log_minutes: float) -> list[Trace]:
        return [Trace(id=trace_id) for trace_id in trace_ids if span_log_minutes]

    monkeypatch.setattr("tools.verify.check.traced_nodes", lambda _: ["node-1"])
    monkeypatch.setattr("tools.verify.check.ports_of", lambda *_: [2000, 4317])
    monkeypatch.setattr("tools.verify.check.read_found", found)
    result = ProbeResult(resolved=True, closed={"4317": "timed out"})
    monkeypatch.setattr("tools.verify.check.result_of", lambda *_: result)
    pods = Place(create_namespaced_pod=lambda *_: 0, delete_namespaced_pod=lambda *_, **__: 0)
    api_server: Any = Place(core=pods)
    xray: Any = None
    [verdict] = Check(api_server, xray, "xray", "xray", True).verify("a", 0, lambda *_: None)
    assert verdict.seconds is not None
    assert "pods of node-1 don't reach TCP 4317 (timed out)" in verdict.cause


@pytest.mark.parametrize("span_arrives", [True, False])
def test_a_span_that_is_missing_is_looked_for_in_the_collector_s_log(
    span_arrives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def found(_xray: Any, trace_ids: list[str], _minutes: float) -> list[Trace]:
        assert len(trace_ids) == 2
        return [Trace(id=each) for each in trace_ids[: 1 + span_arrives]]

    def pods(*_: str) -> list[Any]:
        containers = [Place(name=each, args=[], env=[]) for each in ("xray-daemon", "collector")]
        status = Place(container_statuses=[], conditions=[Place(type="Ready", status="True")])
        metadata = Place(name="xray-daemon-a", deletion_timestamp=None)
        return [Place(spec=Place(containers=containers), status=status, metadata=metadata)]

    def log(_pod: Any, _lines: int, container: str) -> str:
        return REFUSED if container == "collector" else ""

    monkeypatch.setattr("tools.verify.check.traced_nodes", lambda _: ["node-1"])
    monkeypatch.setattr("tools.verify.check.ports_of", lambda *_: [2000, 4317, 4318])
    monkeypatch.setattr("tools.verify.check.read_found", found)
    monkeypatch.setattr("tools.verify.check.result_of", lambda *_: ProbeResult(resolved=True))
    core = Place(
        create_namespaced_pod=lambda _, pod: sent.append(pod),
        delete_namespaced_pod=lambda *_, **__: 0,
    )
    api_server: Any = Place(core=core, pods=pods, log_of=log)
    xray: Any = Place(meta=Place(region_name="eu-west-1"))
    [verdict] = Check(api_server, xray, "xray", "xray", False).verify("a", 0, lambda *_: None)
    assert len(sent) == 1
    assert (verdict.seconds is not None) == span_arrives
    wrong = "spans by OTLP don't arrive: the daemon has no right to write traces"
    assert verdict.cause.startswith("" if span_arrives else wrong)
    assert bool(verdict.cause) != span_arrives


REFUSED: Final = (
    '{"level":"error","ts":"2026-01-01T00:00:01.000Z","msg":"Exporting failed. ",'
    '"error":"AccessDeniedException: not authorized to perform: xray:PutTraceSegments"}'
)
"""What a collector logs that has no right to write."""

CLUSTER: Final = """
current-context: a
contexts: [{name: a, context: {cluster: a, user: a}}]
clusters: [{name: a, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: a, user: {}}]
"""


@pytest.mark.parametrize(
    ("kubeconfig", "said"),
    [
        *((each, "it must be a readable kubeconfig: ") for each in ("a: [", "", "a: b")),
        (CLUSTER, "the cluster doesn't answer: "),
    ],
)
def test_a_cluster_that_cannot_be_asked_is_told(kubeconfig: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig, encoding="utf-8")
    sentence = refusal_of("--region", "eu-west-1", "--kubeconfig", str(file))
    assert said in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("allowed", [True, False])
def test_the_ports_of_the_service_are_those_that_are_tried(allowed: bool) -> None:
    def read(*_: str) -> Any:
        if not allowed:
            raise ApiException(status=403)
        numbers = [(2000, "UDP"), (2000, "TCP"), (53, "UDP"), (4317, "TCP"), (4318, "TCP")]
        return Place(spec=Place(ports=[Place(port=each, protocol=name) for each, name in numbers]))

    api_server: Any = Place(core=Place(read_namespaced_service=read))
    found = [2000, 4317, 4318] if allowed else [2000]
    assert ports_of(api_server, "xray", "xray-service") == found
