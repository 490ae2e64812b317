"""What counts as arrived, lost, doubled, and never sent."""

import json

from tools.rehearsal.arrival import compare
from tools.traces import Trace, assemble_trace

SERVICES = ("service-a", "service-b")
SENT = ("1-00000001-000000000000000000000001", "1-00000001-000000000000000000000002")


def _trace(trace_id: str, *names: str) -> Trace:
    return assemble_trace(
        trace_id,
        [
            json.dumps(
                {
                    "id": f"{number:016x}",
                    "name": name,
                    "trace_id": trace_id,
                    "start_time": 1.0,
                    "end_time": 2.0,
                }
            )
            for number, name in enumerate(names)
        ],
    )


def test_all_is_well_where_every_trace_has_each_service_once() -> None:
    arrival = compare([_trace(each, *SERVICES) for each in SENT], SENT, SERVICES)
    assert arrival.problem() is None
    assert arrival.whole == 2


def test_a_trace_that_is_not_there_is_lost() -> None:
    arrival = compare([_trace(SENT[0], *SERVICES)], SENT, SERVICES)
    assert arrival.lost == (SENT[1],)
    assert arrival.problem() == "of 2 traces 1 were lost."


def test_a_trace_without_a_services_segment_is_lost() -> None:
    traces = [_trace(SENT[0], "service-a"), _trace(SENT[1], *SERVICES)]
    assert compare(traces, SENT, SERVICES).lost == (SENT[0],)


def test_a_trace_with_two_segments_of_a_service_is_doubled() -> None:
    traces = [_trace(SENT[0], *SERVICES, "service-b"), _trace(SENT[1], *SERVICES)]
    arrival = compare(traces, SENT, SERVICES)
    assert (arrival.lost, arrival.doubled) == ((), (SENT[0],))


def test_a_trace_that_nobody_sent_is_noticed() -> None:
    stranger = "1-00000001-00000000000000000000000f"
    traces = [_trace(each, *SERVICES) for each in (*SENT, stranger)]
    arrival = compare(traces, SENT, SERVICES)
    assert arrival.problem() == "of 2 traces 1 were never sent."
