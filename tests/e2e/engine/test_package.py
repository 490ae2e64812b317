"""The components as the engine gives them to programs in other languages."""

import sys
from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
from pulumi.automation import CommandError

from components.package import COMPONENTS, PACKAGE
from components.version import VERSION
from tests.e2e.engine.stacks import MARKS, Providers, new_stack, plugin, project
from tests.support.program import ROOT

pytestmark = [*MARKS]

Inputs = Mapping[str, Any]

GOOD: Final[Mapping[str, Inputs]] = {
    "Cluster": {"clusterName": "shop"},
    "DaemonImage": {"architectures": ["arm64"]},
    "SampleServices": {"namespace": "shop", "daemonAddress": "a:2000", "clusterName": "shop"},
    "Sampling": {"samplingRules": [{"name": "pay", "priority": 7, "fixedRate": 0.25}]},
    "TraceCanary": {
        **{"image": "a:1", "region": "eu-west-1", "namespace": "xray", "clusterName": "shop"},
        **{"clusterArn": "arn:aws:eks:eu-west-1:123456789012:cluster/shop"},
        **{"daemonAddress": "a:2000", "daemonLabels": {"app.kubernetes.io/name": "xray-daemon"}},
        "daemonPorts": {"proxy": 2000, "segments": 2000},
    },
    "TraceDaemon": {"image": "a:1", "region": "eu-west-1", "platform": {"fixedUserIds": False}},
    "TransactionSearch": {"region": "eu-west-1"},
    "VpcEndpoints": {
        **{"region": "eu-west-1", "vpcId": "vpc-1", "subnetIds": ["subnet-1"]},
        **{"vpcEndpoints": ["xray"], "existingVpc": False},
    },
    "WriteAccess": {
        **{"namespace": "xray", "serviceAccount": "xray-daemon", "clusterName": "shop"},
        "clusterArn": "arn:aws:eks:eu-west-1:123456789012:cluster/shop",
    },
}
"""What makes each component."""

WRONG: Final = [
    ("Cluster", {"nodeCount": 2.5}, "Cluster one: node_count is 2.5; it must be "),
    ("DaemonImage", {"context": "nowhere"}, "context of one-image is 'nowhere'; it must be "),
    ("SampleServices", {"namespace": None}, "SampleServices one: namespace is not set; it must"),
    ("Sampling", {"samplingRules": [{"name": "a", "fixedRate": 3}]}, "ing_rules[0].fixed_rate is "),
    ("TraceDaemon", {"agent": "Daemon"}, 'TraceDaemon one: agent is "Daemon"; it must be daemon, '),
    ("TraceDaemon", {"platform": {"mtu": 1}}, "platform.mtu is not an input; known are "),
    ("TraceCanary", {"canaryNodes": 0}, "TraceCanary one: canary_nodes is 0.0; it must be a"),
    ("TransactionSearch", {"indexingPercent": 101}, "indexing_percent is 101.0; it must be "),
    ("VpcEndpoints", {"vpcEndpoints": ["s3"]}, "VpcEndpoints one: vpc_endpoints is "),
    ("WriteAccess", {"credentialSource": "irsa"}, "oidc_provider_arn "),
    ("Cluster", {"kubeConfig": "a"}, "Cluster one: kubeConfig is not an input; did you mean"),
]


class Remote(pulumi.ComponentResource):
    """A component as the SDK of any language asks the engine for it."""

    def __init__(self, kind: str, inputs: Inputs) -> None:
        options = pulumi.ResourceOptions(version=VERSION)
        super().__init__(f"{PACKAGE}:index:{kind}", "one", {**inputs}, options, remote=True)


def _up(kind: str, inputs: Inputs, providers: Providers, folder: Path) -> set[str]:
    """Returns the types of what the engine makes for a component."""
    command = sys.executable, str(ROOT / "package")
    found = plugin(folder / "bin" / f"pulumi-resource-{PACKAGE}", *command).parent
    environment = {**providers.environment, "PATH": f"{found}:{environ['PATH']}"}

    def program() -> None:
        Remote(kind, inputs)

    stack = new_stack(project(folder), "test", program, environment)
    stack.up()
    stack.up(expect_no_changes=True)
    deployment: Any = stack.export_stack().deployment
    return {each["type"] for each in deployment["resources"]}


@pytest.mark.parametrize("kind", [each.__name__ for each in COMPONENTS])
def test_a_component_comes_up_and_stays(kind: str, providers: Providers, tmp_path: Path) -> None:
    made = _up(kind, GOOD[kind], providers, tmp_path)
    assert f"{PACKAGE}:index:{kind}" in made
    assert len(made) > 2


@pytest.mark.parametrize(("kind", "wrong", "says"), WRONG)
def test_a_wrong_input_is_told_in_a_sentence_alone(
    kind: str, wrong: Inputs, says: str, providers: Providers, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as failed:
        _up(kind, {**GOOD[kind], **wrong}, providers, tmp_path)
    told = f"error: {PACKAGE}:index:{kind} resource 'one' has a problem: "
    (sentence,) = {
        line.partition(told)[2] for line in str(failed.value).splitlines() if told in line
    }
    assert says in sentence
    assert "<class" not in sentence
    assert sentence.endswith((".", "?"))
