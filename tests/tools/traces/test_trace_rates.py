import pytest

from tests.tools.traces.documents_for_tests import segment, trace_of
from tools.traces.service_graph import build_service_graph


@pytest.mark.parametrize(
    ("near", "far", "per_minute"),
    [
        (120, [24 * 3600.0], 121),
        (120, [-24 * 3600.0, 3600.0], 122),
        (4, [24 * 3600.0], 5),
        # Too few to say which is out of place, and one that isn't.
        (1, [30.0], 4),
        (120, [60.0], 121),
    ],
)
def test_rates_are_over_the_time_of_most_requests_from_outside(
    near: int, far: list[float], per_minute: float
) -> None:
    starts = [*(number * 60 / near for number in range(near)), *far]
    traces = [trace_of(segment("shop", each), trace_id=f"{each}") for each in starts]
    graph = build_service_graph(traces)
    [client, shop] = graph.nodes
    assert shop.statistics.request_count == client.statistics.request_count == near + len(far)
    assert shop.trace_ids == {trace.id for trace in traces}
    assert shop.statistics.rate_per_minute == pytest.approx(per_minute, rel=0.02)
    assert "in which requests began, going by the middle 90%" in graph.rates_over
