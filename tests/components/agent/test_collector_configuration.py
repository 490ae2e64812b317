"""The configurations of the collector: on each node, as gateway, as drain sentinel."""

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import CollectorExporter, LogLevel
from components.agent.collector.configuration import Configuration
from components.agent.pod.drain import PRE_STOP_SECONDS
from tests.support.agents import WRITER, in_gateway, on_node, to_aws, to_gateway

LIMITS: Final = st.integers(192, 8192)


@pytest.mark.parametrize(
    ("configuration", "between"),
    [
        (on_node(), ["resource", "attributes/calls", "attributes/consumers"]),
        (on_node(collector_exporter="otlp"), ["resource"]),
        (on_node(on_eks=False), ["attributes/calls", "attributes/consumers"]),
        (in_gateway(), []),
        (in_gateway(tail_sampling={"percent": 5}), ["tail_sampling"]),
    ],
)
def test_spans_are_refused_first_and_batched_last(
    configuration: Configuration, between: list[str]
) -> None:
    processors = configuration["service"]["pipelines"]["traces"]["processors"]
    assert processors == ["memory_limiter", *between, "batch"] == [*configuration["processors"]]


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


def test_a_stopping_pod_outlives_the_connections_that_applications_keep() -> None:
    protocols = on_node()["receivers"]["otlp"]["protocols"]
    ages = protocols["grpc"]["keepalive"]["server_parameters"].values()
    assert sum(int(each.removesuffix("s")) for each in ages) < PRE_STOP_SECONDS
    assert protocols["http"]["keep_alives_enabled"] is False
    assert "keepalive" not in in_gateway()["receivers"]["otlp"]["protocols"]["grpc"]
