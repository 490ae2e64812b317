"""The X-Ray daemon's container: its command line, its memory, its probes."""

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.agent.daemon.command import DAEMON_OWN_MEMORY_MIB, buffer_for
from tests.support.agents import WRITER, node_pod

LEAST_BUFFER_MIB: Final = 3
"""With less the daemon exits (aws/aws-xray-daemon, cmd/tracing/daemon.go)."""

LIMITS: Final = st.integers(64, 4096)


def container(**inputs: Any) -> dict[str, Any]:
    return node_pod(**inputs)["containers"][0]


def arguments(**inputs: Any) -> list[Any]:
    return container(**inputs)["args"]


SAID: Final = {"-n": "eu-west-1", "-l": "debug", "-m": "48"}
"""Flags whose values are told here; `tests/snapshots/rendered` has the whole command line."""


def values_of(container: dict[str, Any]) -> dict[str, str]:
    arguments = container["args"]
    return {flag: arguments[arguments.index(flag) + 1] for flag in ("-b", "-t", *SAID)}


@settings(deadline=None, max_examples=30)
@given(LIMITS)
def test_the_buffer_and_its_garbage_fit_in_the_memory_limit(limit: int) -> None:
    assert buffer_for(limit) >= LEAST_BUFFER_MIB
    assert 2 * buffer_for(limit) + DAEMON_OWN_MEMORY_MIB <= limit
    assert DAEMON_OWN_MEMORY_MIB >= 30, "MB, which the daemon uses without a segment"


@settings(deadline=None, max_examples=30)
@given(LIMITS)
def test_go_collects_garbage_before_the_limit_kills_the_daemon(limit: int) -> None:
    daemon = container(memory_limit_mib=limit)
    (go_limit,) = (each["value"] for each in daemon["env"] if each["name"] == "GOMEMLIMIT")
    assert daemon["resources"]["limits"]["memory"] == f"{limit}Mi"
    assert values_of(daemon)["-m"] == str(buffer_for(limit))
    assert go_limit.endswith("MiB")
    assert buffer_for(limit) + DAEMON_OWN_MEMORY_MIB <= int(go_limit.removesuffix("MiB")) < limit


@pytest.mark.parametrize(
    ("family", "anywhere", "own"),
    [
        ("ipv4", "0.0.0.0", "127.0.0.1"),
        ("ipv6", "[::]", "[::1]"),
        ("dual-stack", "[::]", "127.0.0.1"),
    ],
)
def test_the_daemon_and_its_sentinel_are_told_everything(
    family: str, anywhere: str, own: str
) -> None:
    daemon, sentinel = node_pod(ip_family=family, log_level="debug")["containers"]
    assert values_of(daemon) == {**SAID, "-b": f"{anywhere}:2000", "-t": f"{anywhere}:2000"}
    quiet = {**SAID, "-l": "error", "-m": "3"}
    assert values_of(sentinel) == {**quiet, "-b": f"{own}:2001", "-t": f"{anywhere}:2001"}


def test_the_daemon_writes_as_a_named_role_its_sentinel_does_not() -> None:
    daemon, sentinel = node_pod(assume_role_arn=WRITER, memory_limit_mib=512)["containers"]
    assert daemon["args"] == [*arguments(memory_limit_mib=512), "-r", WRITER]
    assert sentinel["args"] == node_pod()["containers"][1]["args"]


def test_probes_only_open_a_port_since_the_daemon_signs_requests() -> None:
    for probe in ("startup_probe", "readiness_probe", "liveness_probe"):
        assert container()[probe]["tcp_socket"] == {"port": "proxy"}
        assert not container()[probe].keys() & {"http_get", "exec_", "grpc"}
