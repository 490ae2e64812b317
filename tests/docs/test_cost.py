"""The tables of docs/cost.md are what its prices come to."""

import re
from typing import Any, Final

import pytest
import yaml

from settings import Settings
from settings.inputs import key_of
from tests.support.program import ROOT, only, variant

TEXT: Final = (ROOT / "docs/cost.md").read_text(encoding="utf-8")

PRICES: Final = {
    name: float(dollars)
    for name, dollars in re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", TEXT, re.MULTILINE)
}
"""In US dollars, by their names."""

NODES: Final = (10, 100, 1_000)
HOURS: Final = 730
GB: Final = 1e9
FREE_TRACES: Final = 100_000
"""In a month."""

SEGMENTS_PER_TRACE: Final = 2
BYTES: Final = 1_000
"""Of a segment."""

CPUS, GIB = 2, 4
"""Of a node."""


def traces(nodes: int, rate: float) -> float:
    """Returns the traces recorded in a month: 1/s, and a share of the other requests."""
    return HOURS * 3600 * (1 + (10 * nodes - 1) * rate)


def monthly_cost(
    nodes: int,
    share: float,
    *,
    rate: float = 0.05,
    crossings: float = 0,
    per_gb: float = 0,
    endpoint_hours: float = 0,
    gateway: float = 0,
    spans: bool = False,
) -> dict[str, float]:
    """Returns what a month costs, in US dollars, by what it is for.

    Args:
        nodes: How many nodes there are.
        share: Of a node that the agent's pod asks for.
        rate: Share of the requests that are recorded.
        crossings: How often a segment goes from one zone to another, on average.
        per_gb: Price of what leaves the VPC.
        endpoint_hours: Of a private endpoint.
        gateway: Share of a node that all pods of the gateway ask for.
        spans: Whether Transaction Search keeps spans, in the place of traces.
    """
    recorded = traces(nodes, rate)
    gigabytes = recorded * SEGMENTS_PER_TRACE * BYTES / GB
    taken = nodes * share + gateway
    charged = max(recorded - FREE_TRACES, 0) / 1e6 * PRICES["traces"]
    return {
        "X-Ray": gigabytes * PRICES["spans"] if spans else charged,
        "way out": gigabytes * per_gb + endpoint_hours * PRICES["endpoint_hour"],
        # The sender pays, and the receiver.
        "between zones": 2 * gigabytes * crossings * PRICES["between_zones"],
        "nodes": taken * HOURS * PRICES["node_hour"],
    }


def share_of(stack: str, name: str = "xray-daemon") -> float:
    """Returns the share of a node that a pod of a stack asks for: by default, the agent's."""
    workloads = [*variant(stack).objects("DaemonSet"), *variant(stack).objects("Deployment")]
    workload = only([each for each in workloads if each["metadata"]["name"] == name])
    containers = workload["spec"]["template"]["spec"]["containers"]
    return share([each["resources"]["requests"] for each in containers])


def share(asked: list[dict[str, str]]) -> float:
    cpus = sum(int(each["cpu"].removesuffix("m")) for each in asked) / 1_000
    return max(
        cpus / CPUS, sum(int(each["memory"].removesuffix("Mi")) for each in asked) / 1024 / GIB
    )


def blog_post_share() -> float:
    manifests = yaml.safe_load_all((ROOT / "tools/bench/aws_samples.yaml").read_text("utf-8"))
    daemon_set = only([each for each in manifests if each["kind"] == "DaemonSet"])
    containers = daemon_set["spec"]["template"]["spec"]["containers"]
    return share([each["resources"]["requests"] for each in containers])


def dollars(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}"


def row(name: str) -> list[str]:
    """Returns the figures of a row, by its first cell."""
    (found,) = re.findall(
        rf"^\| {re.escape(name)} \| ([^|]+(?: \|[^|]+){{2}}) \|$", TEXT, re.MULTILINE
    )
    return [each.removesuffix(" †") for each in found.replace("**", "").split(" | ")]


def totals(share: float, **setup: Any) -> list[str]:
    return [dollars(sum(monthly_cost(nodes, share, **setup).values())) for nodes in NODES]


@pytest.mark.parametrize(
    ("prefix", "stack", "crossings"), [("", "dev", 0), ("AWS blog post: ", "", 0.5)]
)
def test_the_table_by_nodes_is_what_each_part_costs(
    prefix: str, stack: str, crossings: float
) -> None:
    share = share_of(stack) if stack else blog_post_share()
    costs = [monthly_cost(nodes, share, crossings=crossings) for nodes in NODES]
    assert row(f"{prefix}X-Ray: traces recorded") == [dollars(each["X-Ray"]) for each in costs]
    assert row(f"{prefix}between zones") == [dollars(each["between zones"]) for each in costs]
    assert row(f"{prefix}share of the nodes") == [dollars(each["nodes"]) for each in costs]


@pytest.mark.parametrize("percent", [1, 5, 100])
def test_the_table_by_sampling_is_what_x_ray_charges(percent: int) -> None:
    costs = [monthly_cost(nodes, 0, rate=percent / 100)["X-Ray"] for nodes in NODES]
    assert row(f"1/s and {percent} %") == [dollars(each) for each in costs]


def test_the_table_by_settings_is_what_they_cost_together() -> None:
    daemon, collector = share_of("dev"), share_of("collector")
    gateway = share_of("gateway", "xray-gateway")
    endpoint = {"per_gb": PRICES["endpoint"], "endpoint_hours": 2 * HOURS}
    setups = {
        "none: the stack `dev`": totals(daemon),
        "`vpcEndpoints` with `xray`": totals(daemon, **endpoint),
        "`privateNetwork: true`": totals(daemon, crossings=0.5, per_gb=PRICES["nat"]),
        "`agent: collector`": totals(collector),
        "`agent: collector`, `gatewayReplicas: 2`": totals(
            collector, crossings=0.5, gateway=2 * gateway
        ),
        "`agent: collector`, `collectorExporter: otlp`, `transactionSearch`": totals(
            collector, spans=True
        ),
        "the setup of the AWS blog post": totals(blog_post_share(), crossings=0.5),
    }
    assert {name: row(name) for name in setups} == setups


def test_every_setting_in_it_exists() -> None:
    named = set(re.findall(r"^\| `([a-z]+[A-Z]\w+|trafficDistribution)", TEXT, re.MULTILINE))
    assert named <= set(map(key_of, Settings.__annotations__))
    assert {"samplingRules", "vpcEndpoints", "gatewayReplicas"} <= named


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))
def test_every_file_that_it_links_to_exists(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
