"""What is measured on a cluster is what the stacks declare, and its losses are counted."""

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import requests

from tools.bench import results
from tools.bench.contenders import ours
from tools.bench.loss import measure_loss, measure_switch
from tools.bench.sender import segment
from tools.bench.stage import Load
from tools.bench.xray_api import XRayApi, start_xray_api

IMAGE = "daemon:1"


def put(api: XRayApi, *documents: str) -> None:
    batch = {"TraceSegmentDocuments": documents}
    requests.post(f"{api.endpoint}/TraceSegments", json=batch, timeout=5)


def document(prefix: str, number: int) -> str:
    return segment(prefix, number, 1_700_000_000.0).decode().partition("\n")[2]


class Cluster:
    """In the place of a stage: loses a tenth of what is sent, and notes what is done."""

    def __init__(self, api: XRayApi) -> None:
        self.api = api
        self.api_server = self
        self.done: list[str] = []

    def start(self, load: Load) -> None:
        self.done.append("send")
        sent = [document(load.prefix, each) for each in range(load.total) if each % 10]
        self.api.count("/TraceSegments", json.dumps({"TraceSegmentDocuments": sent}).encode())

    def deploy(self, contender: Any) -> None:
        self.done.append(contender.name)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.done.append(name)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Any]:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    with XRayApi("127.0.0.1") as api:
        yield Cluster(api)


def test_each_segment_counts_once() -> None:
    with start_xray_api("127.0.0.1") as api:
        put(api, document("aaaa", 1), document("aaaa", 2), document("bbbb", 1))
        put(api, document("aaaa", 2))
        assert {name: len(ids) for name, ids in api.arrived.items()} == {"aaaa": 2, "bbbb": 1}


def test_a_rollout_begins_while_segments_are_sent(cluster: Any, tmp_path: Path) -> None:
    table = measure_loss(cluster, cluster.api, [ours("", "")], 2, IMAGE)
    assert cluster.done == [
        "ours",
        "send",
        "send",
        "roll_out",
        "await_end",
        "await_end",
        "delete_all",
    ]
    for lookup in ("once", "each"):
        assert f"| ours | {lookup} | 1,000 | 100 | 10.00 % |" in table
    assert (tmp_path / "loss.md").read_text(encoding="utf-8") == table


def test_a_switch_goes_to_the_collector_and_back(cluster: Any) -> None:
    collector = ours("", "", "collector")
    table = measure_switch(cluster, cluster.api, ours("", ""), collector, 2, IMAGE)
    assert cluster.done[:-2] == ["ours", "send", "send", "ours, collector", "ours"]
    assert "| each | 1,000 | 100 | 0 s | 0 s |" in table
