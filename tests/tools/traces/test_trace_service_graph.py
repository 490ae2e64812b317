from typing import Any

import pytest

from tests.tools.traces.documents_for_tests import (
    LOST,
    called,
    record,
    remote,
    segment,
    trace_of,
)
from tools.traces.records import Status
from tools.traces.service_graph import RequestStatistics, ServiceGraph, build_service_graph


def graph_of(*documents: dict[str, Any]) -> ServiceGraph:
    return build_service_graph([trace_of(*documents)])


def edges_of(*documents: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {
        (edge.source.name, edge.target.name): edge.statistics.request_count
        for edge in graph_of(*documents).edges
    }


def of_node(graph: ServiceGraph, name: str) -> RequestStatistics:
    return next(node.statistics for node in graph.nodes if node.key.name == name)


def test_edges_count_what_callers_saw_and_nodes_what_they_served() -> None:
    call = remote("b", start=0.1, end=0.9, fault=True)
    graph = graph_of(segment("a", subsegments=[call]), called("b", call, start=0.3, end=0.5))
    assert graph.edges[-1].statistics.percentiles[50] == pytest.approx(0.8, abs=1e-6)
    assert graph.edges[-1].statistics.status_counts[Status.FAULT] == 1
    assert of_node(graph, "b").percentiles[50] == pytest.approx(0.2, abs=1e-6)
    assert of_node(graph, "b").status_counts[Status.FAULT] == 0


@pytest.mark.parametrize(
    ("name", "aws", "node"),
    [
        ("DynamoDB", {"table_name": "orders"}, ("orders", "AWS::DynamoDB::Table")),
        ("dynamodb", {"table_name": "orders"}, ("orders", "AWS::DynamoDB::Table")),
        ("dynamodb", {}, ("DynamoDB", "AWS::DynamoDB")),
        ("DynamoDb", {"table_names": ["a", "b"]}, ("DynamoDB", "AWS::DynamoDB")),
        ("sqs", {"queue_url": "https://q"}, ("https://q", "AWS::SQS::Queue")),
        ("S3", {"bucket_name": "files"}, ("files", "AWS::S3::Bucket")),
        ("Secrets Manager", {}, ("SecretsManager", "AWS::SecretsManager")),
        ("New", {}, ("New", "AWS::New")),
        ("example.com", None, ("example.com", "remote")),
        ("orders@db", None, ("orders@db", "Database::SQL")),
    ],
)
def test_a_call_that_no_service_answers_makes_a_node_of_its_kind(
    name: str, aws: dict[str, Any] | None, node: tuple[str, str]
) -> None:
    call = remote(name) if aws is None else record(name, namespace="aws", aws=aws)
    call["sql"] = {"url": "x"} if "SQL" in node[1] else {}
    aws = aws or {}
    # X-Ray's own segment of the call names the resource as well.
    named = aws | ({"resource_names": [node[0]]} if node[1].count("::") > 1 else {})
    inferred = called(name, call, inferred=True, origin=node[1], aws=named)
    for documents in ([], [inferred]):
        graph = graph_of(segment("app", subsegments=[call, record("local")]), *documents)
        assert [each.key[:2] for each in graph.nodes][1:] == [("app", "service"), node]


@pytest.mark.parametrize("inferred", [False, True])
def test_a_queue_is_between_its_sender_and_its_receiver(inferred: bool) -> None:
    http = remote("sqs.eu-west-1.amazonaws.com")
    send = record("SQS", end=0.1, namespace="aws", subsegments=[http])
    documents = [called("SQS", send, inferred=True)] if inferred else []
    for by in (send, http):
        received = called("mailer", by, start=5.0, end=5.4)
        graph = graph_of(segment("shop", subsegments=[send]), *documents, received)
        edges = {(edge.source.name, edge.target.name): edge.statistics for edge in graph.edges}
        assert list(edges) == [("client", "shop"), ("shop", "SQS"), ("SQS", "mailer")]
        assert edges["SQS", "mailer"].percentiles[50] == pytest.approx(0.4, abs=1e-6)


def test_ids_that_differ_in_case_are_one() -> None:
    call = remote("b", id="ABCDEF0123456789")
    answer = called("b", call | {"id": "abcdef0123456789"})
    edges = edges_of(segment("a", subsegments=[call]), answer)
    assert edges == {("client", "a"): 1, ("a", "b"): 1}


def test_nested_records_of_one_call_are_one_request() -> None:
    expected = {("client", "a"): 1, ("a", "b"): 1}
    sending = remote("b")
    caller = segment("a", subsegments=[record("local", subsegments=[remote("b", sending)])])
    assert edges_of(caller) == expected
    assert edges_of(caller, called("b", sending)) == expected
    dynamo = record("DynamoDB", namespace="aws", subsegments=[remote("dynamodb.amazonaws.com")])
    assert edges_of(segment("a", subsegments=[dynamo]))["a", "DynamoDB"] == 1
    two = edges_of(segment("a", subsegments=[remote("b", remote("c"))]))
    assert two == expected | {("a", "c"): 1}


def test_lambda_has_a_segment_of_service_and_function() -> None:
    call = record("Lambda", namespace="aws")
    attempt = record("Attempt #1")
    service = called("resize", call, origin="AWS::Lambda", subsegments=[attempt])
    function = called("resize", attempt, origin="AWS::Lambda::Function", start=0.4)
    graph = graph_of(segment("app", subsegments=[call]), service, function)
    assert [node.key.type for node in graph.nodes][2:] == ["AWS::Lambda", "AWS::Lambda::Function"]
    # The attempt records no call, so the function's own time counts.
    assert graph.edges[-1].statistics.percentiles[50] == pytest.approx(0.6, abs=1e-6)


def test_a_segment_can_name_a_segment_as_its_parent() -> None:
    parent = segment("a")
    assert edges_of(parent, called("b", parent))["a", "b"] == 1
    assert edges_of(segment("a", id="x" * 16, parent_id="x" * 16)) == {("client", "a"): 1}


def test_what_hangs_on_a_lost_segment_is_kept() -> None:
    alone = segment("b", type="subsegment", namespace="remote", parent_id=LOST)
    assert edges_of(alone) == {("unknown caller", "b"): 1}
    assert edges_of(alone, called("b", alone)) == {("unknown caller", "b"): 1}
    lost = edges_of(segment("a"), segment("b", parent_id=LOST))
    assert lost == {("client", "a"): 1, ("unknown caller", "b"): 1}


def test_a_trace_with_a_foreign_parent_begins_at_the_client() -> None:
    first = segment("a", parent_id=LOST)
    call = segment("b", type="subsegment", namespace="remote", parent_id=first["id"])
    assert edges_of(called("b", call), call, first) == {("client", "a"): 1, ("a", "b"): 1}


def test_cycles_are_counted_edge_by_edge() -> None:
    there, back, own = remote("b"), remote("a"), remote("a")
    documents = (
        segment("a", subsegments=[there]),
        called("b", there, subsegments=[back]),
        called("a", back, subsegments=[own]),
        called("a", own),
    )
    pairs = [("client", "a"), ("a", "b"), ("b", "a"), ("a", "a")]
    assert edges_of(*documents) == dict.fromkeys(pairs, 1)
    assert of_node(graph_of(*documents), "a").request_count == 3


def test_open_segments_count_as_requests_but_not_in_latency() -> None:
    statistics = of_node(graph_of(segment("a", end=2.0), segment("a", end=None)), "a")
    assert (statistics.request_count, statistics.in_progress_count) == (2, 1)
    assert statistics.mean_seconds == 2.0


@pytest.mark.parametrize(
    ("fields", "types"),
    [
        ([{"aws": {"account_id": "1"}}, {"aws": {"account_id": "2"}}], ["1", "2"]),
        ([{"resource_arn": f"arn:aws:ecs:r:{each}:x"} for each in (1, 2)], ["1", "2"]),
        ([{"aws": {"account_id": "1"}}, {"aws": {"account_id": "2"}}, {}], ["", "1", "2"]),
        ([{"aws": {"account_id": "1"}}, {}, {"resource_arn": "nonsense"}], [""]),
    ],
)
def test_services_of_one_name_in_several_accounts_are_told_apart(
    fields: list[dict[str, Any]], types: list[str]
) -> None:
    documents = [segment("shop", subsegments=[remote("db")], **each) for each in fields]
    graph = graph_of(*documents)
    shops = [node.key.type for node in graph.nodes if node.key.name == "shop"]
    assert shops == [f"service, account {each}" if each else "service" for each in types]
    names = [edge.source for edge in graph.edges if edge.target.name == "db"]
    assert len(set(names)) == len(types)
    assert [of_node(graph, "db").request_count] == [len(fields)]


@pytest.mark.parametrize(
    ("seconds", "p50", "p90"),
    [([None], None, None), ([7], 7, 7), ([1, 3], 2, 2.8), (range(101), 50, 90)],
)
def test_percentiles_are_interpolated(
    seconds: list[float], p50: float | None, p90: float | None
) -> None:
    graph = graph_of(*(segment("a", end=end) for end in seconds))
    percentiles = of_node(graph, "a").percentiles
    assert (percentiles[50], percentiles[90]) == (pytest.approx(p50), pytest.approx(p90))


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
    assert shop.statistics.trace_ids == {trace.id for trace in traces}
    assert shop.statistics.rate_per_minute == pytest.approx(per_minute, rel=0.02)
    assert "in which requests began, going by the middle 90%" in graph.rates_over
