"""The objects around the two sample services; the rendered files have them as a whole."""

from typing import Any

import pytest

from tests.support.program import declare, only
from tools.lab.deployment import Deployment


def policy_of(deployment: Deployment) -> dict[str, Any]:
    policies = deployment.objects("NetworkPolicy")
    return only([each for each in policies if each["metadata"]["name"] == "sample-services"])[
        "spec"
    ]


@pytest.mark.parametrize(
    ("plugins", "addresses"),
    [(["ECSPlugin"], []), (["EC2Plugin"], ["169.254.169.254/32", "fd00:ec2::254/128"])],
)
def test_only_the_ec2_plugin_reaches_instance_metadata(
    plugins: list[str], addresses: list[str]
) -> None:
    peers = [
        peer
        for rule in policy_of(declare(samplePlugins=plugins))["egress"]
        for peer in rule.get("to", [])
    ]
    assert [each["ipBlock"]["cidr"] for each in peers if "ipBlock" in each] == addresses
