"""The tables of docs/cost.md are what its prices come to."""

import re
from typing import Any, Final

import yaml

from components.canary.trace_canary import CANARY_NAME
from components.cluster.args import DEFAULTS
from tests.support.program import ROOT, only, settings_of, variant
from tests.support.readme import GUIDE, README
from tools.rehearsal.agent_files import daemon_sets_of

TEXT: Final = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
LISTED: Final = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", TEXT, re.M)
PRICES: Final = {name: float(dollars) for name, dollars in LISTED}

NODES: Final = (10, 100, 1_000)
HOURS: Final = 730


def monthly_cost(nodes: int, share: float, **setup: float) -> dict[str, float]:
    """Returns what a month costs, in US dollars, by what it is for.

    The agent's pod asks for a share of each node, of 2 CPUs and 4 GiB. Of `setup`, `rate` is the
    share of the requests that are recorded; `crossings` how often a segment goes to another zone;
    `per_gb` and `hourly` the prices of what leaves the VPC; `gateway` the share of a node that its
    pods ask for together; `spans` whether Transaction Search keeps spans in the place of traces;
    `insights` whether a group has Insights, which looks at every trace.
    """
    # 1/s, and a share of the other requests; two segments of 1,000 bytes each.
    traces = HOURS * 3600 * (1 + (10 * nodes - 1) * setup.get("rate", 0.05))
    gigabytes = traces * 2 * 1_000 / 1e9
    charged = max(traces - 100_000, 0) / 1e6 * PRICES["traces"]
    return {
        "X-Ray: traces recorded": gigabytes * PRICES["spans"] if setup.get("spans") else charged,
        "X-Ray: Insights": traces / 1e6 * PRICES["insights"] * setup.get("insights", 0),
        "way out": gigabytes * setup.get("per_gb", 0) + setup.get("hourly", 0) * HOURS,
        # The sender pays, and the receiver.
        "between zones": 2 * gigabytes * setup.get("crossings", 0) * PRICES["between_zones"],
        "share of the nodes": (nodes * share + setup.get("gateway", 0))
        * HOURS
        * PRICES["node_hour"],
    }


def share_of(workload: dict[str, Any]) -> float:
    """Returns the share of a node that a workload's pod asks for: of its CPU or its memory."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    asked = [each["resources"]["requests"] for each in containers]
    millicpus = sum(int(each["cpu"].removesuffix("m")) for each in asked)
    return max(millicpus / 2_000, sum(int(each["memory"][:-2]) for each in asked) / 4_096)


def cells(share: float, *parts: str, **setup: float) -> list[str]:
    """Returns the figures of a row: what some parts cost together, by default all."""
    costs = [monthly_cost(nodes, share, **setup) for nodes in NODES]
    sums = [sum(each[part] for part in parts or each) for each in costs]
    return [f"{each:,.0f}" if each >= 100 else f"{each:,.2f}" for each in sums]


def test_the_tables_are_what_the_prices_come_to() -> None:
    samples = yaml.safe_load_all((ROOT / "tests/support/aws_samples.yaml").read_text("utf-8"))
    blog_post = share_of(only([each for each in samples if each["kind"] == "DaemonSet"]))
    daemon = share_of(only(variant("dev").objects("DaemonSet")))
    collector = share_of(only(variant("collector").objects("DaemonSet")))
    gateways = variant("gateway").objects("Deployment")
    gateway = share_of(only([each for each in gateways if "gateway" in each["metadata"]["name"]]))
    dev, article = (
        {"insights": any(each.get("insights") for each in settings_of(name).trace_groups)}
        for name in ("dev", "article")
    )
    through_endpoint = {"per_gb": PRICES["endpoint"], "hourly": 2 * PRICES["endpoint_hour"]}
    with_gateway = cells(collector, crossings=0.5, gateway=2 * gateway, **dev)
    rows = {
        "`agent: collector`": cells(collector, **dev),
        "`agent: collector`, `gatewayReplicas: 2`": with_gateway,
        "none: the stack `dev`": cells(daemon, **dev),
        "`traceGroups` without `insights`": cells(daemon),
        "`vpcEndpoints` with `xray`": cells(daemon, **through_endpoint, **dev),
        "`privateNetwork: true`": cells(daemon, crossings=0.5, per_gb=PRICES["nat"], **dev),
        "the setup of the AWS blog post": cells(blog_post, crossings=0.5, **article),
        "**together**": cells(daemon, **dev),
        "**AWS blog post, together**": cells(blog_post, crossings=0.5, **article),
    }
    spans = "`agent: collector`, `collectorExporter: otlp`, `transactionSearch`"
    rows[spans] = cells(collector, spans=True)
    rows["X-Ray: Insights"] = cells(daemon, "X-Ray: Insights", **dev)
    for part in ("X-Ray: traces recorded", "between zones", "share of the nodes"):
        rows[part] = cells(daemon, part)
        rows[f"AWS blog post: {part}"] = cells(blog_post, part, crossings=0.5)
    for percent in (1, 5, 100):
        rows[f"1/s and {percent} %"] = cells(0, "X-Ray: traces recorded", rate=percent / 100)
    cell = r"\*{0,2}([\d.,]+)\*{0,2}"
    found = re.findall(rf"^\| (.+?) \| {cell} \| {cell} \| {cell}(?: †)? \|$", TEXT, re.M)
    written = {name: figures for name, *figures in found}
    assert rows == {name: written[name] for name in rows}


def test_what_a_canary_costs_is_what_its_prices_come_to() -> None:
    declared, calls = variant("canary"), HOURS * 60
    share = share_of(only(daemon_sets_of(declared.objects(), CANARY_NAME)))
    alarms = declared.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    several = [each.inputs.get("metricQueries", [{"metric": each.inputs}]) for each in alarms]
    metrics = {queries[0]["metric"]["metricName"] for queries in several}
    trace = (PRICES["traces"] + 3 * PRICES["reads"]) / 1e6
    metered = 2 * PRICES["metric"] + calls / 1e3 * PRICES["metric_calls"]
    fixed = len(alarms) * PRICES["alarm"] + PRICES["dashboard"]
    rows = {
        "metrics and their calls": [n * metered + len(metrics) * PRICES["metric"] for n in NODES],
        "alarms and dashboard": [fixed for _ in NODES],
        "traces, with the daemon": [n * calls * trace for n in NODES],
        "traces, with a collector": [3 * n * calls * trace for n in NODES],
        "share of the nodes": [n * share * HOURS * PRICES["node_hour"] for n in NODES],
    }
    for name, sums in rows.items():
        figures = " | ".join(f"{each:,.0f}" if each >= 100 else f"{each:,.2f}" for each in sums)
        assert f"| canary: {name} | {figures} |" in TEXT


def test_what_a_cluster_costs_is_what_its_prices_come_to() -> None:
    section = TEXT.partition("## By the cluster")[2].partition("##")[0]
    endpoints = variant("prod").of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    interfaces = [each for each in endpoints if each.inputs["vpcEndpointType"] == "Interface"]
    hourly = ("cluster_hour", "extended_support_hour", "nat_hour", "endpoint_hour")
    cluster, extended, nat, endpoint = (PRICES[each] * HOURS for each in hourly)
    zones = [2 * count * endpoint for count in (1, 2, len(interfaces))]
    expected = [cluster, extended, PRICES["key"], 10 * PRICES["logs"], nat, *zones]
    written = re.findall(r"^\| .+ \| ([\d.]+) \|$", section, re.M)
    assert written == [f"{each:.2f}" for each in expected]


def test_what_the_quick_start_costs_is_what_its_prices_come_to() -> None:
    hourly = PRICES["cluster_hour"] + DEFAULTS["node_count"] * PRICES["node_hour"]
    assert f"${hourly:.2f} an hour for cluster and nodes" in README


def test_what_it_names_exists() -> None:
    named = set(re.findall(r"^\| `([a-z]+[A-Z]\w+)` \|", TEXT, re.M))
    assert "samplingRules" in named
    assert [each for each in named if each not in GUIDE] == []
