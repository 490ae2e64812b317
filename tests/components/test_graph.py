"""What each resource waits for: what it needs, and nothing else."""

from typing import Final

import pytest

from tests.support.graph import Graph, edges, starting
from tests.support.program import VARIANTS, only, variant
from tools.lab.deployment import Deployment

OWN_PREFIX: Final = "xray-on-kubernetes:"

CLUSTER: Final = {"eks:Cluster xray", "aws:Cluster xray-eksCluster"}
NODE_ROLE: Final = "aws:Role xray-nodes"
NODE_POLICIES: Final = {
    "aws:RolePolicyAttachment xray-nodes-AmazonEC2ContainerRegistryPullOnly",
    "aws:RolePolicyAttachment xray-nodes-AmazonEKSWorkerNodePolicy",
    "aws:RolePolicyAttachment xray-nodes-AmazonEKS_CNI_Policy",
}
NODES: Final = "eks:ManagedNodeGroup xray-nodes-amd64"
POLICY: Final = "aws:Policy write-access-policy"
POD_ROLE: Final = "aws:Role write-access-role"
ROLE_POLICY: Final = "aws:RolePolicyAttachment write-access-role-policy"
ASSOCIATION: Final = "aws:PodIdentityAssociation write-access-association"
NODE_ROLE_POLICY: Final = "aws:RolePolicyAttachment write-access-node-role"
NAMESPACE: Final = "kubernetes:Namespace xray-namespace"
SERVICE_ACCOUNT: Final = "kubernetes:ServiceAccount xray-service-account"
DAEMON_REPOSITORY: Final = "aws:Repository xray-daemon-repository"
DAEMON_IMAGE: Final = "docker:Image xray-daemon-image"
SAMPLE_REPOSITORY: Final = "aws:Repository sample-services-repository"
SAMPLE_IMAGE: Final = "docker:Image sample-services-image"

NOTHING: Final[set[str]] = set()


def _graph(namespace: set[str], agent_access: set[str]) -> Graph:
    """Returns the graph of a stack, but for how the agent gets access and its namespace."""
    in_namespace = (
        *(SERVICE_ACCOUNT, "kubernetes:Service xray-service"),
        "kubernetes:NetworkPolicy xray-network-policy",
        "kubernetes:NetworkPolicy sample-services-network-policy",
        *(
            f"kubernetes:{kind} sample-services-service-{each}-{name}"
            for each in "ab"
            for kind, name in (
                ("Service", "service"),
                ("PodDisruptionBudget", "disruption-budget"),
            )
        ),
    )
    sample = {SAMPLE_IMAGE, NODES, *CLUSTER, *namespace}
    return {
        "aws:Key xray-secrets": NOTHING,
        "eks:Cluster xray": {"aws:Key xray-secrets"},
        "aws:Cluster xray-eksCluster": NOTHING,
        "aws:Addon xray-pod-identity-agent": CLUSTER,
        NODE_ROLE: NOTHING,
        **{attachment: {NODE_ROLE} for attachment in NODE_POLICIES},
        "aws:LaunchTemplate xray-nodes": NOTHING,
        NODES: {NODE_ROLE, "aws:LaunchTemplate xray-nodes", *NODE_POLICIES},
        "pulumi:kubernetes kubernetes": CLUSTER,
        POLICY: NOTHING,
        DAEMON_REPOSITORY: NOTHING,
        "aws:LifecyclePolicy xray-daemon-lifecycle": {DAEMON_REPOSITORY},
        DAEMON_IMAGE: {DAEMON_REPOSITORY},
        SAMPLE_REPOSITORY: NOTHING,
        "aws:LifecyclePolicy sample-services-lifecycle": {SAMPLE_REPOSITORY},
        SAMPLE_IMAGE: {SAMPLE_REPOSITORY},
        **dict.fromkeys(in_namespace, namespace),
        "kubernetes:DaemonSet xray-daemon-set": {
            *(SERVICE_ACCOUNT, DAEMON_IMAGE, NODES, POLICY),
            *agent_access,
            *namespace,
        },
        "kubernetes:Deployment sample-services-service-a-deployment": sample,
        "kubernetes:Deployment sample-services-service-b-deployment": sample,
    }


GRAPHS: Final = {
    "dev": {
        **_graph({NAMESPACE}, {ROLE_POLICY, ASSOCIATION}),
        NAMESPACE: NOTHING,
        POD_ROLE: CLUSTER,
        ROLE_POLICY: {POLICY, POD_ROLE},
        ASSOCIATION: {POD_ROLE, *CLUSTER},
        "aws:SamplingRule sampling-sample-services": NOTHING,
        "aws:Group sampling-sample-services-faults": NOTHING,
    },
    "article": {
        **_graph(NOTHING, {NODE_ROLE_POLICY}),
        NODE_ROLE_POLICY: {POLICY, NODE_ROLE},
    },
}
"""What each resource of a stack waits for itself: an edge more or less is a change of this."""

SLOW: Final = {"eks:ManagedNodeGroup", "docker"}
MAY_NEVER_WAIT_FOR: Final[Graph] = {
    "kubernetes:Namespace ": {*SLOW, "aws:Policy", "aws:Role "},
    "kubernetes:Service ": {*SLOW, "aws:Policy", "aws:Role "},
    "kubernetes:ServiceAccount ": {*SLOW, "aws:Policy", NODE_ROLE},
    "kubernetes:NetworkPolicy ": {*SLOW, "aws:Policy", "aws:Role "},
    "kubernetes:Deployment sample-services-": {
        *("aws:Policy", DAEMON_IMAGE, "kubernetes:DaemonSet", POD_ROLE),
    },
    "kubernetes:DaemonSet ": {
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
    "aws:PodIdentityAssociation",
)


@pytest.mark.parametrize("stack", GRAPHS)
def test_each_resource_waits_for_what_it_needs_alone(stack: str) -> None:
    graph = edges(variant(stack))
    made = {name: needs for name, needs in graph.items() if not name.startswith(OWN_PREFIX)}
    assert made == GRAPHS[stack]


def test_agent_waits_for_its_access_image_and_nodes(declared: Deployment) -> None:
    needed = starting(declared, *AGENT_NEEDS)
    (waits,) = starting(declared, "kubernetes:DaemonSet").values()
    assert len(needed) >= 2
    assert needed.keys() <= waits

    account = only(declared.objects("ServiceAccount"))
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
