from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import CollectorExporter, IpFamily
from components.agent.agents import MINIMUM_COLLECTOR_MEMORY_MIB
from components.agent.collector.exporters import WayOut
from tests.components.collectors import WRITER, to_aws, to_gateway

LIMITS: Final = st.integers(MINIMUM_COLLECTOR_MEMORY_MIB, 8192)

KIB_PER_SPAN: Final = 4
"""What a span in the queue takes, with what Go's garbage collector needs beside it."""

WAYS: Final = {
    **{each.value: to_aws(each) for each in CollectorExporter},
    "gateway": to_gateway(),
}

every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
every_exporter = pytest.mark.parametrize("exporter", CollectorExporter)


def queueing(way: WayOut) -> dict[str, Any]:
    """Returns the exporter that keeps what could not be sent."""
    return way.exporters[way.exporter]


def queued_mib(way: WayOut) -> float:
    """Returns the memory that a full queue takes."""
    return queueing(way)["sending_queue"]["queue_size"] * way.batch_size * KIB_PER_SPAN / 1024


def test_no_batch_is_larger_than_one_call_to_x_ray_takes() -> None:
    assert to_aws(CollectorExporter.XRAY).batch_size == to_gateway().batch_size == 50


def test_no_request_is_larger_than_the_otlp_endpoint_takes() -> None:
    spans = to_aws(CollectorExporter.OTLP).batch_size
    assert spans <= 10_000
    assert spans * 2 <= 5_000, "KB, at 2 KB for each span"


@given(LIMITS)
def test_a_full_queue_takes_two_fifths_of_the_memory_limit(limit: int) -> None:
    ways = [to_aws(each, memory_limit_mib=limit) for each in CollectorExporter]
    for way in (*ways, to_gateway(limit)):
        assert limit * 0.35 <= queued_mib(way) <= limit * 0.4


@every_way
def test_what_cannot_be_sent_is_tried_again_until_there_is_an_answer(way: WayOut) -> None:
    exporter = queueing(way)
    assert exporter["retry_on_failure"]["enabled"] is True
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"


@every_way
def test_few_calls_are_made_at_once(way: WayOut) -> None:
    assert queueing(way)["sending_queue"]["num_consumers"] == 4


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (IpFamily.IPV4, "127.0.0.1:4319"),
        (IpFamily.IPV6, "[::1]:4319"),
        (IpFamily.DUAL_STACK, "127.0.0.1:4319"),
    ],
)
def test_the_queue_is_for_the_collector_itself_alone(family: IpFamily, address: str) -> None:
    way = to_aws(ip_family=family)
    assert way.receivers == {"otlp/queue": {"protocols": {"grpc": {"endpoint": address}}}}
    assert queueing(way)["endpoint"] == address


def test_what_leaves_the_queue_goes_to_x_ray_as_it_is() -> None:
    way = to_aws()
    assert way.exporter == "otlp/queue"
    assert way.pipelines == {
        "traces/queue": {"receivers": ["otlp/queue"], "exporters": ["awsxray"]}
    }


def test_the_queue_waits_for_as_long_as_x_ray_is_tried() -> None:
    way = to_aws()
    assert queueing(way)["timeout"] == "0s"
    awsxray = way.exporters["awsxray"]
    assert awsxray["max_retries"] >= 10
    assert awsxray["num_workers"] == queueing(way)["sending_queue"]["num_consumers"]


@every_exporter
def test_traces_go_to_the_region_that_is_named(exporter: CollectorExporter) -> None:
    way = to_aws(exporter, region="eu-north-1")
    assert "eu-north-1" in str(way.exporters)
    assert "eu-west-1" not in str(way)


def test_segments_are_written_as_the_role_that_is_named_and_else_as_the_pod() -> None:
    named = to_aws(assume_role_arn=WRITER).exporters["awsxray"]
    assert named == {**to_aws().exporters["awsxray"], "role_arn": WRITER}


def test_spans_are_signed_as_the_role_that_is_named_and_else_as_the_pod() -> None:
    signer = {"region": "eu-west-1", "service": "xray"}
    assumed = {"arn": WRITER, "sts_region": "eu-west-1"}
    named = to_aws(CollectorExporter.OTLP, assume_role_arn=WRITER)
    assert to_aws(CollectorExporter.OTLP).extensions == {"sigv4auth": signer}
    assert named.extensions == {"sigv4auth": {**signer, "assume_role": assumed}}
    assert queueing(named)["auth"] == {"authenticator": "sigv4auth"}


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-west-1", "https://xray.eu-west-1.amazonaws.com/v1/traces"),
        ("us-gov-west-1", "https://xray.us-gov-west-1.amazonaws.com/v1/traces"),
        ("cn-north-1", "https://xray.cn-north-1.amazonaws.com.cn/v1/traces"),
    ],
)
def test_spans_go_to_the_endpoint_of_their_partition(region: str, endpoint: str) -> None:
    way = to_aws(CollectorExporter.OTLP, region=region)
    assert queueing(way)["traces_endpoint"] == endpoint


def test_attributes_become_annotations_where_they_are_named() -> None:
    named = to_aws(indexed_attributes=["shop.order", "shop.customer"]).exporters["awsxray"]
    assert named["indexed_attributes"] == ["shop.order", "shop.customer"]
    assert "indexed_attributes" not in to_aws().exporters["awsxray"]


def test_all_spans_of_a_trace_meet_in_the_same_pod_of_the_gateway() -> None:
    exporter = queueing(to_gateway())
    assert exporter["routing_key"] == "traceID"
    assert exporter["resolver"] == {"dns": {"hostname": "xray-gateway.xray", "port": "4317"}}


def test_what_a_pod_of_the_gateway_does_not_take_may_go_to_another() -> None:
    # A queue of the protocol's own would be that of one pod.
    exporter = queueing(to_gateway())
    assert not exporter["protocol"]["otlp"].keys() & {"sending_queue", "retry_on_failure"}


def test_what_goes_to_the_gateway_needs_no_rights_and_no_certificate() -> None:
    way = to_gateway()
    assert queueing(way)["protocol"]["otlp"]["tls"] == {"insecure": True}
    assert not way.extensions
    assert list(way.exporters) == ["loadbalancing"]
