"""A real collector takes every configuration that the settings can ask for, and no broken one."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from moto.server import ThreadedMotoServer

from components import CollectorExporter
from components.agent.collector.configuration import Configuration
from tests.components.collector_combinations import different_configurations
from tests.components.collectors import (
    WRITER,
    changed,
    config_map_of,
    in_gateway,
    on_node,
    to_aws,
    with_collector,
)
from tests.support.open_telemetry_collector import needs_collector, refusal, write

pytestmark = needs_collector

CONFIGURATIONS: Final = different_configurations()

BREAKAGES: Final[list[tuple[Configuration, tuple[str | int, ...], Any, str]]] = [
    (on_node(), ("receivers", "awsxray", "endpiont"), "0.0.0.0:2000", "endpiont"),
    (on_node(), ("exporters", "awsxray", "workers"), 4, "workers"),
    (on_node(), ("receivers", "otlp", "protocols", "htttp"), {}, "htttp"),
    (on_node(), ("processors", "sampler"), {}, "sampler"),
    (on_node(), ("exporters", "otlp/queue", "endpoint"), "127.0.0.1", "missing port"),
    (on_node(), ("exporters", "otlp/queue", "sending_queue", "queue_size"), 0, "queue size"),
    (on_node(), ("service", "pipelines", "traces", "exporters"), ["otlp/quene"], "otlp/quene"),
    (on_node(), ("service", "pipelines", "traces", "processors"), ["batching"], "batching"),
    (on_node(), ("service", "extensions"), ["sigv4auth"], "sigv4auth"),
    (on_node(), ("service", "telemetry", "logs", "level"), "loud", "loud"),
    (on_node(), ("processors", "batch", "send_batch_max_size"), 1, "send_batch_max_size"),
    (on_node(), ("processors", "batch", "timeout"), "1 second", "timeout"),
    (on_node(), ("processors", "memory_limiter", "spike_limit_mib"), 9999, "spike_limit_mib"),
    (
        on_node(to_aws(CollectorExporter.OTLP)),
        ("exporters", "otlphttp"),
        {"compression": "gzip"},
        "at least one endpoint",
    ),
    (
        in_gateway(tail_sampling={"percent": 5}),
        ("processors", "tail_sampling", "policies", 0, "percent"),
        5,
        "percent",
    ),
]
"""A configuration, where it is broken, by what, and what a collector says of that."""


@pytest.fixture(scope="module")
def sts() -> Generator[str]:
    """The URL of a stand-in for STS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_collector_takes_every_configuration(name: str, tmp_path: Path, sts: str) -> None:
    assert refusal(write(CONFIGURATIONS[name], tmp_path), sts) == ""


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"assume_role_arn": WRITER, "inside": {"exporter": "otlp", "gateway_replicas": 1}},
        {
            "ip_family": "ipv6",
            "memory_limit_mib": 512.0,
            "inside": {
                "gateway_replicas": 2.0,
                "tail_sampling": {"percent": 5, "slow_milliseconds": 500.0},
                "indexed_attributes": ["shop.order"],
            },
        },
    ],
)
def test_a_collector_takes_every_file_that_its_pods_mount(
    inputs: dict[str, Any], tmp_path: Path, sts: str
) -> None:
    deployment = with_collector(tmp_path, **inputs)
    for kind in ("DaemonSet", *(each["kind"] for each in deployment.objects("Deployment"))):
        for name, text in config_map_of(deployment, kind)["data"].items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            assert refusal(tmp_path / name, sts) == ""


@pytest.mark.parametrize(("whole", "path", "value", "said"), BREAKAGES)
def test_a_collector_refuses_a_broken_configuration(
    whole: Configuration,
    path: Sequence[str | int],
    value: Any,
    said: str,
    tmp_path: Path,
    sts: str,
) -> None:
    assert said in refusal(write(changed(whole, path, value), tmp_path), sts)


def test_a_collector_becomes_its_role_even_to_look_at_its_file(tmp_path: Path) -> None:
    way = to_aws(CollectorExporter.OTLP, assume_role_arn=WRITER)
    file = write(on_node(way), tmp_path)
    assert "AssumeRole" in refusal(file, "http://127.0.0.1:1")
