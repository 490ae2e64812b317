"""What each resource waits for: what it needs, and nothing else.

What waits for something is made after it and deleted before it. The rendered `resources.yaml` has
every edge of some stacks; what holds in all of them is here.
"""

from typing import Final

import pytest

from tests.support.graph import Graph, edges, starting
from tests.support.program import VARIANTS, variant
from tools.lab.deployment import Deployment

OWN_PREFIX: Final = "xray-on-kubernetes:"

NODE_ROLE: Final = "aws:Role xray-nodes"
POD_ROLE: Final = "aws:Role write-access-role"
SERVICE_ACCOUNT: Final = "kubernetes:ServiceAccount xray-service-account"

SLOW: Final = {"eks:ManagedNodeGroup", "docker"}
MAY_NEVER_WAIT_FOR: Final[Graph] = {
    "kubernetes:Namespace ": {*SLOW, "aws:Policy", "aws:Role "},
    "kubernetes:Service ": {*SLOW, "aws:Policy", "aws:Role "},
    "kubernetes:ServiceAccount ": {*SLOW, "aws:Policy", NODE_ROLE},
    "kubernetes:NetworkPolicy ": {*SLOW, "aws:Policy", "aws:Role "},
    "kubernetes:Deployment sample-services-": {
        *("aws:Policy", "docker:Image xray-daemon", "kubernetes:DaemonSet", POD_ROLE),
    },
    "kubernetes:DaemonSet xray-daemon": {
        *("docker:Image sample", "docker-build:Image sample", "kubernetes:Deployment sample"),
        "aws:SamplingRule",
    },
    "eks:ManagedNodeGroup ": {"docker", "aws:Policy", "kubernetes:"},
    "aws:RolePolicyAttachment write-access": {*SLOW, "kubernetes:"},
    "aws:PodIdentityAssociation ": {*SLOW, "kubernetes:"},
    "aws:TraceSegmentDestination ": {"eks:", "docker", "kubernetes:", "aws:Policy"},
}
"""Beginnings of resources, and of those that they wait for neither directly nor indirectly."""

MADE_AT_ONCE: Final = (
    *("aws:Group ", "aws:Key ", "aws:LaunchTemplate ", "aws:LogResourcePolicy ", "aws:Policy "),
    *("aws:Repository ", "aws:Role xray-nodes", "aws:SamplingRule "),
)

AGENT_NEEDS: Final = (
    *("aws:Policy write-access", "aws:RolePolicyAttachment write-access", "kubernetes:Namespace"),
    *("docker:Image xray-daemon", "docker-build:Image xray-daemon", "eks:ManagedNodeGroup"),
    *("docker-build:Index xray-daemon", "aws:TraceSegmentDestination"),
    "aws:PodIdentityAssociation write-access",
)


def test_agent_waits_for_its_access_image_and_nodes(declared: Deployment) -> None:
    needed = starting(declared, *AGENT_NEEDS)
    (waits,) = starting(declared, "kubernetes:DaemonSet xray-daemon").values()
    assert len(needed) >= 2
    assert needed.keys() <= waits

    account = next(iter(declared.objects("ServiceAccount")))
    (waits,) = starting(declared, SERVICE_ACCOUNT).values()
    assert (POD_ROLE in waits) == bool(account["metadata"].get("annotations"))


def test_nothing_waits_for_what_it_does_not_need(declared: Deployment) -> None:
    for waiting, needless in MAY_NEVER_WAIT_FOR.items():
        for resource, waits in starting(declared, waiting).items():
            assert not [each for each in waits if each.startswith(tuple(needless))], resource
    at_once = starting(declared, OWN_PREFIX, *MADE_AT_ONCE)
    assert len(at_once) >= 8
    assert not any(at_once.values())
    for image, waits in starting(declared, "docker").items():
        name = image.split()[1].removesuffix("-image")
        assert waits == {f"aws:Repository {name}-repository"}


@pytest.mark.parametrize("name", VARIANTS)
def test_preview_declares_what_an_update_does(name: str) -> None:
    preview, update = variant(name, preview=True), variant(name)
    assert edges(preview) == edges(update)
    assert preview.outputs.keys() == update.outputs.keys()
    assert preview.outputs["daemonAddress"] == update.outputs["daemonAddress"]
