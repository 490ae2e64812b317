from collections.abc import Mapping
from typing import Final

import pytest

from tests.support.program import VARIANTS, only, variant
from tools.lab.deployment import Deployment, Resource, label

Graph = Mapping[str, set[str]]

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
NAMESPACE: Final = "kubernetes:Namespace xray-namespace"
SERVICE_ACCOUNT: Final = "kubernetes:ServiceAccount xray-service-account"
DAEMON_REPOSITORY: Final = "aws:Repository xray-daemon-repository"
DAEMON_IMAGE: Final = "docker:Image xray-daemon-image"
SAMPLE_REPOSITORY: Final = "aws:Repository sample-services-repository"
SAMPLE_IMAGE: Final = "docker:Image sample-services-image"

NOTHING: Final[set[str]] = set()

IN_BOTH: Final[Graph] = {
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
}

GRAPHS: Final[Mapping[str, Graph]] = {
    "dev": {
        **IN_BOTH,
        POD_ROLE: CLUSTER,
        "aws:RolePolicyAttachment write-access-role-policy": {POLICY, POD_ROLE},
        "aws:PodIdentityAssociation write-access-association": {POD_ROLE, *CLUSTER},
        "aws:SamplingRule sampling-sample-services": NOTHING,
        "aws:Group sampling-sample-services-faults": NOTHING,
        NAMESPACE: NOTHING,
        SERVICE_ACCOUNT: {NAMESPACE},
        "kubernetes:NetworkPolicy xray-network-policy": {NAMESPACE},
        "kubernetes:Service xray-service": {NAMESPACE},
        "kubernetes:DaemonSet xray-daemon-set": {
            NAMESPACE,
            SERVICE_ACCOUNT,
            DAEMON_IMAGE,
            NODES,
            POLICY,
            "aws:RolePolicyAttachment write-access-role-policy",
            "aws:PodIdentityAssociation write-access-association",
        },
        "kubernetes:Service sample-services-service-a-service": {NAMESPACE},
        "kubernetes:Service sample-services-service-b-service": {NAMESPACE},
        "kubernetes:NetworkPolicy sample-services-network-policy": {NAMESPACE},
        "kubernetes:PodDisruptionBudget sample-services-service-a-disruption-budget": {NAMESPACE},
        "kubernetes:PodDisruptionBudget sample-services-service-b-disruption-budget": {NAMESPACE},
        "kubernetes:Deployment sample-services-service-a-deployment": {
            NAMESPACE,
            SAMPLE_IMAGE,
            NODES,
            *CLUSTER,
        },
        "kubernetes:Deployment sample-services-service-b-deployment": {
            NAMESPACE,
            SAMPLE_IMAGE,
            NODES,
            *CLUSTER,
        },
    },
    "article": {
        **IN_BOTH,
        "aws:RolePolicyAttachment write-access-node-role": {POLICY, NODE_ROLE},
        SERVICE_ACCOUNT: NOTHING,
        "kubernetes:NetworkPolicy xray-network-policy": NOTHING,
        "kubernetes:Service xray-service": NOTHING,
        "kubernetes:DaemonSet xray-daemon-set": {
            SERVICE_ACCOUNT,
            DAEMON_IMAGE,
            NODES,
            POLICY,
            "aws:RolePolicyAttachment write-access-node-role",
        },
        "kubernetes:Service sample-services-service-a-service": NOTHING,
        "kubernetes:Service sample-services-service-b-service": NOTHING,
        "kubernetes:NetworkPolicy sample-services-network-policy": NOTHING,
        "kubernetes:PodDisruptionBudget sample-services-service-a-disruption-budget": NOTHING,
        "kubernetes:PodDisruptionBudget sample-services-service-b-disruption-budget": NOTHING,
        "kubernetes:Deployment sample-services-service-a-deployment": {
            SAMPLE_IMAGE,
            NODES,
            *CLUSTER,
        },
        "kubernetes:Deployment sample-services-service-b-deployment": {
            SAMPLE_IMAGE,
            NODES,
            *CLUSTER,
        },
    },
}
"""What each resource of a stack waits for, itself: an edge more or less is a change of this."""

MAY_NEVER_WAIT_FOR: Final[Graph] = {
    "kubernetes:Namespace ": {"eks:ManagedNodeGroup", "docker", "aws:Policy", "aws:Role "},
    "kubernetes:Service ": {"eks:ManagedNodeGroup", "docker", "aws:Policy", "aws:Role "},
    "kubernetes:ServiceAccount ": {"eks:ManagedNodeGroup", "docker", "aws:Policy", NODE_ROLE},
    "kubernetes:NetworkPolicy ": {"eks:ManagedNodeGroup", "docker", "aws:Policy", "aws:Role "},
    "kubernetes:Deployment sample-services-": {
        "aws:Policy",
        DAEMON_IMAGE,
        "kubernetes:DaemonSet",
        POD_ROLE,
    },
    "kubernetes:DaemonSet ": {
        "docker:Image sample",
        "docker-build:Image sample",
        "aws:SamplingRule",
        "kubernetes:Deployment sample",
    },
    "eks:ManagedNodeGroup ": {"docker", "aws:Policy", "kubernetes:"},
    "aws:RolePolicyAttachment write-access": {"eks:ManagedNodeGroup", "docker", "kubernetes:"},
    "aws:PodIdentityAssociation ": {"eks:ManagedNodeGroup", "docker", "kubernetes:"},
    "aws:TraceSegmentDestination ": {"eks:", "docker", "kubernetes:", "aws:Policy"},
}
"""Beginnings of resources, and of those that they wait for on no way, however long."""

WAITS_FOR_NOTHING: Final = (
    "aws:Group ",
    "aws:Key ",
    "aws:LaunchTemplate ",
    "aws:LogResourcePolicy ",
    "aws:Policy ",
    "aws:Repository ",
    "aws:Role xray-nodes",
    "aws:SamplingRule ",
)


def waits_for(deployment: Deployment, resource: Resource) -> set[str]:
    """Returns everything that a resource waits for, on however long a way."""
    seen: set[str] = set()
    ahead = [resource.urn]
    while ahead:
        each = deployment.resources[ahead.pop()]
        found = {urn for urn in (*each.dependencies, each.provider) if urn} - seen
        seen |= found
        ahead += found
    return {label(deployment.resources[urn]) for urn in seen}


def starting(deployment: Deployment, *beginnings: str) -> dict[str, set[str]]:
    """Returns the resources whose labels begin so, each with what it waits for."""
    return {
        label(resource): waits_for(deployment, resource)
        for resource in deployment.resources.values()
        if label(resource).startswith(beginnings)
    }


def edges(deployment: Deployment) -> Graph:
    return {
        label(resource): {label(deployment.resources[urn]) for urn in resource.dependencies}
        for resource in deployment.resources.values()
    }


@pytest.mark.parametrize("stack", GRAPHS)
def test_each_resource_waits_for_what_it_needs_and_nothing_else(stack: str) -> None:
    graph = edges(variant(stack))
    made = {name: needs for name, needs in graph.items() if not name.startswith(OWN_PREFIX)}
    assert made == GRAPHS[stack]


def test_a_component_waits_for_nothing(declared: Deployment) -> None:
    waiting = starting(declared, OWN_PREFIX)
    assert len(waiting) >= 6
    assert not any(waiting.values())


def test_the_daemon_waits_for_its_right_its_image_and_the_nodes(declared: Deployment) -> None:
    needed = starting(
        declared,
        "aws:Policy write-access",
        "aws:RolePolicyAttachment write-access",
        "aws:PodIdentityAssociation",
        "docker:Image xray-daemon",
        "docker-build:Image xray-daemon",
        "docker-build:Index xray-daemon",
        "aws:TraceSegmentDestination",
        "eks:ManagedNodeGroup",
        "kubernetes:Namespace",
    )
    (waits,) = starting(declared, "kubernetes:DaemonSet").values()
    assert len(needed) >= 3
    assert needed.keys() <= waits


def test_what_can_be_made_at_once_is_made_at_once(declared: Deployment) -> None:
    waiting = starting(declared, *WAITS_FOR_NOTHING)
    assert len(waiting) >= 3
    assert not any(waiting.values())


def test_spans_go_to_their_log_groups_once_x_ray_may_write_there() -> None:
    graph = edges(variant("transaction-search"))
    assert graph["aws:TraceSegmentDestination transaction-search-destination"] == {
        "aws:LogResourcePolicy transaction-search-policy"
    }
    # X-Ray refuses changes until the destination is there.
    assert graph["aws:IndexingRule transaction-search-indexing"] == {
        "aws:TraceSegmentDestination transaction-search-destination"
    }


def test_an_image_is_built_as_soon_as_its_repository_is_there(declared: Deployment) -> None:
    for image, waits in starting(declared, "docker").items():
        name = image.split()[1].removesuffix("-image")
        assert waits == {f"aws:Repository {name}-repository"}


@pytest.mark.parametrize("waiting", MAY_NEVER_WAIT_FOR)
def test_nothing_waits_for_what_it_does_not_need(declared: Deployment, waiting: str) -> None:
    beginnings = tuple(MAY_NEVER_WAIT_FOR[waiting])
    for resource, waits in starting(declared, waiting).items():
        needless = [each for each in waits if each.startswith(beginnings)]
        assert not needless, resource


def test_everything_in_the_cluster_is_made_by_the_providers_of_that_cluster(
    declared: Deployment,
) -> None:
    (provider,) = declared.of_type("pulumi:providers:kubernetes")
    for resource in declared.resources.values():
        in_cluster = resource.type.startswith("kubernetes:")
        assert resource.provider == (provider.urn if in_cluster else ""), label(resource)


def test_a_service_account_waits_for_a_role_only_where_it_names_one(declared: Deployment) -> None:
    account = only(declared.objects("ServiceAccount"))
    (waits,) = starting(declared, SERVICE_ACCOUNT).values()
    names_a_role = bool(account["metadata"].get("annotations"))
    assert (POD_ROLE in waits) == names_a_role


@pytest.mark.parametrize("name", VARIANTS)
def test_a_preview_declares_what_an_update_does(name: str) -> None:
    assert edges(variant(name, preview=True)) == edges(variant(name))


@pytest.mark.parametrize("name", VARIANTS)
def test_a_preview_gives_the_same_outputs_and_knows_the_daemon_s_address(name: str) -> None:
    preview, update = variant(name, preview=True).outputs, variant(name).outputs
    assert preview.keys() == update.keys()
    assert preview["daemonAddress"] == update["daemonAddress"]
