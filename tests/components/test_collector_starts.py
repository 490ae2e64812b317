"""A real collector runs on the program's configurations, and listens on what its pod says.

That shows what `validate` does not: whether its parts can be made of their settings.
"""

import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from components import CollectorExporter, IpFamily
from components.agent.collector.configuration import Configuration, gate_configuration
from tests.components.collectors import changed, in_gateway, on_node, to_aws, to_gateway
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
GATE: Final[Heard] = {("tcp", 2001, "anybody")}

OTLP: Final = to_aws(CollectorExporter.OTLP)
SAMPLED: Final = in_gateway(tail_sampling={"percent": 5, "slow_milliseconds": 500})

RUNNING: Final[Mapping[str, tuple[Configuration, Heard]]] = {
    "node": (on_node(), ON_NODE | QUEUE),
    "node-otlp": (on_node(OTLP), ON_NODE),
    "node-to-gateway": (on_node(to_gateway()), ON_NODE),
    "gateway": (SAMPLED, SPANS | QUEUE),
    "gateway-otlp": (in_gateway(OTLP), SPANS),
    "gate": (gate_configuration(IpFamily.IPV4), GATE),
    "node-ipv6": (
        on_node(to_aws(ip_family=IpFamily.IPV6), ip_family=IpFamily.IPV6),
        ON_NODE | QUEUE,
    ),
    "gate-ipv6": (gate_configuration(IpFamily.IPV6), GATE),
}
"""Configurations, and what a collector listens on with each."""

BREAKAGES: Final[list[tuple[Configuration, Sequence[str | int], Any, str]]] = [
    (SAMPLED, ("processors", "tail_sampling", "policies", 0, "type"), "share", "type share"),
    (on_node(), ("receivers", "awsxray", "endpoint"), "0.0.0.0", "missing port"),
    (on_node(), ("processors", "resource", "attributes", 0, "action"), "put", '"put"'),
    (on_node(OTLP), ("exporters", "otlphttp", "auth", "authenticator"), "signer", '"signer"'),
]
"""A configuration, where it is broken, by what, and what a collector says of that."""


@pytest.mark.parametrize("name", RUNNING)
def test_a_collector_listens_where_it_is_to_and_nowhere_else(name: str, tmp_path: Path) -> None:
    configuration, expected = RUNNING[name]
    if name.endswith("ipv6") and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with running(configuration, tmp_path) as (process, ports):
        assert _awaited(process, ports, expected) == expected
    assert process.returncode == 0


@pytest.mark.parametrize(("whole", "path", "value", "said"), BREAKAGES)
def test_a_collector_does_not_run_on_what_its_parts_cannot_be_made_of(
    whole: Configuration, path: Sequence[str | int], value: Any, said: str, tmp_path: Path
) -> None:
    with running(changed(whole, path, value), tmp_path) as (process, _):
        assert process.wait(timeout=30) == 1
        assert said in (tmp_path / "log").read_text(encoding="utf-8")


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
        process = subprocess.Popen(
            [str(COLLECTOR), f"--config={file}"], env=ENVIRONMENT, stdout=log, stderr=log
        )
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
    found = psutil.Process(pid).net_connections(kind="inet")
    return {
        (
            "tcp" if each.type == socket.SOCK_STREAM else "udp",
            ports.get(each.laddr.port, each.laddr.port),
            "itself" if each.laddr.ip in ("127.0.0.1", "::1") else "anybody",
        )
        for each in found
        if not each.raddr
    }


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
