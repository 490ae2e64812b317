from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.program import only, run_source
from tools.lab.deployment import Deployment, Resource

PROGRAM: Final = """
import pulumi
from components import TransactionSearch

search = TransactionSearch("search", {"region": "eu-west-1", **INPUTS})
pulumi.export("destination", search.destination)
"""

POLICY: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
DESTINATION: Final = "aws:xray/traceSegmentDestination:TraceSegmentDestination"
INDEXING: Final = "aws:xray/indexingRule:IndexingRule"


def declared_with(directory: Path, **inputs: Any) -> Deployment:
    return run_source(PROGRAM.replace("INPUTS", repr(inputs)), directory)


def resource(deployment: Deployment, resource_type: str) -> Resource:
    return only(deployment.of_type(resource_type))


def test_spans_may_be_kept_before_they_are_sent_there_and_are_before_they_are_indexed(
    tmp_path: Path,
) -> None:
    deployment = declared_with(tmp_path)
    made = [each.type for each in deployment.resources.values() if each.type.startswith("aws:")]
    assert made == [POLICY, DESTINATION, INDEXING]
    policy, destination, indexing = (resource(deployment, each) for each in made)
    assert policy.urn in destination.dependencies
    assert destination.urn in indexing.dependencies


def test_who_waits_for_the_destination_waits_until_spans_are_taken(tmp_path: Path) -> None:
    deployment = declared_with(tmp_path)
    assert deployment.outputs["destination"] == "CloudWatchLogs"
    assert resource(deployment, DESTINATION).inputs == {"destination": "CloudWatchLogs"}


def test_two_stacks_of_one_account_declare_the_same_policy(tmp_path: Path) -> None:
    deployment = declared_with(tmp_path)
    name = resource(deployment, POLICY).inputs["policyName"]
    assert name == "xray-on-kubernetes-transaction-search"


def test_a_destroy_leaves_x_ray_the_right_that_its_destination_needs(tmp_path: Path) -> None:
    deployment = declared_with(tmp_path)
    assert resource(deployment, POLICY).retained


@pytest.mark.parametrize(("inputs", "percent"), [({}, 1), ({"indexing_percent": 0}, 0)])
def test_x_ray_s_one_rule_says_which_share_is_indexed(
    tmp_path: Path, inputs: dict[str, float], percent: float
) -> None:
    assert resource(declared_with(tmp_path, **inputs), INDEXING).inputs == {
        "name": "Default",
        "rule": {"probabilistic": {"desiredSamplingPercentage": percent}},
    }
