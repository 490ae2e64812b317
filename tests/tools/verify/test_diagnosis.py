from dataclasses import replace
from typing import Final

import pytest

from tools.verify.cluster import region_in
from tools.verify.diagnosis import Daemon, Evidence, likeliest_cause
from tools.verify.probe import Said, read_said

GO: Final = "2026-01-01T00:00:00Z [Error] Sending segment batch failed with: operation error "

WELL: Final = Evidence(
    node="node-1",
    address="xray-service.xray:2000",
    region="eu-west-1",
    said=Said(("10.0.0.1",), True, ""),
    not_run="",
    daemon=Daemon("xray-daemon-abcde", True, "eu-west-1", ""),
)


def with_log(log: str) -> Evidence:
    return replace(WELL, daemon=Daemon("xray-daemon-abcde", True, "eu-west-1", log))


def test_a_probe_that_could_not_run_says_why() -> None:
    evidence = replace(WELL, said=None, not_run="ErrImagePull: not found")
    assert likeliest_cause(evidence) == "the probe did not run there: ErrImagePull: not found."


def test_a_name_without_an_address_comes_before_all_that_needs_one() -> None:
    said = Said((), False, "[Errno -2] Name or service not known")
    cause = likeliest_cause(replace(WELL, said=said, daemon=None))
    assert cause.startswith("the name xray-service.xray does not resolve there ([Errno -2]")


def test_a_node_without_a_daemon_and_one_whose_daemon_is_not_ready() -> None:
    assert "no daemon on the node" in likeliest_cause(replace(WELL, daemon=None))
    not_ready = Daemon("xray-daemon-abcde", False, "eu-west-1", "")
    assert "is not ready" in likeliest_cause(replace(WELL, daemon=not_ready))


def test_another_region_is_named_with_the_one_that_was_looked_in() -> None:
    elsewhere = Daemon("xray-daemon-abcde", True, "us-west-2", "")
    cause = likeliest_cause(replace(WELL, daemon=elsewhere))
    assert "sends to us-west-2, and the trace was looked for in eu-west-1" in cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "XRay: PutTraceSegments, https response error StatusCode: 403, RequestID: 1, api error "
            "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/a/b is not "
            "authorized to perform: xray:PutTraceSegments",
            "no right to write traces",
        ),
        (
            "XRay: PutTraceSegments, get identity: get credentials: failed to refresh cached "
            "credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, request "
            "send failed, Get http://169.254.169.254/: dial tcp: i/o timeout",
            "no valid credentials",
        ),
        (
            "XRay: PutTraceSegments, https response error StatusCode: 403, RequestID: 1, api error "
            "UnrecognizedClientException: The security token is invalid",
            "no valid credentials",
        ),
        (
            "XRay: PutTraceSegments, get identity: get credentials: failed to refresh cached "
            "credentials, operation error STS: AssumeRoleWithWebIdentity, dial tcp: i/o timeout",
            "no way out to AWS STS",
        ),
        (
            "XRay: PutTraceSegments, request send failed, Post https://xray.eu-west-1.amazonaws"
            ".com/TraceSegments: dial tcp: lookup xray.eu-west-1.amazonaws.com: no such host",
            "no way out to AWS:",
        ),
        (
            "XRay: PutTraceSegments, exceeded maximum number of attempts, 2, context deadline "
            "exceeded (Client.Timeout exceeded while awaiting headers)",
            "no way out to AWS:",
        ),
    ],
)
def test_what_the_daemon_logs_tells_the_cause(line: str, cause: str) -> None:
    said = likeliest_cause(with_log(f"{GO}{line}"))
    assert cause in said
    assert said.endswith(line[-60:])


def test_the_last_thing_that_went_wrong_counts() -> None:
    log = f"{GO}XRay: dial tcp: i/o timeout\n{GO}XRay: api error AccessDeniedException: no\n"
    assert "no right" in likeliest_cause(with_log(log))


def test_an_error_of_another_kind_is_repeated() -> None:
    log = "2026-01-01T00:00:00Z [Error] something new\n2026-01-01T00:00:01Z [Info] all well"
    assert likeliest_cause(with_log(log)).endswith("[Error] something new")


def test_a_closed_port_of_a_ready_daemon_points_at_the_network_policy() -> None:
    said = Said(("10.0.0.1",), False, "timed out")
    assert "NetworkPolicy's ingress" in likeliest_cause(replace(WELL, said=said))


def test_nothing_wrong_to_be_seen_asks_for_patience() -> None:
    assert "longer --timeout" in likeliest_cause(WELL)


def test_what_a_probe_says_is_read_or_counts_as_nothing() -> None:
    text = '{"resolved": ["10.0.0.1"], "proxy": "open"}'
    assert read_said(text) == Said(("10.0.0.1",), True, "")
    assert read_said("Traceback …") is None
    assert read_said(None) is None


def test_the_region_is_read_from_the_daemon_s_arguments() -> None:
    assert region_in(["-o", "-n", "eu-west-1", "-l", "warn"]) == "eu-west-1"
    assert region_in(["-o", "-n"]) is None
