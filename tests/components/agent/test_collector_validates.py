"""A real collector takes every configuration that the inputs can ask for, and no broken one."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from moto.server import ThreadedMotoServer

from components import IpFamily, LogLevel
from components.agent.collector.configuration import Configuration, sentinel_configuration
from tests.support.agents import WRITER, in_gateway, on_node, to_aws, to_gateway
from tests.support.open_telemetry_collector import needs_collector, refusal, write

pytestmark = [pytest.mark.slow, needs_collector]

Inputs = Mapping[str, Any]

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

BREAKAGES: Final[list[tuple[Configuration, tuple[str | int, ...], Any, str]]] = [
    (on_node(), ("receivers", "awsxray", "endpiont"), "0.0.0.0:2000", "endpiont"),
    (on_node(), ("exporters", "otlp_grpc/queue", "sending_queue", "queue_size"), 0, "queue_size"),
    (on_node(), ("service", "pipelines", "traces", "processors"), ["batching"], "batching"),
    (on_node(), ("processors", "memory_limiter", "spike_limit_mib"), 9999, "spike_limit_mib"),
    (
        in_gateway(tail_sampling={"percent": 5}),
        ("processors", "tail_sampling", "policies", 0, "percent"),
        5,
        "policies[0]",
    ),
]
"""A configuration, where it is broken, by what, and what a collector says of that."""


def every_input(export: Inputs) -> Iterator[dict[str, Any]]:
    """Yields the inputs that make different configurations."""
    for role, family, on_eks in product((None, WRITER), IpFamily, (True, False)):
        yield {"assume_role_arn": role, "ip_family": family, "on_eks": on_eks, **export}
    for each in VALUES:
        yield {**each, **export}


def configurations(export: Inputs) -> Iterator[Configuration]:
    """Yields the configurations with one of the exports, and those of the drain sentinel."""
    for inputs in every_input(export):
        yield on_node(**inputs)
        yield on_node(to_gateway(inputs.get("collector_memory_limit_mib", 384)), **inputs)
        for sampling in TAIL_SAMPLINGS:
            yield in_gateway(**inputs, tail_sampling=sampling)
    yield from map(sentinel_configuration, IpFamily)


@pytest.fixture(scope="module")
def sts() -> Generator[str]:
    """The URL of a stand-in for STS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.parametrize("export", EXPORTS)
def test_a_collector_takes_every_configuration(export: str, tmp_path: Path, sts: str) -> None:
    different = {json.dumps(each): each for each in configurations(EXPORTS[export])}

    def refused(number: int, configuration: Configuration) -> str:
        directory = tmp_path / str(number)
        directory.mkdir()
        return refusal(write(configuration, directory), sts)

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(refused, range(len(different)), different.values())
        wrong = {text: answer for text, answer in zip(different, answers, strict=True) if answer}
    assert wrong == {}


@pytest.mark.parametrize(("whole", "path", "value", "said"), BREAKAGES)
def test_a_collector_refuses_a_broken_configuration(
    whole: Configuration,
    path: Sequence[str | int],
    value: Any,
    said: str,
    tmp_path: Path,
    sts: str,
) -> None:
    broken = deepcopy(whole)
    *outer, last = path
    inside: Any = broken
    for key in outer:
        inside = inside[key]
    inside[last] = value
    assert said in refusal(write(broken, tmp_path), sts)


def test_a_collector_becomes_its_role_even_to_be_validated(tmp_path: Path) -> None:
    told: dict[str, Any] = {"collector_exporter": "otlp", "assume_role_arn": WRITER}
    file = write(on_node(to_aws(**told), **told), tmp_path)
    assert "AssumeRole" in refusal(file, "http://127.0.0.1:1")
