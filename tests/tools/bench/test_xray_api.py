"""The sink of the measurements counts what a daemon sends, and nothing else."""

import json

import requests

from tools.bench.sender import segment
from tools.bench.xray_api import Mood, start_xray_api


def put(endpoint: str, *documents: str) -> requests.Response:
    body = json.dumps({"TraceSegmentDocuments": documents})
    return requests.post(f"{endpoint}/TraceSegments", data=body, timeout=5)


def document(prefix: str, number: int) -> str:
    return segment(prefix, number, 1_700_000_000.0).decode().partition("\n")[2]


def test_it_counts_each_segment_once_by_its_sender() -> None:
    with start_xray_api("127.0.0.1") as api:
        put(api.endpoint, document("aaaa", 1), document("aaaa", 2), document("bbbb", 1))
        put(api.endpoint, document("aaaa", 2))
        assert len(api.arrived("aaaa")) == 2
        assert len(api.arrived("bbbb")) == 1


def test_what_is_no_segment_is_refused_alone() -> None:
    with start_xray_api("127.0.0.1") as api:
        answer = put(api.endpoint, '{"name": ', document("aaaa", 1)).json()
        assert len(answer["UnprocessedTraceSegments"]) == 1
        assert len(api.arrived("aaaa")) == 1


def test_while_it_throttles_or_is_down_nothing_is_taken() -> None:
    with start_xray_api("127.0.0.1") as api:
        for mood, status in ((Mood.THROTTLING, 429), (Mood.DOWN, 503), (Mood.WELL, 200)):
            api.mood = mood
            assert put(api.endpoint, document("aaaa", status)).status_code == status
        assert len(api.arrived("aaaa")) == 1


def test_a_sender_s_segments_have_ids_of_their_own() -> None:
    documents = [json.loads(document("c0de", number)) for number in range(3)]
    assert [each["id"] for each in documents] == [f"c0de{number:012x}" for number in range(3)]
    assert {len(each["trace_id"]) for each in documents} == {35}
