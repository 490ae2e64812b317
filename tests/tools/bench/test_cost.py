"""The calculator charges for what a set-up does, and docs/cost.md says what it says."""

import re
from dataclasses import asdict, replace

import pytest

from components import Backend, Routing
from settings import Settings
from tests.support.program import ROOT, variant
from tools.bench.__main__ import main
from tools.bench.command_line import parse
from tools.bench.cost.calculator import Cost, bytes_between_zones, monthly_cost, nodes_taken
from tools.bench.cost.options import cost_report
from tools.bench.cost.prices import GB, HOURS, MILLION, SECONDS, Prices
from tools.bench.cost.resources import article_requests, gateway_requests, node_requests
from tools.bench.cost.setup import Setup, WayOut, article, ours
from tools.bench.cost.tables import (
    conditions,
    table_by_nodes,
    table_by_sampling,
    table_by_settings,
    table_of_prices,
)
from tools.bench.cost.workload import Sampling, Workload
from tools.bench.performance.cost import measure_cost
from tools.bench.performance.row import Conditions

DOCUMENT = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
PRICES = Prices()
TEN = Workload(nodes=10)


def cost(workload: Workload = TEN, setup: Setup | None = None, prices: Prices = PRICES) -> Cost:
    return monthly_cost(workload, setup or ours(), prices)


@pytest.mark.parametrize("routing", list(Routing))
def test_no_byte_of_ours_goes_to_another_zone_and_none_is_charged(routing: Routing) -> None:
    assert bytes_between_zones(TEN, ours(routing=routing)) == 0
    assert cost(setup=ours(routing=routing)).between_zones == 0


@pytest.mark.parametrize(("zones", "share"), [(1, 0), (2, 1 / 2), (3, 2 / 3)])
def test_of_the_article_s_segments_all_but_a_zone_s_share_cross(zones: int, share: float) -> None:
    workload = replace(TEN, zones=zones)
    assert bytes_between_zones(workload, article()) == pytest.approx(workload.bytes * share)


def test_what_crosses_is_charged_at_both_ends() -> None:
    crossing = bytes_between_zones(TEN, article()) / GB
    assert cost(setup=article()).between_zones == pytest.approx(2 * 0.01 * crossing)


def test_a_gateway_and_a_nat_gateway_are_in_another_zone_as_often_as_not() -> None:
    gateway = ours(Backend.COLLECTOR, gateway_replicas=2)
    assert bytes_between_zones(TEN, gateway) == TEN.bytes / 2
    assert bytes_between_zones(TEN, replace(gateway, way_out=WayOut.NAT)) == TEN.bytes
    assert bytes_between_zones(TEN, ours(way_out=WayOut.ENDPOINT)) == 0


@pytest.mark.parametrize("setup", [ours(), article(), ours(way_out=WayOut.NAT)])
def test_ten_times_the_nodes_cost_ten_times_as_much(setup: Setup) -> None:
    sampled = replace(TEN, sampling=Sampling(reservoir=0))
    one, ten = cost(sampled, setup), cost(replace(sampled, nodes=100), setup)
    free = 9 * 100_000 / MILLION * PRICES.traces
    assert ten.total - free == pytest.approx(10 * one.total)


def test_the_first_traces_of_a_month_are_free() -> None:
    assert PRICES.of_traces(100_000) == 0
    assert PRICES.of_traces(1_100_000) == pytest.approx(5.00)
    assert PRICES.of_reads(1_000_000) == 0
    assert PRICES.of_reads(3_000_000) == pytest.approx(1.00)


def test_the_reservoir_counts_for_each_second_and_each_service() -> None:
    assert Sampling().traces_per_second(101) == pytest.approx(1 + 5)
    assert Sampling(services=3).traces_per_second(103) == pytest.approx(3 + 5)
    assert Sampling(reservoir=10, services=2).traces_per_second(120) == pytest.approx(20 + 5)
    assert Sampling(reservoir=10).traces_per_second(4) == 4
    assert replace(TEN, requests_per_second=0.1).traces == SECONDS


def test_transaction_search_charges_for_bytes_in_place_of_traces() -> None:
    kept = cost(setup=ours(transaction_search=True, indexing_percent=3))
    assert kept.traces == 0
    assert kept.spans == pytest.approx(TEN.bytes / GB * 0.35)
    assert kept.index == pytest.approx(TEN.segments * 0.02 / MILLION * 0.75)
    assert cost(setup=ours(transaction_search=True)).index == 0


def test_more_spans_are_cheaper_by_the_gigabyte() -> None:
    assert PRICES.of_spans(10_000 * GB) == pytest.approx(3_500)
    assert PRICES.of_spans(30_000 * GB) == pytest.approx(3_500 + 4_000)
    assert PRICES.of_spans(31_000 * GB) == pytest.approx(3_500 + 4_000 + 150)


def test_a_private_endpoint_costs_its_hours_in_each_zone_and_a_nat_gateway_its_bytes() -> None:
    none = replace(TEN, requests_per_second=0)
    assert cost(none, ours(way_out=WayOut.ENDPOINT)).way_out == pytest.approx(2 * HOURS * 0.01)
    assert cost(none, ours(way_out=WayOut.NAT)).way_out == 0
    assert cost(setup=ours(way_out=WayOut.NAT)).way_out == pytest.approx(TEN.bytes / GB * 0.045)
    assert cost().way_out == 0


def test_a_pod_takes_the_larger_one_of_its_shares_of_a_node() -> None:
    assert nodes_taken(TEN, article()) == pytest.approx(10 * 0.256 / 2)
    small = replace(TEN, node_memory_gib=0.125)
    assert nodes_taken(small, article()) == pytest.approx(10 * 32 / 128)
    assert cost(setup=article()).nodes == pytest.approx(10 * 0.128 * HOURS * 0.0416)


def test_a_gateway_s_pods_are_paid_once_however_many_nodes_there_are() -> None:
    with_gateway = ours(Backend.COLLECTOR, gateway_replicas=3)
    pods = [nodes_taken(replace(TEN, nodes=each), with_gateway) for each in (10, 20)]
    alone = [nodes_taken(replace(TEN, nodes=each), ours(Backend.COLLECTOR)) for each in (10, 20)]
    assert pods[0] - alone[0] == pytest.approx(pods[1] - alone[1])
    assert pods[0] - alone[0] == pytest.approx(3 * gateway_requests().share(2, 4))


@pytest.mark.parametrize(
    ("backend", "stack"), [(Backend.DAEMON, "dev"), (Backend.COLLECTOR, "collector")]
)
def test_the_program_s_share_of_a_node_is_what_its_stack_declares(
    backend: Backend, stack: str
) -> None:
    (daemon_set,) = variant(stack).objects("DaemonSet")
    containers = daemon_set["spec"]["template"]["spec"]["containers"]
    asked = [each["resources"]["requests"] for each in containers]
    mebibytes = sum(int(each["memory"].removesuffix("Mi")) for each in asked)
    thousandths = sum(int(each["cpu"].removesuffix("m")) for each in asked)
    found = node_requests(backend)
    assert (found.cpus, found.memory_gib) == (thousandths / 1000, mebibytes / 1024)
    assert len(asked) == 2


def test_every_row_of_ours_is_beside_the_article_s_and_holds() -> None:
    rows = measure_cost(Conditions(short=True)).rows
    assert [each.figure for each in rows if "between zones" in each.what] == ["0"]
    assert all(each.holds for each in rows)
    assert len(rows) == 5


def test_the_document_has_the_calculator_s_tables() -> None:
    for table in (
        table_by_nodes(TEN, ours(), PRICES),
        table_by_sampling(TEN, ours(), PRICES),
        table_by_settings(TEN, PRICES),
        table_of_prices(PRICES),
        conditions(TEN),
    ):
        assert table in DOCUMENT, f"docs/cost.md should have:\n{table}"


def test_the_figures_in_its_sentences_are_right() -> None:
    assert f"{1000 * node_requests(Backend.DAEMON).cpus:.0f}m" in DOCUMENT
    assert f"{1000 * article_requests().cpus:.0f}m" in DOCUMENT
    trace = PRICES.traces / MILLION / (PRICES.spans / GB)
    assert f"less than {trace / 1000:.0f} kB" in DOCUMENT
    saved = PRICES.nat + PRICES.between_zones - PRICES.endpoint
    assert round(2 * HOURS * PRICES.endpoint_hour / saved, -1) == 320
    assert "about 320 GB" in DOCUMENT


def test_every_command_and_setting_in_it_exists() -> None:
    commands = re.findall(r'ARGS="(cost[^"]*)"', DOCUMENT)
    assert len(commands) == 3
    for command in commands:
        if "--help" not in command:
            assert cost_report(parse(command.split()))
    named = set(re.findall(r"^\| `([a-z]+[A-Z]\w+|routing)", DOCUMENT, re.MULTILINE))
    assert named <= {field.alias for field in Settings.model_fields.values()}
    assert {"samplingRules", "vpcEndpoints", "gatewayReplicas"} <= named


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)#]+)\)", DOCUMENT))
def test_every_file_that_it_links_to_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()


def test_without_options_the_command_prints_the_document_s_tables() -> None:
    printed = cost_report(parse(["cost"]))
    assert all(part.strip() in DOCUMENT for part in printed.split("\n\n"))


def test_the_options_reach_the_tables() -> None:
    printed = cost_report(
        parse(["cost", "--nodes", "3", "--price", "node_hour=0", "--reservoir=0"])
    )
    assert "| $ a month | 3 nodes |" in printed
    assert "share of the nodes" not in printed
    assert "0/s and 5 % of the others recorded" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--nodes 0", "argument --nodes: it is '0'; it must be a whole number of 1 or more"),
        ("--sampling 5", "argument --sampling: it is '5'; it must be a share from 0 to 1"),
        ("--segment-bytes nan", "it is 'nan'; it must be a number of 0 or more"),
        ("--price node=1", "argument --price: NAME is 'node'; it must be one of traces, reads,"),
        ("--price nat=free", "argument --price: it is 'free'; it must be a number of 0 or more"),
        ("--backend xray", "argument --backend: invalid choice: 'xray'"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["cost", *arguments.split()])
    assert sentence in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--gateway-replicas 2", "--gateway-replicas is 2; it must be 0:"),
        ("--exporter otlp", "--exporter is otlp; it must be xray:"),
        ("--backend collector --exporter otlp", "it must have --transaction-search beside it"),
    ],
)
def test_options_that_contradict_each_other_are_one_sentence(
    arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", *arguments.split()]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("error: ")
    assert sentence in said


def test_every_part_of_a_cost_is_in_its_total() -> None:
    found = cost(setup=ours(Backend.COLLECTOR, transaction_search=True, gateway_replicas=1))
    assert found.total == pytest.approx(sum(asdict(found).values()))
