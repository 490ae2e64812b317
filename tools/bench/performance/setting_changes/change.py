"""A change of one setting, and the resources that it has to do with; by their labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Resources = frozenset[str]

NONE: Final[Resources] = frozenset()

CLUSTER: Final = "eks:Cluster xray"
NODES: Final = "eks:ManagedNodeGroup xray-nodes-amd64"
LAUNCH_TEMPLATE: Final = "aws:LaunchTemplate xray-nodes"
NODE_ROLE: Final = "aws:Role xray-nodes"
AGENT: Final = "aws:Addon xray-pod-identity-agent"
PROVIDER: Final = "pulumi:kubernetes kubernetes"

POLICY: Final = "aws:Policy write-access-policy"
POD_ROLE: Final = "aws:Role write-access-role"
POD_ROLE_POLICY: Final = "aws:RolePolicyAttachment write-access-role-policy"
NODE_ROLE_POLICY: Final = "aws:RolePolicyAttachment write-access-node-role"
ASSOCIATION: Final = "aws:PodIdentityAssociation write-access-association"

REPOSITORY: Final = "aws:Repository xray-daemon-repository"
LIFECYCLE: Final = "aws:LifecyclePolicy xray-daemon-lifecycle"
BUILT: Final = "docker:Image xray-daemon-image"
COPY: Final = "docker-build:Index xray-daemon-image"

NAMESPACE: Final = "kubernetes:Namespace xray-namespace"
SERVICE_ACCOUNT: Final = "kubernetes:ServiceAccount xray-service-account"
DAEMON_SET: Final = "kubernetes:DaemonSet xray-daemon-set"
SERVICE: Final = "kubernetes:Service xray-service"
NETWORK_POLICY: Final = "kubernetes:NetworkPolicy xray-network-policy"
CONFIGURATION: Final = "kubernetes:ConfigMap xray-collector-configuration"
GATEWAY: Final = "kubernetes:Deployment xray-gateway-deployment"
GATEWAY_CONFIGURATION: Final = "kubernetes:ConfigMap xray-gateway-configuration"

SERVICE_A: Final = "kubernetes:Deployment sample-services-service-a-deployment"
SERVICE_B: Final = "kubernetes:Deployment sample-services-service-b-deployment"
SAMPLE_POLICY: Final = "kubernetes:NetworkPolicy sample-services-network-policy"
SAMPLE_REPOSITORY: Final = "aws:Repository sample-services-repository"

SAMPLE_IMAGE: Final = frozenset(
    {
        SAMPLE_REPOSITORY,
        "aws:LifecyclePolicy sample-services-lifecycle",
        "docker:Image sample-services-image",
    }
)
"""All that is made for an image of the sample services."""

SAMPLE_OBJECTS: Final = frozenset(
    {
        *(SERVICE_A, SERVICE_B, SAMPLE_POLICY),
        "kubernetes:PodDisruptionBudget sample-services-service-a-disruption-budget",
        "kubernetes:PodDisruptionBudget sample-services-service-b-disruption-budget",
        "kubernetes:Service sample-services-service-a-service",
        "kubernetes:Service sample-services-service-b-service",
    }
)
"""All that the sample services are on the cluster."""


@dataclass(frozen=True)
class Change:
    """Other settings over those of the stack `dev`, and what that must come to."""

    settings: Mapping[str, Any]
    """What is set in the end."""

    touched: Resources = NONE
    """Resources that are there before and after, with other inputs."""

    made: Resources = NONE
    """Resources that are there only after."""

    removed: Resources = NONE
    """Resources that were there only before."""

    replaced: Resources = NONE
    """Those among the touched that another one takes the place of."""

    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What was set over the stack's own settings before."""
