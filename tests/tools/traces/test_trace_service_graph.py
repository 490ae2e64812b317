from typing import Any

import pytest

from tests.tools.traces.documents_for_tests import (
    TRACE_ID,
    next_id,
    record,
    segment,
    texts,
    two_services,
)
from tools.traces.records import Status
from tools.traces.service_graph import ServiceGraph, build_service_graph
from tools.traces.statistics import RequestStatistics, summarize_requests
from tools.traces.trace import assemble_trace


def graph_of(*documents: dict[str, Any]) -> ServiceGraph:
    return build_service_graph([assemble_trace(TRACE_ID, texts(*documents))])


def edges_of(graph: ServiceGraph) -> dict[tuple[str, str], int]:
    return {
        (edge.source.name, edge.target.name): edge.statistics.request_count for edge in graph.edges
    }


def types_of(graph: ServiceGraph) -> dict[str, str]:
    return {node.key.name: node.key.type for node in graph.nodes}


def of_node(graph: ServiceGraph, name: str) -> RequestStatistics:
    [found] = [node.statistics for node in graph.nodes if node.key.name == name]
    return found


def of_edge(graph: ServiceGraph, source: str, target: str) -> RequestStatistics:
    return next(
        edge.statistics
        for edge in graph.edges
        if (edge.source.name, edge.target.name) == (source, target)
    )


def called(name: str, by: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return segment(name, parent_id=by["id"], **fields)


def test_two_services_make_a_chain_from_the_client() -> None:
    graph = graph_of(*two_services())
    assert edges_of(graph) == {("client", "service-a"): 1, ("service-a", "service-b"): 1}
    assert list(types_of(graph).items()) == [
        ("client", "client"),
        ("service-a", "AWS::EKS::Container"),
        ("service-b", "AWS::EKS::Container"),
    ]


def test_an_edge_is_what_the_caller_saw_and_a_node_what_it_served() -> None:
    call = record("b", 0.1, 0.9, namespace="remote", fault=True)
    graph = graph_of(segment("a", subsegments=[call]), called("b", call, start=0.3, end=0.5))
    assert of_edge(graph, "a", "b").percentiles[50] == pytest.approx(0.8, abs=1e-6)
    assert of_edge(graph, "a", "b").status_counts[Status.FAULT] == 1
    assert of_node(graph, "b").percentiles[50] == pytest.approx(0.2, abs=1e-6)
    assert of_node(graph, "b").status_counts[Status.FAULT] == 0


def test_a_call_under_local_subsegments_belongs_to_the_segment() -> None:
    call = record("b", namespace="remote")
    local = record("handler", subsegments=[record("retry", subsegments=[call])])
    graph = graph_of(segment("a", subsegments=[local]), called("b", call))
    assert edges_of(graph) == {("client", "a"): 1, ("a", "b"): 1}


def test_calls_that_no_segment_answers_make_nodes_of_their_kind() -> None:
    calls = [
        record("DynamoDB", namespace="aws", aws={"operation": "GetItem"}),
        record("S3", namespace="aws"),
        record("example.com", namespace="remote"),
        record("orders@db", namespace="remote", sql={"sanitized_query": "SELECT 1"}),
        record("local work"),
    ]
    graph = graph_of(segment("app", subsegments=calls))
    assert types_of(graph) == {
        "client": "client",
        "app": "service",
        "DynamoDB": "AWS::DynamoDB",
        "S3": "AWS::S3",
        "example.com": "remote",
        "orders@db": "Database::SQL",
    }


def test_nested_records_of_one_call_are_one_request() -> None:
    sending = record("b", namespace="remote")
    call = record("b", namespace="remote", subsegments=[sending, record("b", namespace="remote")])
    answered = graph_of(segment("a", subsegments=[call]), called("b", sending))
    assert edges_of(answered) == {("client", "a"): 1, ("a", "b"): 1}
    unanswered = graph_of(segment("a", subsegments=[call]))
    assert edges_of(unanswered) == {("client", "a"): 1, ("a", "b"): 1}


def test_the_http_request_of_an_aws_call_is_part_of_it() -> None:
    request = record("dynamodb.eu-west-1.amazonaws.com", namespace="remote")
    call = record("DynamoDB", namespace="aws", subsegments=[request])
    assert edges_of(graph_of(segment("a", subsegments=[call]))) == {
        ("client", "a"): 1,
        ("a", "DynamoDB"): 1,
    }


def test_an_inferred_segment_has_the_type_of_the_call() -> None:
    call = record("example.com", namespace="remote")
    graph = graph_of(segment("a", subsegments=[call]), called("example.com", call, inferred=True))
    assert types_of(graph)["example.com"] == "remote"
    assert edges_of(graph)["a", "example.com"] == 1


def test_lambda_sends_a_segment_for_the_service_and_one_for_the_function() -> None:
    call = record("Lambda", namespace="aws")
    attempt = record("Attempt #1")
    service = called("resize", call, origin="AWS::Lambda", subsegments=[attempt])
    function = called("resize", attempt, origin="AWS::Lambda::Function", start=0.4)
    graph = graph_of(segment("app", subsegments=[call]), service, function)
    assert [node.key for node in graph.nodes][2:] == [
        ("resize", "AWS::Lambda"),
        ("resize", "AWS::Lambda::Function"),
    ]
    # The attempt records no call, so the function's own time counts.
    inner = next(edge for edge in graph.edges if edge.target.type == "AWS::Lambda::Function")
    assert inner.statistics.percentiles[50] == pytest.approx(0.6, abs=1e-6)


def test_a_segment_can_name_a_segment_as_its_parent() -> None:
    parent = segment("a")
    assert edges_of(graph_of(parent, called("b", parent)))["a", "b"] == 1


def test_a_segment_whose_caller_is_lost_hangs_on_the_unknown_caller() -> None:
    graph = graph_of(segment("a"), segment("b", parent_id="feedfeedfeedfeed"))
    assert edges_of(graph) == {("client", "a"): 1, ("unknown caller", "b"): 1}


def test_a_trace_that_begins_with_a_parent_of_the_clients_own_hangs_on_the_client() -> None:
    first = segment("a", parent_id="feedfeedfeedfeed")
    call = segment("b", type="subsegment", namespace="remote", parent_id=first["id"])
    graph = graph_of(called("b", call), call, first)
    assert edges_of(graph) == {("client", "a"): 1, ("a", "b"): 1}


def test_calls_of_a_lost_segment_are_kept() -> None:
    alone = segment("b", type="subsegment", namespace="remote", parent_id="feedfeedfeedfeed")
    assert edges_of(graph_of(alone)) == {("unknown caller", "b"): 1}
    assert edges_of(graph_of(alone, called("b", alone))) == {("unknown caller", "b"): 1}


def test_a_cycle_of_calls_is_counted_edge_by_edge() -> None:
    there, back = record("b", namespace="remote"), record("a", namespace="remote")
    documents = (
        segment("a", subsegments=[there]),
        called("b", there, subsegments=[back]),
        called("a", back),
    )
    graph = graph_of(*documents)
    assert edges_of(graph) == {("client", "a"): 1, ("a", "b"): 1, ("b", "a"): 1}
    assert of_node(graph, "a").request_count == 2


def test_a_service_can_call_itself() -> None:
    call = record("a", namespace="remote")
    graph = graph_of(segment("a", subsegments=[call]), called("a", call))
    assert edges_of(graph) == {("client", "a"): 1, ("a", "a"): 1}


def test_a_segment_that_is_its_own_parent_stops_nothing() -> None:
    own = next_id()
    assert edges_of(graph_of(segment("a", parent_id=own) | {"id": own})) == {("client", "a"): 1}


def test_open_segments_count_as_requests_but_not_in_latency() -> None:
    graph = graph_of(segment("a", end=2.0), segment("a", end=None))
    statistics = of_node(graph, "a")
    assert (statistics.request_count, statistics.in_progress_count) == (2, 1)
    assert statistics.mean_seconds == 2.0


def test_a_throttled_request_is_an_error_shown_as_throttle() -> None:
    graph = graph_of(*two_services(status=429))
    statistics = of_node(graph, "service-b")
    assert statistics.share(Status.THROTTLE) == 1.0
    assert statistics.share(Status.ERROR) == 0.0


def test_several_answers_to_one_call_count_each_with_its_own_time() -> None:
    call = record("b", 0, 1, namespace="remote")
    answers = [called("b", call, start=0, end=0.2), called("b", call, start=0.3, end=0.5)]
    graph = graph_of(segment("a", subsegments=[call]), *answers)
    assert of_edge(graph, "a", "b").request_count == 2
    assert of_edge(graph, "a", "b").percentiles[50] == pytest.approx(0.2, abs=1e-6)


def test_rates_are_over_the_time_from_the_first_to_the_last_trace() -> None:
    traces = [
        assemble_trace(f"{TRACE_ID}{second}", texts(segment("a", start=second, end=second + 1)))
        for second in range(30)
    ]
    assert of_node(build_service_graph(traces), "a").rate_per_minute == pytest.approx(60)


def test_doubled_documents_are_detectable() -> None:
    documents = two_services()
    graph = graph_of(*documents, *documents)
    assert graph.segment_count == 2
    assert graph.problems == {"duplicate segments": 2}
    assert edges_of(graph) == edges_of(graph_of(*documents))


def test_the_same_ids_in_two_traces_are_two_requests() -> None:
    documents = two_services()
    traces = [assemble_trace(name, texts(*documents)) for name in ("one", "two")]
    graph = build_service_graph(traces)
    assert of_node(graph, "service-b").request_count == 2
    assert graph.nodes[-1].trace_ids == {"one", "two"}


def test_no_traces_make_an_empty_graph() -> None:
    graph = build_service_graph([])
    assert (graph.nodes, graph.edges, graph.start_time) == ((), (), None)


@pytest.mark.parametrize(
    ("seconds", "p50", "p90"),
    [([], None, None), ([7], 7, 7), ([1, 3], 2, 2.8), (range(101), 50, 90)],
)
def test_percentiles_are_interpolated(
    seconds: list[float], p50: float | None, p90: float | None
) -> None:
    documents = texts(*(segment("a", end=end) for end in seconds))
    percentiles = summarize_requests(assemble_trace(TRACE_ID, documents).records, 1.0).percentiles
    assert (percentiles[50], percentiles[90]) == (pytest.approx(p50), pytest.approx(p90))
