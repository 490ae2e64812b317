import pytest

from tests.tools.traces.documents_for_tests import LOST, segment, trace_of
from tools.traces.service_graph import build_service_graph


def test_traces_are_counted_each_and_rates_are_over_their_time() -> None:
    documents = [segment("a", start=0, end=1), segment("a", start=29, end=30)]
    traces = [trace_of(*documents, trace_id=name) for name in ("one", "two")]
    [client, app] = build_service_graph(traces).nodes
    assert app.statistics.request_count == client.statistics.request_count == 4
    assert app.trace_ids == {"one", "two"}
    assert app.statistics.rate_per_minute == pytest.approx(4 * 60 / 29)


@pytest.mark.parametrize(
    ("count", "far", "stragglers"),
    [
        (120, [24 * 3600.0], 1),
        (120, [-24 * 3600.0, 3600.0], 2),
        (4, [24 * 3600.0], 1),
        (120, [200.0], 0),
        (1, [24 * 3600.0], 0),
    ],
)
def test_stragglers_do_not_decide_what_rates_are_over(
    count: int, far: list[float], stragglers: int
) -> None:
    near = [number * 59.5 / max(count - 1, 1) for number in range(count)]
    late = segment("late", 5e5, parent_id=LOST)
    traces = [
        trace_of(
            segment("shop", start, start + 0.1),
            *([] if start or count < 5 else [late]),
            trace_id=f"{n}",
        )
        for n, start in enumerate([*near, *far])
    ]
    graph = build_service_graph(traces)
    assert graph.straggler_count == stragglers
    shop = next(node.statistics for node in graph.nodes if node.key.name == "shop")
    assert shop.request_count == count + len(far)
    seconds = 59.5 if stragglers else max(far)
    counted = count if stragglers else count + len(far)
    assert shop.rate_per_minute == pytest.approx(60 * counted / seconds)
    assert f"without {stragglers} of" in graph.rates_over or not stragglers
