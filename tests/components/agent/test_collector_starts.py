"""A real collector runs on every configuration that the inputs can ask for, and on no broken one.

That shows more than its command `validate`, which starts no part. It listens on what its pod says,
and its log has no warning.
"""

import json
import socket
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from components import IpFamily, LogLevel
from components.agent.collector.configuration import Configuration, sentinel_configuration
from tests.support.agents import WRITER, in_gateway, on_node, to_gateway
from tests.support.aws_here import aws_here
from tests.support.open_telemetry_collector import complaints, needs_collector, running

pytestmark = needs_collector

Inputs = Mapping[str, Any]
Heard = set[tuple[str, int, str]]
"""Protocols, ports, and who is heard there: anybody, or the collector itself alone."""

SPANS: Final[Heard] = {("tcp", port, "anybody") for port in (4317, 8888, 13133)}
ON_NODE: Final[Heard] = SPANS | {
    ("udp", 2000, "anybody"),
    ("tcp", 2000, "anybody"),
    ("tcp", 4318, "anybody"),
}
QUEUE: Final[Heard] = {("tcp", 4319, "itself")}
SENTINEL: Final[Heard] = {("tcp", 2001, "anybody")}

LISTENING: Final[Mapping[str, tuple[Configuration, Heard]]] = {
    "node": (on_node(), ON_NODE | QUEUE),
    "beside-daemon": (on_node(segments=False), SPANS | QUEUE | {("tcp", 4318, "anybody")}),
    "node-otlp": (on_node(collector_exporter="otlp"), ON_NODE),
    "node-to-gateway": (on_node(to_gateway()), ON_NODE),
    "gateway": (in_gateway(tail_sampling={"percent": 5}), SPANS | QUEUE),
    "gateway-otlp": (in_gateway(collector_exporter="otlp"), SPANS),
    "sentinel": (sentinel_configuration(IpFamily.IPV4), SENTINEL),
    "node-ipv6": (on_node(ip_family="ipv6"), ON_NODE | QUEUE),
    "sentinel-ipv6": (sentinel_configuration(IpFamily.IPV6), SENTINEL),
}
"""Configurations, and what a collector listens on with each."""

EXPORTS: Final[Mapping[str, Inputs]] = {
    "xray": {},
    "indexed": {"indexed_attributes": ["shop.order", "shop.customer"]},
    "otlp": {"collector_exporter": "otlp"},
}

TAIL_SAMPLINGS: Final[Sequence[Inputs | None]] = (
    None,
    {"percent": 0, "keep_faults": False, "wait_seconds": 1},
    {"percent": 0.5},
    {"percent": 0, "keep_faults": False, "slow_milliseconds": 600_000},
    {"percent": 100, "slow_milliseconds": 1, "wait_seconds": 120},
)

VALUES: Final[Sequence[Inputs]] = (
    *({"log_level": level} for level in LogLevel),
    {"collector_memory_limit_mib": 192, "gateway_memory_limit_mib": 192},
    {"collector_memory_limit_mib": 8192, "gateway_memory_limit_mib": 65_536},
    *({"region": region} for region in ("cn-north-1", "us-gov-west-1")),
)


def families() -> list[IpFamily]:
    """Returns those that this machine can listen by."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return [IpFamily.IPV4]
    return list(IpFamily)


def every_input(export: Inputs) -> Iterator[dict[str, Any]]:
    """Yields the inputs that make different configurations."""
    for role, family, on_eks in product((None, WRITER), families(), (True, False)):
        yield {"assume_role_arn": role, "ip_family": family, "on_eks": on_eks, **export}
    for each in VALUES:
        yield {**each, **export}


def configurations(export: Inputs) -> Iterator[Configuration]:
    """Yields the configurations with one of the exports, and those of the drain sentinel."""
    for inputs in every_input(export):
        yield on_node(**inputs)
        yield on_node(**inputs, segments=False)
        yield on_node(to_gateway(inputs.get("collector_memory_limit_mib", 384)), **inputs)
        for sampling in TAIL_SAMPLINGS:
            yield in_gateway(**inputs, tail_sampling=sampling)
    yield from map(sentinel_configuration, families())


@pytest.fixture(scope="module")
def sts() -> Generator[str]:
    """The URL of a stand-in for STS: a collector becomes its role even before it starts."""
    with aws_here() as url:
        yield url


@pytest.mark.parametrize("name", LISTENING)
def test_a_collector_listens_where_it_is_to_and_nowhere_else(name: str, tmp_path: Path) -> None:
    configuration, expected = LISTENING[name]
    if name.endswith("ipv6") and families() == [IpFamily.IPV4]:
        pytest.skip("this machine has no IPv6")
    with running(configuration, tmp_path) as (process, ports):
        assert _awaited(process, ports, expected) == expected
    assert (process.returncode, complaints(tmp_path)) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("export", EXPORTS)
def test_a_collector_starts_and_stops_without_a_warning(
    export: str, tmp_path: Path, sts: str
) -> None:
    different = {json.dumps(each): each for each in configurations(EXPORTS[export])}

    def said(number: int, configuration: Configuration) -> tuple[int | None, list[str]]:
        directory = tmp_path / str(number)
        directory.mkdir()
        started = SPANS - {("tcp", 8888, "anybody")} if "extensions" in configuration else SENTINEL
        with running(configuration, directory, sts) as (process, ports):
            _awaited(process, ports, started)
        return process.returncode, complaints(directory)

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(said, range(len(different)), different.values())
        wrong = {text: it for text, it in zip(different, answers, strict=True) if it != (0, [])}
    assert wrong == {}


def test_a_collector_refuses_a_broken_configuration(tmp_path: Path) -> None:
    broken = in_gateway(tail_sampling={"percent": 5})
    broken["processors"]["tail_sampling"]["policies"][0]["percent"] = 5
    with running(broken, tmp_path) as (process, _):
        assert process.wait(timeout=30) == 1
    assert "policies[0]" in "\n".join(complaints(tmp_path))


def _awaited(
    process: "subprocess.Popen[bytes]", ports: Mapping[int, int], expected: Heard
) -> Heard:
    """Returns where a process listens, once that is no less than expected, or after a while."""
    heard: Heard = set()
    until = time.monotonic() + 20
    while not heard >= expected and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
        heard = _heard(process.pid, ports)
    return heard


def _heard(pid: int, ports: Mapping[int, int]) -> Heard:
    return {
        (
            "tcp" if each.type == socket.SOCK_STREAM else "udp",
            ports.get(each.laddr.port, each.laddr.port),
            "itself" if each.laddr.ip in ("127.0.0.1", "::1") else "anybody",
        )
        for each in psutil.Process(pid).net_connections(kind="inet")
        if not each.raddr
    }
