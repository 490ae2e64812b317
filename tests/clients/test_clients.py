"""What real SDKs send is read alike, by way of the daemon and by way of the collector."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import filterfalse
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.clients import (
    COMMANDS,
    FOLDER,
    OPEN_TELEMETRY,
    PATH,
    X_RAY,
    Document,
    collector,
    documents_of,
    outline,
    send,
    through_collector,
    well_formed,
)
from tests.support.open_telemetry_collector import needs_collector
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import assemble_trace


def recording(name: str) -> dict[str, list[Document]]:
    return json.loads((FOLDER / f"recorded/{name}.json").read_text(encoding="utf-8"))


def map_of(documents: Sequence[Document]) -> dict[str, str]:
    """Returns the edges of the service map: how many requests, and their worst status."""
    texts = {each["trace_id"]: list[str]() for each in documents}
    for each in documents:
        texts[each["trace_id"]].append(json.dumps(each))
    graph = build_service_graph(assemble_trace(*each) for each in texts.items())
    edges = {f"{it.source.name} → {it.target.name}": it.statistics for it in graph.edges}
    return {
        re.sub(r":\d+", "", name): f"{it.request_count} {' '.join(it.status_counts)}"
        for name, it in edges.items()
    }


def fields_in(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from fields_in(inside, path if name == "subsegments" else f"{path}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from fields_in(each, path)
    else:
        yield path.removeprefix(".")


AWS: Final = {"client → shop": "1 ok", "shop → DynamoDB": "1 ok", "shop → orders": "1 error"}
SHOP: Final = AWS | {"shop → localhost": "1 ok"}
NO_TABLE: Final = {each: SHOP[each] for each in SHOP if "orders" not in each}
FAULT: Final = {"shop → orders": "1 fault"}
QUEUE: Final = {"shop → SQS": "1 ok", "shop → http://127.0.0.1/123456789012/jobs": "1 ok"}
TWICE: Final = {"client → shop": "2 ok"}
NODE: Final = SHOP | TWICE | {"shop → DynamoDB": "2 ok"}

MAPS: Final[Mapping[str, Sequence[Mapping[str, str]]]] = {
    "xray-python": (SHOP | QUEUE | FAULT | TWICE, SHOP | QUEUE),
    "xray-node": (NODE | FAULT, NODE),
    # With the AWS SDK v2 it doesn't say which table it asks.
    "xray-go": [NO_TABLE | {"shop → DynamoDB": f"2 ok {flag}"} for flag in ("fault", "error")],
    "xray-java": (SHOP, SHOP),
    # It doesn't say which host it calls.
    "otel-python": (AWS | {"shop → GET": "1 ok"},) * 2,
    "otel-node": (SHOP, SHOP),
    # It doesn't say with which status a call of AWS failed.
    "otel-java": (SHOP | FAULT,) * 2,
    "otel-go": ({"client → shop": "1 ok", "shop → localhost": "1 ok"},) * 2,
}
"""The service map of each: as sent and after a collector, or with ids of X-Ray and of W3C. After a
collector the HTTP status says what is a fault, while an SDK calls any exception one
(docs/from-daemon-to-collector.md)."""


@pytest.mark.parametrize("name", MAPS)
def test_a_client_has_its_map(name: str) -> None:
    assert [map_of(each) for each in recording(name).values()] == [*MAPS[name]]


@pytest.mark.parametrize("name", OPEN_TELEMETRY)
def test_ids_and_protocols_change_nothing_else(name: str) -> None:
    of_x_ray, of_w3c = recording(name).values()
    assert outline(of_x_ray) == outline(of_w3c)
    times = [int(each[0]["trace_id"][2:10], 16) for each in (of_x_ray, of_w3c)]
    assert [abs(time - of_x_ray[0]["start_time"]) < 60 for time in times] == [True, False]


STACK: Final = {f"cause.exceptions.stack.{field}" for field in ("label", "line", "path")}
RUNTIME: Final = {"service.runtime", "service.runtime_version", "cause.working_directory"}
CUT: Final = {f"cause.exceptions.{field}" for field in ("skipped", "truncated")}
LOST: Final[Mapping[str, set[str]]] = {
    "xray-python": {"aws.message_id", "aws.queue_name", "in_progress"},
    "xray-node": {"aws.retries", "aws.xray.package", "http.request.user_agent"},
    "xray-go": {"Dummy"},
    "xray-java": CUT | {"aws.retries", "cause.message"},
}
"""The fields that a collector leaves out, beside those (docs/from-daemon-to-collector.md)."""


@pytest.mark.parametrize("name", LOST)
def test_a_collector_leaves_out_what_is_documented(name: str) -> None:
    sent, collected = recording(name).values()
    lost = set(fields_in([*filter(well_formed, sent)])) - set(fields_in(collected))
    assert lost - {"aws.table_count", "service.name"} == STACK | RUNTIME | LOST[name]


@needs_collector
@pytest.mark.parametrize("name", X_RAY)
def test_a_collector_makes_the_same_of_what_an_sdk_sends(name: str, tmp_path: Path) -> None:
    sent, collected = recording(name).values()
    assert outline(through_collector(sent, tmp_path)) == outline(collected)


@needs_collector
def test_a_subsegment_without_a_name_stops_the_collector(tmp_path: Path) -> None:
    sent = recording("xray-python")["sent"]
    with collector(tmp_path) as (process, ports):
        send(filterfalse(well_formed, sent), ports[2000])
        assert process.wait(timeout=30) == 2
    assert "panic: " in (tmp_path / "log").read_text()


@pytest.mark.slow
@needs_collector
@pytest.mark.parametrize("name", MAPS)
def test_a_program_sends_what_was_recorded(name: str, tmp_path: Path) -> None:
    program = COMMANDS[name.partition("-")[2]].split()[0]
    if shutil.which(program, path=PATH) is None:
        pytest.skip(f"there is no {program} to run it")
    assert outline(documents_of(name, tmp_path)) == outline(recording(name))
