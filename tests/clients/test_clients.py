"""What real SDKs send is read alike, by way of the daemon and by way of the collector."""

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.clients import (
    CLIENTS,
    PATH,
    RECORDED,
    Document,
    aws_here,
    by_collector,
    documents_of,
    outlines,
    sent_by,
    through_collector,
    well_formed,
)
from tests.support.open_telemetry_collector import needs_collector
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import assemble_trace

X_RAY: Final = [name for name in CLIENTS if name.startswith("xray-")]


@cache
def recording(name: str) -> Mapping[str, list[Document]]:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def map_of(documents: Sequence[Document]) -> dict[str, str]:
    """Returns the edges of the service map: how many requests, and their worst status."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for each in documents:
        texts[each["trace_id"]].append(json.dumps(each))
    graph = build_service_graph(assemble_trace(*each) for each in texts.items())
    return {
        re.sub(r":\d+", "", f"{edge.source.name} → {edge.target.name}"): " ".join(
            (str(edge.statistics.request_count), *edge.statistics.status_counts)
        )
        for edge in graph.edges
    }


def fields_in(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            part = path if name == "subsegments" else f"{path}.{name}" if path else name
            yield from fields_in(inside, part)
    elif isinstance(value, list):
        for each in value:
            yield from fields_in(each, path)
    else:
        yield path


def lost(name: str) -> set[str]:
    """Returns the fields that a program sends and a collector leaves out."""
    sent, collected = recording(name).values()
    return set(fields_in(well_formed(sent))) - set(fields_in(collected))


AWS: Final = {"client → shop": "1 ok", "shop → DynamoDB": "1 ok", "shop → orders": "1 error"}
SHOP: Final = AWS | {"shop → localhost": "1 ok"}
NO_TABLE: Final = {each: SHOP[each] for each in SHOP if "orders" not in each}
FAULT: Final = {"shop → orders": "1 fault"}
QUEUE: Final = {"shop → SQS": "1 ok", "shop → http://127.0.0.1/123456789012/jobs": "1 ok"}
TWICE: Final = {"client → shop": "2 ok"}

MAPS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("xray-python", "sent"): SHOP | QUEUE | FAULT | TWICE,
    ("xray-python", "collector"): SHOP | QUEUE,
    ("xray-node", "sent"): SHOP | FAULT | TWICE | {"shop → DynamoDB": "2 ok"},
    ("xray-node", "collector"): SHOP | TWICE | {"shop → DynamoDB": "2 ok"},
    # With the AWS SDK v2 it doesn't say which table it asks.
    ("xray-go", "sent"): NO_TABLE | {"shop → DynamoDB": "2 ok fault"},
    ("xray-go", "collector"): NO_TABLE | {"shop → DynamoDB": "2 ok error"},
    ("xray-java", "sent"): AWS,
    ("xray-java", "collector"): AWS,
    # A call without `peer.service` is named by its span.
    ("otel-python", "collector"): AWS | {"shop → GET": "1 ok"},
    ("otel-node", "collector"): AWS | {"shop → GET": "1 ok"},
}
"""The service map of each. After a collector the HTTP status says what is a fault: an SDK calls any
exception one (docs/from-daemon-to-collector.md)."""


@pytest.mark.parametrize(("name", "by"), MAPS)
def test_a_client_has_its_map(name: str, by: str) -> None:
    assert map_of(recording(name)[by]) == MAPS[name, by]


STACK: Final = {f"cause.exceptions.stack.{field}" for field in ("label", "line", "path")}
RUNTIME: Final = {"service.runtime", "service.runtime_version", "cause.working_directory"}
LOST: Final[Mapping[str, set[str]]] = {
    "xray-python": STACK | RUNTIME | {"aws.message_id", "aws.queue_name", "in_progress"},
    "xray-node": STACK | RUNTIME | {"aws.retries", "aws.xray.package", "http.request.user_agent"},
    "xray-go": STACK | RUNTIME | {"Dummy"},
    "xray-java": STACK
    | RUNTIME
    | {"aws.retries", "cause.exceptions.skipped", "cause.exceptions.truncated", "cause.message"},
}
"""The fields that a collector leaves out (docs/from-daemon-to-collector.md)."""


@pytest.mark.parametrize("name", LOST)
def test_a_collector_leaves_out_what_is_documented(name: str) -> None:
    assert lost(name) - {"aws.table_count", "service.name"} == LOST[name]


@needs_collector
@pytest.mark.parametrize("name", LOST)
def test_a_collector_makes_the_same_of_what_an_sdk_sends(name: str, tmp_path: Path) -> None:
    sent, collected = recording(name).values()
    with aws_here() as aws:
        traces = through_collector(well_formed(sent), tmp_path, aws)
    assert outlines(documents_of(traces)) == outlines(collected)


@needs_collector
def test_a_subsegment_without_a_name_stops_the_collector(tmp_path: Path) -> None:
    sent = recording("xray-python")["sent"]
    with aws_here() as aws:
        assert not through_collector(
            [each for each in sent if each not in well_formed(sent)], tmp_path, aws
        )
    assert "panic: " in (tmp_path / "log").read_text()


@pytest.mark.slow
@needs_collector
@pytest.mark.parametrize("name", CLIENTS)
def test_a_program_sends_what_was_recorded(name: str, tmp_path: Path) -> None:
    program = CLIENTS[name][0].split()[0]
    if shutil.which(program, path=PATH) is None:
        pytest.skip(f"there is no {program} to run it")
    with aws_here() as aws:
        if name in X_RAY:
            assert outlines(sent_by(name, tmp_path, aws)) == outlines(recording(name)["sent"])
        else:
            documents = documents_of(by_collector(name, tmp_path, aws))
            assert outlines(documents) == outlines(recording(name)["collector"])
