"""What is said of a trace that did not arrive, by what is seen on the cluster."""

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.verify.causes import CAUSES, closed_ports, likeliest_cause
from tools.verify.evidence import Daemon, Evidence, argument_in
from tools.verify.log import entries_in
from tools.verify.probe import ProbeResult, read_result

OURS: Final = "1-66500000-0123456789abcdef01234567"

# 2026-01-01T00:00:00Z
SENT: Final = 1767225600.0

WELL: Final = Evidence(
    node="node-1",
    trace_id=OURS,
    name="xray-service.xray",
    region="eu-west-1",
    probe=ProbeResult(resolved=True, sent=SENT),
    daemon=Daemon("xray-daemon-abcde", ready=True, region="eu-west-1"),
)

FAILED: Final = "Sending segment batch failed with: "
GO: Final = f"{FAILED}operation error XRay: PutTraceSegments, "
HTTP: Final = f"{GO}https response error StatusCode: 403, RequestID: 1, "
REFRESH: Final = f"{GO}get identity: get credentials: failed to refresh cached credentials, "
AGENT: Final = 'request send failed, Get "http://169.254.170.23/v1/credentials": '
NO_ROLE: Final = "no EC2 IMDS role found, operation error ec2imds: GetMetadata, deadline exceeded"
DENIED: Final = "api error AccessDeniedException: User: a is not authorized to perform: b"


def line(text: str, time: str = "00:00:01", level: str = "Error") -> str:
    return f"2026-01-01T{time}Z [{level}] {text}"


def cause_of(**seen: Any) -> str:
    return likeliest_cause(replace(WELL, **seen))


def cause_in(*log: str, **daemon: Any) -> str:
    return cause_of(daemon=replace(WELL.daemon, log=entries_in("\n".join(log)), **daemon))


def probe(**fared: Any) -> dict[str, Any]:
    return {"probe": replace(WELL.probe, **fared)}


def daemon(*log: str, **found: Any) -> dict[str, Any]:
    entries = entries_in("\n".join(map(line, log)))
    return {"daemon": replace(WELL.daemon, log=entries, **found)}


SEEN: Final[list[tuple[dict[str, Any], str]]] = [
    (probe(not_run="ErrImagePull: not found"), "the probe did not run there: ErrImagePull"),
    (
        probe(resolved=False, error="[Errno -2] unknown") | {"daemon": Daemon()},
        "the name xray-service.xray does not resolve there ([Errno -2] unknown)",
    ),
    ({"daemon": Daemon()}, "there is no daemon on the node"),
    (daemon(ready=False), "is not ready: look at kubectl describe pod xray-daemon-abcde."),
    (
        probe(closed={"2000": "timed out"}) | daemon(f"{GO}dial tcp: i/o timeout"),
        "pods of node-1 don't reach the daemon (timed out): look at the NetworkPolicy's ingress.",
    ),
    (probe(error="[Errno 1] Operation not permitted"), "the probe could not send: [Errno 1]"),
    (daemon(region="us-west-2"), "sends to us-west-2, and the trace was looked for in eu-west-1"),
    (daemon(f"{HTTP}{DENIED}", log_level="debug"), "so it proves nothing: set logLevel to warn"),
    (daemon(f"{HTTP}api error SignatureDoesNotMatch: Signature expired: a"), "clock of node-1"),
    (daemon(f"{HTTP}api error X: Signature not yet current: a"), "clock of node-1"),
    (daemon(f"{GO}tls: x509: current time 2019 is before 2020"), "clock of node-1"),
    (daemon(f"{GO}send failed, tls: x509: signed by unknown authority"), "doesn't trust"),
    (daemon(f"{GO}send failed, proxyconnect tcp: dial tcp: refused"), "through its proxy"),
    (daemon(f"{REFRESH}{AGENT}dial tcp: connection refused"), "Identity agent doesn't answer"),
    (daemon(f"{REFRESH}operation error STS: A, dial tcp: i/o timeout"), "no way out to AWS STS"),
    (daemon(f"{REFRESH}{NO_ROLE}", has_role=False), "neither AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    (daemon(f"{FAILED}NoCredentialProviders: none", has_role=False), "neither AWS_CONTAINER_C"),
    (daemon(f"{REFRESH}{NO_ROLE}"), "no valid credentials"),
    (daemon(f"{HTTP}api error UnrecognizedClientException: no"), "no valid credentials"),
    (
        daemon(f"{REFRESH}operation error STS: A, StatusCode: 403, api error AccessDenied: no"),
        "no valid credentials",
    ),
    (daemon(f"{GO}StatusCode: 429, api error ThrottledException: Rate"), "X-Ray throttles"),
    (daemon(f"{FAILED}ThrottlingException: Rate exceeded"), "X-Ray throttles"),
    (daemon(f"{HTTP}{DENIED}"), "no right to write traces: look at the policy of its role."),
    (daemon(f"{HTTP}invalid character '<'"), "or something on the way refuses them"),
    (daemon(f"{GO}request send failed, dial tcp: no such host"), "no way out to AWS:"),
    (daemon(f"{GO}exceeded maximum number of attempts, deadline exceeded"), "no way out to AWS:"),
    (daemon(f"Unprocessed trace {OURS}, segment: {{InvalidName}}"), "X-Ray refused the probe's"),
    (daemon("Spilling over 50 segments"), "drops segments"),
    (daemon("Segment dropped. Consider increasing memory limit"), "drops segments"),
    (daemon(f"{GO}{{something}} new"), "can't send its segments. It logged at 2026-01-01 00:00"),
    ({}, "longer --timeout"),
]
"""What is seen beside what is well, and what is said of it; every cause is there."""


@pytest.mark.parametrize(("seen", "said"), SEEN)
def test_each_sign_has_its_sentence(seen: dict[str, Any], said: str) -> None:
    assert said in cause_of(**seen)


def test_no_cause_is_without_a_sign_that_shows_it() -> None:
    sentences = [cause_of(**seen) for seen, _ in SEEN]
    for cause in CAUSES:
        assert any(cause["say"].split("{")[0] in said for said in sentences), cause["say"]


def test_the_newest_cause_counts_and_its_entry_is_repeated_with_its_time() -> None:
    said = cause_in(line(f"{GO}dial tcp: i/o timeout"), line(f"{HTTP}{DENIED}", "00:00:02"))
    assert "no right" in said
    assert said.endswith(DENIED)
    assert "It logged at 2026-01-01 00:00:02+00:00: " in said


def test_a_drop_counts_less_than_what_makes_the_daemon_drop() -> None:
    said = cause_in(line(f"{GO}StatusCode: 429, "), line("Spilling over 50 segments", level="Warn"))
    assert "throttles" in said


def test_an_old_entry_is_no_evidence() -> None:
    old = f"2025-12-24T00:00:00Z [Error] {GO}dial tcp: i/o timeout"
    assert "longer --timeout" in cause_in(old)


def test_lines_that_continue_an_entry_belong_to_it() -> None:
    """As the daemon before 3.6 logs."""
    log = [line(f"{FAILED}RequestError: "), "caused by: Post a: x509: unknown", "\tAccessDenied"]
    assert "doesn't trust the certificate" in cause_in("AccessDenied, cut off", *log)
    assert "longer --timeout" in cause_in("AccessDenied", line("all well"), "AccessDenied")
    proxy = "2026/01/01 00:00:01 http: proxy error: AccessDenied"
    assert "no way out to AWS" in cause_in(line(f"{GO}dial tcp: refused"), proxy)


@pytest.mark.parametrize(
    "line_",
    [
        line("Invalid header: Sending segment batch failed with: AccessDenied", level="Warn"),
        line("Missing header or segment: AccessDenied", level="Warn"),
        line("Missing header: AccessDenied\r2026-01-01T00:00:01Z [Error] " + FAILED + "dial tcp"),
        line("Missing header: a\x0b2026-01-01T00:00:01Z [Error] " + FAILED + "dial tcp"),
        line("Unprocessed trace 1-66500000-ffffffffffffffffffffffff, segment: {InvalidName}"),
        line("Unprocessed segment: {AccessDenied}"),
        '{"level":"error","ts":"2026-01-01T00:00:01.000Z","msg":"Failed to split segment header '
        'and body","error":"invalid header {Format:Exporting failed. AccessDenied Version:0}"}',
    ],
)
def test_what_a_datagram_put_into_the_log_is_no_evidence(line_: str) -> None:
    assert "longer --timeout" in cause_in(line_)


def test_what_a_collector_logs_is_read() -> None:
    said = cause_in(
        '{"level":"error","ts":"2026-01-01T00:00:01.950Z","caller":"a.go:1","msg":'
        f'"Exporting failed. Rejecting data.","error":"{HTTP}api error: Signature expired"}}'
    )
    assert "the clock of node-1 is wrong" in said
    assert said.endswith("Signature expired")


def test_no_control_character_reaches_the_terminal() -> None:
    said = cause_in(line(f"{GO}dial tcp \x1b]0;owned\x07\x9b31m\u202e"))
    assert "no way out" in said
    assert said.isprintable()
    assert cause_of(**probe(not_run="\x1b[31m")).isprintable()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Invalid header: ", "Missing header: ", ""]),
            st.sampled_from([FAILED, DENIED, "x509: ", "2026-01-01T00:00:01Z [Error] ", "\r", "{"]),
            st.text(st.characters(exclude_characters="\n")),
        )
    )
)
def test_whatever_is_logged_is_read(written: list[tuple[str, ...]]) -> None:
    raw = "\n".join("".join(parts[1:]) for parts in written)
    assert cause_in(raw, line("all well")).isprintable()
    by_pods = [line("".join(parts)) for parts in written if "header" in parts[0]]
    assert "longer --timeout" in cause_in(*by_pods)


def test_ports_of_a_collector_that_pods_do_not_reach_are_named() -> None:
    closed = replace(WELL.probe, closed={"4317": "timed out", "4318": "refused"})
    assert "don't reach TCP 4317 (timed out), 4318 (refused): " in closed_ports("node-1", closed)
    assert closed_ports("node-1", WELL.probe) == ""


def test_what_a_probe_says_is_read_or_it_did_not_run() -> None:
    text = f'{{"resolved": true, "closed": {{}}, "error": "", "sent": {SENT}}}'
    assert read_result(text, "Completed") == WELL.probe
    for message in ("Traceback …", None, "[]", "{}"):
        assert read_result(message, "Error") == ProbeResult(not_run="Error")


def test_an_argument_of_the_daemon_is_read() -> None:
    assert argument_in(["-o", "-n", "eu-west-1", "-l", "warn"], "-n") == "eu-west-1"
    assert argument_in(["-o", "-n"], "-n") is None
