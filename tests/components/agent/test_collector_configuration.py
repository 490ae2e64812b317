"""The configurations of the collector: on each node, as gateway, as drain sentinel."""

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import CollectorExporter, IpFamily, LogLevel
from components.agent.collector.configuration import Configuration, sentinel_configuration
from tests.support.agents import WRITER, in_gateway, on_node, to_aws, to_gateway

LIMITS: Final = st.integers(192, 8192)

EVERY_KIND: Final = {
    "node": on_node(),
    "node-otlp": on_node(collector_exporter="otlp"),
    "node-to-gateway": on_node(to_gateway()),
    "not-on-eks": on_node(on_eks=False),
    "gateway": in_gateway(),
    "gateway-otlp": in_gateway(collector_exporter="otlp"),
    "tail-sampling": in_gateway(tail_sampling={"percent": 5}),
    "sentinel": sentinel_configuration(IpFamily.IPV4),
}


@pytest.mark.parametrize("configuration", EVERY_KIND.values(), ids=EVERY_KIND)
def test_what_is_configured_is_used_and_nothing_else(configuration: Configuration) -> None:
    service = configuration["service"]
    for kind in ("receivers", "processors", "exporters"):
        used = [name for each in service["pipelines"].values() for name in each.get(kind, [])]
        assert sorted(used) == sorted(configuration.get(kind, {}))
    assert service.get("extensions", []) == list(configuration.get("extensions", {}))
    assert service["pipelines"]["traces"]["receivers"] in (["awsxray", "otlp"], ["otlp"])


@pytest.mark.parametrize(
    ("kind", "between"),
    [
        ("node", ["resource", "attributes/calls", "attributes/consumers"]),
        ("node-otlp", ["resource"]),
        ("not-on-eks", ["attributes/calls", "attributes/consumers"]),
        ("gateway", []),
        ("tail-sampling", ["tail_sampling"]),
    ],
)
def test_spans_are_refused_first_and_batched_last(kind: str, between: list[str]) -> None:
    processors = EVERY_KIND[kind]["service"]["pipelines"]["traces"]["processors"]
    assert processors == ["memory_limiter", *between, "batch"]


def test_on_eks_a_segment_says_so_unless_it_names_a_platform() -> None:
    assert on_node()["processors"]["resource"] == {
        "attributes": [
            {"key": "cloud.provider", "value": "aws", "action": "upsert"},
            {"key": "cloud.platform", "value": "aws_eks", "action": "insert"},
        ]
    }
    assert "aws_eks" not in str(on_node(on_eks=False))
    assert "aws_eks" not in str(in_gateway()), "it leaves what the nodes said"


@pytest.mark.parametrize("export", [to_aws(), to_gateway()], ids=["aws", "gateway"])
def test_sampling_rules_are_asked_for_as_the_role_that_writes(export: Any) -> None:
    receiver = on_node(export, assume_role_arn=WRITER, region="eu-north-1")["receivers"]["awsxray"]
    proxy = receiver["proxy_server"]
    assert (proxy["role_arn"], proxy["region"]) == (WRITER, "eu-north-1")
    assert proxy["local_mode"] is True, "it asks no instance metadata"
    assert "role_arn" not in on_node(export)["receivers"]["awsxray"]["proxy_server"]


@settings(deadline=None, max_examples=30)
@given(LIMITS)
def test_spans_are_refused_before_the_limit_kills_the_collector(limit: int) -> None:
    limiter = on_node(collector_memory_limit_mib=limit)["processors"]["memory_limiter"]
    go_limit = limit * 9 // 10
    refused_from = limiter["limit_mib"] - limiter["spike_limit_mib"]
    assert abs(refused_from - limit * 2 / 3) < 1
    assert refused_from < limiter["limit_mib"] < go_limit
    gateway = in_gateway(gateway_memory_limit_mib=limit)
    assert gateway["processors"]["memory_limiter"] == limiter


@pytest.mark.parametrize("exporter", CollectorExporter)
def test_a_batch_is_as_large_as_its_export_and_never_late(exporter: CollectorExporter) -> None:
    size = to_aws(collector_exporter=exporter).batch_size
    for make in (on_node, in_gateway):
        batch = make(collector_exporter=exporter)["processors"]["batch"]
        assert batch["send_batch_size"] == batch["send_batch_max_size"] == size
        assert batch["timeout"] == "1s"


@pytest.mark.parametrize("level", LogLevel)
def test_a_collector_logs_in_json_at_its_level(level: LogLevel) -> None:
    for configuration in (on_node(log_level=level), in_gateway(log_level=level)):
        logs = configuration["service"]["telemetry"]["logs"]
        assert logs == {"level": level.value, "encoding": "json"}
