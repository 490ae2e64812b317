"""What is said of a trace that did not arrive, by what is seen on the cluster."""

from dataclasses import replace
from typing import Any, Final

import pytest

from tools.verify.causes import likeliest_cause
from tools.verify.evidence import Daemon, Evidence, region_in
from tools.verify.probe import ProbeResult, read_result

GO: Final = "2026-01-01T00:00:00Z [Error] Sending failed: operation error XRay: PutTraceSegments, "

WELL: Final = Evidence(
    node="node-1",
    name="xray-service.xray",
    region="eu-west-1",
    probe=ProbeResult(resolved=True, proxy_open=True),
    daemon=Daemon("xray-daemon-abcde", ready=True, region="eu-west-1"),
)


def cause_of(**seen: Any) -> str:
    return likeliest_cause(replace(WELL, **seen))


def cause_in(*log: str) -> str:
    return cause_of(daemon=replace(WELL.daemon, log=log))


def test_a_probe_that_could_not_run_says_why() -> None:
    probe = ProbeResult(not_run="ErrImagePull: not found")
    assert cause_of(probe=probe) == "the probe did not run there: ErrImagePull: not found."


def test_a_name_without_an_address_comes_before_a_missing_daemon() -> None:
    probe = ProbeResult(error="[Errno -2] Name or service not known")
    cause = cause_of(probe=probe, daemon=Daemon())
    assert cause.startswith("the name xray-service.xray does not resolve there ([Errno -2]")


def test_a_node_without_a_ready_daemon_is_told() -> None:
    assert "no daemon on the node" in cause_of(daemon=Daemon())
    cause = cause_of(daemon=replace(WELL.daemon, ready=False))
    assert cause.endswith("is not ready: look at kubectl describe pod xray-daemon-abcde.")


def test_another_region_is_named_with_the_one_looked_in() -> None:
    cause = cause_of(daemon=replace(WELL.daemon, region="us-west-2"))
    assert "sends to us-west-2, and the trace was looked for in eu-west-1" in cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "https response error StatusCode: 403, RequestID: 1, api error AccessDeniedException: "
            "User: arn:aws:sts::123456789012:assumed-role/a/b is not authorized to perform",
            "no right to write traces",
        ),
        (
            "get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role "
            "found, operation error ec2imds: GetMetadata, request send failed: i/o timeout",
            "their role may need kubectl rollout restart daemonset/xray-daemon",
        ),
        (
            "https response error StatusCode: 403, api error UnrecognizedClientException: The "
            "security token is invalid",
            "no valid credentials",
        ),
        (
            "get identity: get credentials: failed to refresh cached credentials, operation error "
            "STS: AssumeRoleWithWebIdentity, dial tcp: i/o timeout",
            "no way out to AWS STS",
        ),
        ("request send failed, Post https://a: dial tcp: no such host", "no way out to AWS:"),
        ("exceeded maximum number of attempts, context deadline exceeded", "no way out to AWS:"),
    ],
)
def test_what_the_daemon_logs_tells_the_cause(line: str, cause: str) -> None:
    said = cause_in(f"{GO}{line}")
    assert cause in said
    assert said.endswith(line[-60:])


def test_the_last_thing_that_went_wrong_counts() -> None:
    lines = (f"{GO}dial tcp: i/o timeout", f"{GO}api error AccessDeniedException: no")
    assert "no right" in cause_in(*lines)


def test_an_error_of_another_kind_is_repeated() -> None:
    error = "2026-01-01T00:00:00Z [Error] {something} new"
    assert cause_in(error, "2026-01-01T00:00:01Z [Info] all well").endswith(error)


def test_a_closed_port_of_a_ready_daemon_points_at_ingress() -> None:
    cause = cause_of(probe=ProbeResult(resolved=True, error="timed out"))
    assert "don't reach the daemon (timed out): look at the NetworkPolicy's ingress" in cause


def test_nothing_wrong_to_be_seen_asks_for_patience() -> None:
    assert "longer --timeout" in cause_of()


def test_what_a_probe_says_is_read_or_it_did_not_run() -> None:
    text = '{"resolved": true, "proxy_open": true, "error": ""}'
    assert read_result(text, "Completed") == WELL.probe
    for message in ("Traceback …", None, "[]", "{}"):
        assert read_result(message, "Error") == ProbeResult(not_run="Error")


def test_the_region_is_read_from_the_daemon_s_arguments() -> None:
    assert region_in(["-o", "-n", "eu-west-1", "-l", "warn"]) == "eu-west-1"
    assert region_in(["-o", "-n"]) is None
