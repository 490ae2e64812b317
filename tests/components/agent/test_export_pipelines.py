"""The exports of a collector: to X-Ray by either interface, and to a gateway."""

from typing import Any, Final

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import CollectorExporter
from components.agent.collector.exporters import ExportPipeline
from tests.support.agents import WRITER, to_aws, to_gateway

AWS: Final[Any] = botocore.session.get_session()

LIMITS: Final = st.integers(192, 8192)

KIB_PER_SPAN: Final = 4
"""What a span in the queue takes, with what Go's garbage collector needs beside it."""

OTLP: Final[dict[str, Any]] = {"collector_exporter": "otlp"}

EXPORTS: Final = {"xray": to_aws(), "otlp": to_aws(**OTLP), "gateway": to_gateway()}

every_export = pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)


def queueing(export: ExportPipeline) -> dict[str, Any]:
    """Returns the exporter that keeps what could not be sent."""
    return export.exporters[export.exporter]


def test_no_request_is_larger_than_aws_takes() -> None:
    assert to_aws().batch_size == to_gateway().batch_size == 50
    spans = to_aws(**OTLP).batch_size
    assert spans <= 10_000
    assert spans * 2 <= 5_000, "KB, at 2 KB for each span"


@settings(deadline=None, max_examples=30)
@given(LIMITS)
def test_a_full_queue_takes_two_fifths_of_the_memory_limit(limit: int) -> None:
    to_x_ray = (to_aws(memory_limit_mib=limit), to_aws(memory_limit_mib=limit, **OTLP))
    for export in (*to_x_ray, to_gateway(limit)):
        spans = queueing(export)["sending_queue"]["queue_size"] * export.batch_size
        assert limit * 0.35 <= spans * KIB_PER_SPAN / 1024 <= limit * 0.4


@every_export
def test_a_few_calls_at_once_try_until_there_is_an_answer(export: ExportPipeline) -> None:
    exporter = queueing(export)
    assert exporter["retry_on_failure"]["enabled"] is True
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"
    assert exporter["sending_queue"]["num_consumers"] == 4


def test_the_queue_waits_for_as_long_as_x_ray_is_tried() -> None:
    export = to_aws()
    assert export.exporter == "otlp_http/queue"
    assert export.pipelines == {
        "traces/queue": {"receivers": ["otlp/queue"], "exporters": ["awsxray"]}
    }
    assert queueing(export)["timeout"] == "0s"
    awsxray = export.exporters["awsxray"]
    assert awsxray["max_retries"] >= 10
    assert awsxray["num_workers"] == queueing(export)["sending_queue"]["num_consumers"]
    assert awsxray["local_mode"] is True, "it asks no instance metadata for its region"


@pytest.mark.parametrize("exporter", CollectorExporter)
def test_traces_go_to_the_region_that_is_named(exporter: CollectorExporter) -> None:
    export = to_aws(collector_exporter=exporter, region="eu-north-1")
    assert "eu-north-1" in str(export.exporters)
    assert "eu-west-1" not in str(export)


def test_segments_are_written_as_the_named_role_or_as_the_pod() -> None:
    assumed = to_aws(assume_role_arn=WRITER).exporters["awsxray"]
    assert assumed == {**to_aws().exporters["awsxray"], "role_arn": WRITER}


def test_spans_are_signed_as_the_named_role_or_as_the_pod() -> None:
    signer = {"region": "eu-west-1", "service": "xray"}
    assumed = {"arn": WRITER, "sts_region": "eu-west-1"}
    export = to_aws(**OTLP, assume_role_arn=WRITER)
    assert to_aws(**OTLP).extensions == {"sigv4auth": signer}
    assert export.extensions == {"sigv4auth": {**signer, "assume_role": assumed}}
    assert queueing(export)["auth"] == {"authenticator": "sigv4auth"}


def test_spans_go_to_the_endpoint_of_every_region_that_aws_has() -> None:
    for partition in AWS.get_available_partitions():
        regions = [AWS.get_available_regions(each, partition) for each in ("xray", "eks")]
        for region in {*regions[0], *regions[1]}:
            host = AWS.get_component("endpoint_resolver").construct_endpoint("xray", region)
            endpoint = queueing(to_aws(**OTLP, region=region))["traces_endpoint"]
            assert endpoint == f"https://{host['hostname']}/v1/traces"


def test_attributes_become_annotations_where_they_are_named() -> None:
    export = to_aws(indexed_attributes=["shop.order", "of.${env:HOME}", "$price"])
    # The collector reads the text, and not a variable of its own.
    escaped = ["shop.order", "of.$${env:HOME}", "$$price"]
    assert export.exporters["awsxray"]["indexed_attributes"] == escaped
    assert "indexed_attributes" not in to_aws().exporters["awsxray"]


def test_all_spans_of_a_trace_meet_in_one_pod_of_the_gateway() -> None:
    exporter = queueing(to_gateway())
    assert exporter["routing_key"] == "traceID"
    assert exporter["resolver"] == {"dns": {"hostname": "xray-gateway.xray", "port": "4317"}}
    # What one pod refuses may go to another: a queue of the protocol's own would be that of one.
    assert not exporter["protocol"]["otlp"].keys() & {"sending_queue", "retry_on_failure"}
