"""A real collector runs on the program's configurations, and listens on what its pod says.

That shows what `validate` does not: whether its parts can be made of their settings, and whether
the next collectors will know them by the same names.
"""

import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
import pytest

from components import IpFamily
from components.agent.collector.configuration import Configuration, sentinel_configuration
from tests.support.agents import in_gateway, on_node, to_gateway
from tests.support.open_telemetry_collector import (
    COLLECTOR,
    ENVIRONMENT,
    needs_collector,
    on_free_ports,
    write,
)

pytestmark = needs_collector

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

SAMPLED: Final = {"percent": 5, "slow_milliseconds": 500}

RUNNING: Final[Mapping[str, tuple[Configuration, Heard]]] = {
    "node": (on_node(), ON_NODE | QUEUE),
    "node-otlp": (on_node(collector_exporter="otlp"), ON_NODE),
    "node-to-gateway": (on_node(to_gateway()), ON_NODE),
    "gateway": (in_gateway(tail_sampling=SAMPLED), SPANS | QUEUE),
    "gateway-otlp": (in_gateway(collector_exporter="otlp"), SPANS),
    "sentinel": (sentinel_configuration(IpFamily.IPV4), SENTINEL),
    "node-ipv6": (on_node(ip_family="ipv6"), ON_NODE | QUEUE),
    "sentinel-ipv6": (sentinel_configuration(IpFamily.IPV6), SENTINEL),
}
"""Configurations, and what a collector listens on with each."""


@pytest.mark.parametrize("name", RUNNING)
def test_a_collector_listens_where_it_is_to_and_nowhere_else(name: str, tmp_path: Path) -> None:
    configuration, expected = RUNNING[name]
    if name.endswith("ipv6") and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with running(configuration, tmp_path) as (process, ports):
        assert _awaited(process, ports, expected) == expected
    assert process.returncode == 0
    assert "deprecated" not in (tmp_path / "log").read_text()


@contextmanager
def running(
    configuration: Configuration, directory: Path
) -> Generator[tuple["subprocess.Popen[bytes]", Mapping[int, int]]]:
    """Runs a collector on free ports until the end of the block, and then tells it to stop.

    Gives its process, and the ports that it was to have by those that it has.
    """
    file = write(configuration, directory)
    ports = on_free_ports(file)
    with (directory / "log").open("wb") as log:
        command = [str(COLLECTOR), f"--config={file}"]
        process = subprocess.Popen(command, env=ENVIRONMENT, stderr=log)
    try:
        yield process, ports
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()


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


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
