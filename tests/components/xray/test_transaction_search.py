"""Transaction Search: what it makes for an account, in which order, and what a destroy leaves."""

from typing import Any, Final

import pytest

from tests.support.graph import edges
from tests.support.program import declare, only, variant
from tools.lab.deployment import Resource

POLICY: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
DESTINATION: Final = "aws:xray/traceSegmentDestination:TraceSegmentDestination"
INDEXING: Final = "aws:xray/indexingRule:IndexingRule"


def resource(resource_type: str) -> Resource:
    return only(variant("transaction-search").of_type(resource_type))


def test_spans_are_sent_once_x_ray_may_keep_them() -> None:
    graph = edges(variant("transaction-search"))
    policy, destination = (
        "aws:LogResourcePolicy transaction-search-policy",
        "aws:TraceSegmentDestination transaction-search-destination",
    )
    assert graph[destination] == {policy}
    # X-Ray refuses changes until the destination is there.
    assert graph["aws:IndexingRule transaction-search-indexing"] == {destination}
    assert resource(DESTINATION).inputs == {"destination": "CloudWatchLogs"}


def test_two_stacks_share_one_policy_which_a_destroy_leaves() -> None:
    assert resource(POLICY).inputs["policyName"] == "xray-on-kubernetes-transaction-search"
    assert resource(POLICY).retained


@pytest.mark.parametrize(("settings", "percent"), [({}, 1), ({"indexingPercent": 0}, 0)])
def test_the_only_rule_sets_the_indexed_share(settings: dict[str, Any], percent: int) -> None:
    deployment = declare(transactionSearch="enable", **settings)
    assert only(deployment.of_type(INDEXING)).inputs == {
        "name": "Default",
        "rule": {"probabilistic": {"desiredSamplingPercentage": percent}},
    }
