from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import CollectorExporter, IpFamily, LogLevel
from components.agent.agents import MINIMUM_COLLECTOR_MEMORY_MIB
from components.agent.collector.configuration import Configuration, gate_configuration
from tests.components.collectors import WRITER, in_gateway, on_node, to_aws, to_gateway

LIMITS: Final = st.integers(MINIMUM_COLLECTOR_MEMORY_MIB, 8192)

ANYWHERE: Final = {
    IpFamily.IPV4: "0.0.0.0",
    IpFamily.IPV6: "[::]",
    IpFamily.DUAL_STACK: "[::]",
}

EVERY_KIND: Final = {
    **{
        f"{exporter.value}-{where}": make(to_aws(exporter))
        for exporter, (where, make) in product(
            CollectorExporter, (("node", on_node), ("gateway", in_gateway))
        )
    },
    "node-to-gateway": on_node(to_gateway()),
    "not-on-eks": on_node(on_eks=False),
    "tail-sampling": in_gateway(tail_sampling={"percent": 5}),
    "gate": gate_configuration(IpFamily.IPV4),
}

parametrized = pytest.mark.parametrize("configuration", EVERY_KIND.values(), ids=EVERY_KIND)
by_family = pytest.mark.parametrize(("family", "anywhere"), ANYWHERE.items())


def listens(configuration: Configuration) -> Iterator[str]:
    """Yields every address that a collector listens on for others than itself."""
    yield from (
        each["endpoint"]
        for name, receiver in configuration["receivers"].items()
        if name != "otlp/queue"
        for each in _listeners(receiver)
    )
    yield configuration["extensions"]["health_check"]["endpoint"]


@by_family
def test_a_node_s_collector_takes_segments_and_sampling_requests_where_the_daemon_did(
    family: IpFamily, anywhere: str
) -> None:
    awsxray = on_node(ip_family=family)["receivers"]["awsxray"]
    assert (awsxray["transport"], awsxray["endpoint"]) == ("udp", f"{anywhere}:2000")
    assert awsxray["proxy_server"]["endpoint"] == f"{anywhere}:2000"


@by_family
def test_a_node_s_collector_takes_spans_by_grpc_and_by_http(
    family: IpFamily, anywhere: str
) -> None:
    assert on_node(ip_family=family)["receivers"]["otlp"]["protocols"] == {
        "grpc": {"endpoint": f"{anywhere}:4317"},
        "http": {"endpoint": f"{anywhere}:4318"},
    }


@by_family
def test_a_gateway_takes_spans_by_grpc_alone(family: IpFamily, anywhere: str) -> None:
    configuration = in_gateway(ip_family=family)
    assert list(listens(configuration)) == [f"{anywhere}:4317", f"{anywhere}:13133"]
    assert "awsxray" not in configuration["receivers"]


@by_family
def test_health_and_metrics_are_there_for_the_kubelet_and_for_prometheus(
    family: IpFamily, anywhere: str
) -> None:
    for configuration in (on_node(ip_family=family), in_gateway(ip_family=family)):
        health = configuration["extensions"]["health_check"]
        assert health == {"endpoint": f"{anywhere}:13133"}
        (reader,) = configuration["service"]["telemetry"]["metrics"]["readers"]
        prometheus = {"host": anywhere.strip("[]"), "port": 8888}
        assert reader == {"pull": {"exporter": {"prometheus": prometheus}}}


@parametrized
def test_all_that_is_configured_is_used_and_all_that_is_used_is_configured(
    configuration: Configuration,
) -> None:
    service = configuration["service"]
    for kind in ("receivers", "processors", "exporters"):
        used = [name for each in service["pipelines"].values() for name in each.get(kind, [])]
        assert sorted(used) == sorted(configuration.get(kind, {}))
    assert service.get("extensions", []) == list(configuration.get("extensions", {}))


@parametrized
def test_one_pipeline_takes_what_applications_send(configuration: Configuration) -> None:
    taken = configuration["service"]["pipelines"]["traces"]["receivers"]
    assert taken in (["awsxray", "otlp"], ["otlp"])


@pytest.mark.parametrize(
    ("configuration", "between"),
    [
        (on_node(), ["resource"]),
        (on_node(on_eks=False), []),
        (in_gateway(), []),
        (in_gateway(tail_sampling={"percent": 5}), ["tail_sampling"]),
    ],
)
def test_spans_are_refused_before_anything_is_done_with_them_and_batched_after_it(
    configuration: Configuration, between: list[str]
) -> None:
    processors = configuration["service"]["pipelines"]["traces"]["processors"]
    assert processors == ["memory_limiter", *between, "batch"]


def test_on_eks_a_segment_says_so_unless_it_says_another_platform() -> None:
    assert on_node()["processors"]["resource"] == {
        "attributes": [
            {"key": "cloud.provider", "value": "aws", "action": "upsert"},
            {"key": "cloud.platform", "value": "aws_eks", "action": "insert"},
        ]
    }


def test_another_cluster_s_segments_say_nothing_of_eks() -> None:
    assert "aws_eks" not in str(on_node(on_eks=False))


def test_a_gateway_leaves_what_the_nodes_said_of_a_span() -> None:
    assert "resource" not in in_gateway()["processors"]


@pytest.mark.parametrize("way", [to_aws(), to_gateway()], ids=["aws", "gateway"])
def test_sampling_rules_are_asked_for_as_the_role_that_writes(way: Any) -> None:
    proxy = on_node(way, assume_role_arn=WRITER, region="eu-north-1")["receivers"]["awsxray"]
    assert proxy["proxy_server"]["role_arn"] == WRITER
    assert proxy["proxy_server"]["region"] == "eu-north-1"
    assert "role_arn" not in on_node(way)["receivers"]["awsxray"]["proxy_server"]


def test_no_collector_asks_the_instance_metadata_for_what_it_knows() -> None:
    configuration = on_node()
    assert configuration["receivers"]["awsxray"]["proxy_server"]["local_mode"] is True
    assert configuration["exporters"]["awsxray"]["local_mode"] is True


@given(LIMITS)
def test_spans_are_refused_before_the_memory_limit_kills_the_collector(limit: int) -> None:
    limiter = on_node(memory_limit_mib=limit)["processors"]["memory_limiter"]
    go_limit = limit * 9 // 10
    refused_from = limiter["limit_mib"] - limiter["spike_limit_mib"]
    assert abs(refused_from - limit * 2 / 3) < 1
    assert refused_from < limiter["limit_mib"] < go_limit
    assert in_gateway(memory_limit_mib=limit)["processors"]["memory_limiter"] == limiter


@pytest.mark.parametrize("exporter", CollectorExporter)
def test_a_batch_is_never_larger_than_its_way_takes_and_never_late(
    exporter: CollectorExporter,
) -> None:
    way = to_aws(exporter)
    for configuration in (on_node(way), in_gateway(way)):
        batch = configuration["processors"]["batch"]
        assert batch["send_batch_size"] == batch["send_batch_max_size"] == way.batch_size
        assert batch["timeout"] == "1s"


@pytest.mark.parametrize("level", LogLevel)
def test_a_collector_logs_what_it_is_to_and_in_json(level: LogLevel) -> None:
    for configuration in (on_node(log_level=level), in_gateway(log_level=level)):
        logs = configuration["service"]["telemetry"]["logs"]
        assert logs == {"level": level.value, "encoding": "json"}


@by_family
def test_the_gate_listens_on_its_port_alone_and_sends_nothing_anywhere(
    family: IpFamily, anywhere: str
) -> None:
    gate = gate_configuration(family)
    endpoints = [each["endpoint"] for each in _listeners(gate["receivers"]["otlp"])]
    assert endpoints == [f"{anywhere}:2001"]
    assert list(gate["receivers"]) == ["otlp"]
    assert gate["exporters"] == {"debug": {}}
    assert "extensions" not in gate
    assert gate["service"]["telemetry"]["metrics"] == {"level": "none"}


def _listeners(receiver: Configuration) -> list[Configuration]:
    """Returns the parts of a receiver that listen."""
    if "protocols" in receiver:
        return list(receiver["protocols"].values())
    return [receiver, receiver["proxy_server"]]
