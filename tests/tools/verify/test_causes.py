"""What is said of a trace that did not arrive, by what is seen on the cluster."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace as Place
from typing import Any, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.verify.causes import TABLE, closed_ports, likeliest_cause, said_of
from tools.verify.evidence import Daemon, Evidence, daemon_on, entries_in
from tools.verify.probe import ProbeResult, read_result

SIGNS: Final = yaml.safe_load(Path(__file__).with_name("signs.yaml").read_text(encoding="utf-8"))
F: Final = SIGNS.pop("f")
G: Final = SIGNS.pop("g").format(f=F)
C: Final = SIGNS.pop("c").format(g=G)

# 2026-01-01T00:00:00Z
SENT: Final = 1767225600.0

WELL: Final = Evidence(
    node="node-1",
    trace_id="1-66500000-0123456789abcdef01234567",
    name="xray-service.xray",
    region="eu-west-1",
    probe=ProbeResult(resolved=True, sent=SENT),
    daemon=Daemon("xray-daemon-abcde", ready=True, region="eu-west-1"),
)

DENIED: Final = "api error AccessDeniedException: User: a is not authorized to perform: b"
TIMED_OUT: Final = f"{G}dial tcp: i/o timeout"
NO_ROLE: Final = f"{C}no EC2 IMDS role found, deadline exceeded"
STARTS: Final = "2026-01-01T00:00:01Z [Error] "


def cause_of(**seen: Any) -> str:
    return likeliest_cause(replace(WELL, **seen))


def daemon(*log: str, **found: Any) -> dict[str, Any]:
    return {"daemon": replace(WELL.daemon, log=entries_in("\n".join(log)), **found)}


def cause_in(*log: str) -> str:
    return cause_of(**daemon(*log))


def probe(**fared: Any) -> dict[str, Any]:
    return {"probe": replace(WELL.probe, **fared)}


LOGGED: Final = [
    (text.format(f=F, g=G, c=C), said) for said, texts in SIGNS.items() for text in texts
]

SEEN: Final[list[tuple[dict[str, Any], str]]] = [
    (probe(not_run="ErrImagePull: not found"), "the probe did not run there (ErrImagePull"),
    (
        probe(resolved=False, error="[Errno -2] unknown") | {"daemon": Daemon()},
        "the name xray-service.xray does not resolve there ([Errno -2] unknown)",
    ),
    ({"daemon": Daemon()}, "there is no daemon on the node"),
    (daemon(ready=False), "is not ready: look at kubectl describe pod xray-daemon-abcde."),
    (
        probe(closed={"2000": "timed out"}) | daemon(STARTS + TIMED_OUT),
        "pods of node-1 don't reach the daemon (timed out): look at the NetworkPolicy's ingress.",
    ),
    (probe(error="[Errno 1] Operation not permitted"), "the probe could not send ([Errno 1]"),
    (daemon(region="us-west-2"), "sends to us-west-2, and the trace was looked for in eu-west-1"),
    (daemon(STARTS + TIMED_OUT, logs_segments=True), "so it proves nothing: set logLevel to warn"),
    (daemon(STARTS + NO_ROLE, has_role=False), "neither AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    (daemon(f"{STARTS}{F}NoCredentialProviders: a", has_role=False), "the pod xray-daemon-abcde"),
    (probe(closed={"4317": "timed out"}), "longer --timeout"),
    (daemon(killed=SENT - 60), "was killed for lack of memory"),
    (daemon(killed=SENT - 901), "longer --timeout"),
]
"""What is seen beside what is well, and what is said of it."""


@pytest.mark.parametrize(("seen", "said"), SEEN)
def test_what_is_seen_now_has_its_sentence(seen: dict[str, Any], said: str) -> None:
    assert said in cause_of(**seen)


@pytest.mark.parametrize(("text", "said"), LOGGED)
def test_what_is_logged_has_its_sentence_at_every_level(text: str, said: str) -> None:
    for level in ("Error", "Warn", "Info"):
        assert said in cause_in(f"2026-01-01T00:00:01Z [{level}] {text}")
    assert said in cause_in(json.dumps({"ts": "2026-01-01T00:00:01.000Z", "msg": text}))


def test_no_cause_is_without_a_sign_that_shows_it() -> None:
    sentences = [cause_of(**seen) for seen, _ in SEEN]
    sentences += [cause_in(STARTS + text) for text, _ in LOGGED]
    for cause in TABLE["causes"]:
        assert any(said_of(cause).split("{")[0] in said for said in sentences), cause["say"]


def test_the_newest_cause_counts_and_its_entry_is_repeated_with_its_time() -> None:
    said = cause_in(STARTS + TIMED_OUT, f"2026-01-01T00:00:02Z [Error] {G}{DENIED}")
    assert "no right" in said
    assert said.endswith(f" It logged at 2026-01-01 00:00:02+00:00: {G}{DENIED}")
    assert "It logged" not in cause_of(**probe(error="a") | daemon(STARTS + TIMED_OUT))
    assert "can't send its" in cause_in(STARTS + TIMED_OUT, f"{STARTS}{G}something new")
    assert "no way out" in cause_in(STARTS + TIMED_OUT, f"{STARTS}{G}retry quota exceeded")


@pytest.mark.parametrize(("second", "said"), [(58, "longer --timeout"), (56, "no way out")])
def test_what_was_over_before_the_probe_counts_no_more(second: int, said: str) -> None:
    failed, sent = (f"2025-12-31T23:59:{each}Z" for each in (57, second))
    log = [f"{failed} [Error] {TIMED_OUT}", f"{sent} [Info] Successfully sent batch of 1 segments"]
    assert said in cause_in(*(log if second > 57 else reversed(log)))
    assert "no way out" in cause_in(*log, STARTS + TIMED_OUT, f"{STARTS}Successfully sent batch")


@pytest.mark.parametrize("drop", SIGNS["the daemon drops segments"])
def test_a_drop_counts_less_than_what_makes_the_daemon_drop(drop: str) -> None:
    assert "throttles" in cause_in(f"{STARTS}{G}StatusCode: 429, ", STARTS + drop)
    # Between both: time was up, and only an older entry tells over what.
    time_is_up = f"{STARTS}{G}request canceled, context deadline exceeded"
    assert "in time" in cause_in(f"{STARTS}{G}get credentials: request canceled", time_is_up)
    assert "no way out" in cause_in(time_is_up, STARTS + drop)


@pytest.mark.parametrize(
    ("time", "counts"),
    [
        ("2025-12-24T00:00:00Z", False),
        ("2025-12-31T23:45:01Z", True),
        ("2026-01-01T00:44:59+01:00", False),
        ("2025-12-31T19:45:01.950-0400", True),
        ("9999-12-31T23:59:59-12:00", True),
        ("2026-01-01T00:00:01", False),
        ("2026-13-01T00:00:00Z", False),
    ],
)
def test_an_entry_counts_for_a_quarter_of_an_hour(time: str, counts: bool) -> None:
    assert ("no way out" in cause_in(f"{time} [Error] {TIMED_OUT}")) is counts
    assert ("no way out" in cause_in(json.dumps({"ts": time, "msg": TIMED_OUT}))) is counts


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (["AccessDenied, cut off", f"{STARTS}{F}RequestError: ", "caused by: x509: a"], "trust"),
        ([f"{STARTS}{F}RequestError: ", "  {", "\tAccessDenied", "}"], "no right"),
        ([f"{STARTS}{F}A: ", "", "2026 AccessDenied"], "no right"),
        (["AccessDenied", f"{STARTS}all well", "AccessDenied"], "longer --timeout"),
        ([STARTS + TIMED_OUT, "2026/01/01 00:00:01 http: proxy error: AccessDenied"], "no way out"),
        ([f"2026/01/01 00:00:01 {F}AccessDenied", f"{F}AccessDenied"], "longer --timeout"),
        (['{"ts":"2026-01-01T00:00:01Z","msg":"Sender failed","error":"x509: a"}', "a"], "trust"),
        ([STARTS + TIMED_OUT, '{"a":' * 9999], "no way out"),
        ([STARTS + TIMED_OUT, '{"ts": 1, "msg": "AccessDenied"}'], "no way out"),
    ],
)
def test_lines_that_continue_an_entry_belong_to_it(log: list[str], said: str) -> None:
    assert said in cause_in(*log)


@pytest.mark.parametrize(
    "hostile", ["\x1b]0;owned\x07", "\x9b31m", "\u202e\u2066", "\x08\x7f", "\u200b\ufeff", "\ud800"]
)
def test_no_control_character_reaches_the_terminal(hostile: str) -> None:
    assert cause_in(f"{STARTS}{TIMED_OUT} {hostile}").isprintable()
    assert cause_of(**probe(not_run=hostile)).isprintable()
    assert closed_ports("node-1", replace(WELL.probe, closed={"4317": hostile})).isprintable()


PIECES: Final = [F, DENIED, STARTS, "\r", "{", '{"ts":"2026-01-01T00:00:01Z","msg":"', "\x1b[2J"]
LINE: Final = st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=4).map("".join)


@pytest.mark.parametrize("examples", [100, pytest.param(10_000, marks=pytest.mark.slow)])
def test_whatever_is_logged_is_read(examples: int) -> None:
    @settings(deadline=None, max_examples=examples)
    @given(st.lists(LINE, max_size=6))
    def check(lines: list[str]) -> None:
        assert cause_in(*lines).isprintable()
        by_pods = [f"{STARTS}Missing header: {line.replace(chr(10), '')}" for line in lines]
        assert "longer --timeout" in cause_in(*by_pods)
        # Whatever stands around it, what the daemon says of a refusal is told.
        assert "no right" in cause_in(*by_pods, f"{STARTS}{F}{DENIED}", *by_pods)

    check()


def test_ports_of_a_collector_that_pods_do_not_reach_are_named() -> None:
    closed = replace(WELL.probe, closed={"4317": "timed out", "4318": "refused"})
    assert "don't reach TCP 4317 (timed out), 4318 (refused): " in closed_ports("node-1", closed)
    assert closed_ports("node-1", WELL.probe) == ""


def test_what_a_probe_says_is_read_or_it_did_not_run() -> None:
    text = f'{{"resolved": true, "closed": {{}}, "error": "", "sent": {SENT}}}'
    assert read_result(text, "Completed") == WELL.probe
    for message in ("Traceback …", None, "[]", "{}"):
        assert read_result(message, "Error") == ProbeResult(not_run="Error")


@pytest.mark.parametrize(
    ("arguments", "variable", "found"),
    [
        ("-o -n eu-west-1 -l warn", "AWS_REGION", ("eu-west-1", False, False)),
        ("-o -l debug -n", "AWS_WEB_IDENTITY_TOKEN_FILE", (None, True, True)),
        ("-l dev", "AWS_CONTAINER_CREDENTIALS_FULL_URI", (None, True, True)),
    ],
)
def test_what_the_daemon_is_told_is_read(arguments: str, variable: str, found: Any) -> None:
    container = Place(args=arguments.split(), env=[Place(name=variable)])
    metadata = Place(name="xray-daemon-abcde", deletion_timestamp=None)
    ended = Place(reason="OOMKilled", finished_at=datetime.fromtimestamp(SENT, UTC))
    states = [Place(last_state=Place(terminated=each)) for each in (None, ended)]
    status = Place(conditions=[Place(type="Ready", status="True")], container_statuses=states)
    pod = Place(metadata=metadata, spec=Place(containers=[container]), status=status)
    answering: Any = Place(pods=lambda *_: [pod], log_of=lambda *_: STARTS + TIMED_OUT)
    daemon = daemon_on(answering, "xray", "node-1")
    assert (daemon.region, daemon.logs_segments, daemon.has_role) == found
    assert (daemon.pod, daemon.killed, len(daemon.log)) == ("xray-daemon-abcde", SENT, 1)
