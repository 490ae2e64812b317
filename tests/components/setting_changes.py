"""What a change of each setting of the stack `dev` must touch, and nothing else."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.program import KUBECONFIG, OIDC_PROVIDER

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
ACCOUNT: Final = "kubernetes:ServiceAccount xray-service-account"
DAEMON_SET: Final = "kubernetes:DaemonSet xray-daemon-set"
SERVICE: Final = "kubernetes:Service xray-service"
NETWORK_POLICY: Final = "kubernetes:NetworkPolicy xray-network-policy"
CONFIGURATION: Final = "kubernetes:ConfigMap xray-collector-configuration"
GATEWAY: Final = "kubernetes:Deployment xray-gateway-deployment"
GATEWAY_CONFIGURATION: Final = "kubernetes:ConfigMap xray-gateway-configuration"

SAMPLE_A: Final = "kubernetes:Deployment sample-services-service-a-deployment"
SAMPLE_B: Final = "kubernetes:Deployment sample-services-service-b-deployment"
SAMPLE_POLICY: Final = "kubernetes:NetworkPolicy sample-services-network-policy"
SAMPLE_RULE: Final = "aws:SamplingRule sampling-sample-services"
SAMPLE_GROUP: Final = "aws:Group sampling-sample-services-faults"
SAMPLE_REPOSITORY: Final = "aws:Repository sample-services-repository"
SAMPLE_LIFECYCLE: Final = "aws:LifecyclePolicy sample-services-lifecycle"
SAMPLE_BUILT: Final = "docker:Image sample-services-image"

SAMPLES: Final = {SAMPLE_A, SAMPLE_B}
SAMPLE_IMAGE: Final = {SAMPLE_REPOSITORY, SAMPLE_LIFECYCLE, SAMPLE_BUILT}
SAMPLE_OBJECTS: Final = {
    *(*SAMPLES, SAMPLE_POLICY),
    *(f"kubernetes:Service sample-services-service-{each}-service" for each in "ab"),
    *(
        f"kubernetes:PodDisruptionBudget sample-services-service-{each}-disruption-budget"
        for each in "ab"
    ),
}
IN_NAMESPACE: Final = {
    *(ASSOCIATION, NAMESPACE, ACCOUNT, DAEMON_SET, SERVICE, NETWORK_POLICY, *SAMPLE_OBJECTS)
}
NODE_POLICIES: Final = {
    f"aws:RolePolicyAttachment xray-nodes-{policy}"
    for policy in (
        *("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"),
        "AmazonEKS_CNI_Policy",
    )
}
NETWORK: Final = {
    *("aws:DefaultSecurityGroup xray-network-default", "aws:Eip xray-network-nat"),
    *("aws:InternetGateway xray-network", "aws:NatGateway xray-network-nat"),
    "aws:Vpc xray-network",
    *(
        f"aws:{each} xray-network-{kind}"
        for each in ("Route", "RouteTable")
        for kind in ("public", "private")
    ),
    *(
        f"aws:{each} xray-network-{kind}-{number}"
        for each in ("Subnet", "RouteTableAssociation")
        for kind in ("public", "private")
        for number in range(2)
    ),
}
TAGGED: Final = {
    *(AGENT, SAMPLE_GROUP, "aws:Key xray-secrets", LAUNCH_TEMPLATE, ASSOCIATION, POLICY),
    *(SAMPLE_REPOSITORY, REPOSITORY, POD_ROLE, NODE_ROLE, SAMPLE_RULE, CLUSTER, NODES),
}
TRANSACTION_SEARCH: Final = {
    "aws:IndexingRule transaction-search-indexing",
    "aws:LogResourcePolicy transaction-search-policy",
    "aws:TraceSegmentDestination transaction-search-destination",
}

DIGEST: Final = f"sha256:{'0f' * 32}"
PROXY: Final = {"proxyUrl": "http://proxy.example.com:3128"}
SHOP: Final = {"clusterName": "shop"}
KOPS: Final = {"kubeconfig": KUBECONFIG, "credentials": "irsa", **OIDC_PROVIDER}
OTHER_SERVER: Final = KUBECONFIG.replace("localhost", "kops.example.com")
IPV6: Final = {**SHOP, "sampleServices": False}
COLLECTOR: Final = {"backend": "collector"}
WITH_GATEWAY: Final = {**COLLECTOR, "gatewayReplicas": 1}


@dataclass(frozen=True)
class Change:
    """Another value of a setting, and the labels of the resources that it must touch."""

    value: Any
    touched: Set[str] = frozenset()
    """Resources that are there before and after, with other inputs."""

    made: Set[str] = frozenset()
    removed: Set[str] = frozenset()
    replaced: Set[str] = frozenset()
    """Those among the touched that another one takes the place of."""

    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What is set over the stack's own settings before and after."""


ELSEWHERE: Final = {"aws:region"}
"""Settings that mean another stack: everything is made anew elsewhere."""

CHANGES: Final[Mapping[str, Change]] = {
    "kubernetesVersion": Change("1.34", {CLUSTER}),
    "nodeInstanceTypes": Change(["m7i.large"], {NODES}, replaced={NODES}),
    "nodeCount": Change(3, {NODES}),
    "publicAccessCidrs": Change(["203.0.113.0/24"], {CLUSTER}),
    "protectCluster": Change(True),
    "checkPodIdentityAgent": Change(False),
    # Docker's other builder makes images of several platforms: other resources.
    "architectures": Change(
        ["amd64", "arm64"],
        {DAEMON_SET, *SAMPLES},
        made={
            *(f"docker-build:Image {each}-image" for each in ("sample-services", "xray-daemon")),
            "eks:ManagedNodeGroup xray-nodes-arm64",
        },
        removed={SAMPLE_BUILT, BUILT},
    ),
    "autoMode": Change(
        True,
        {CLUSTER, DAEMON_SET, *SAMPLES},
        removed={AGENT, LAUNCH_TEMPLATE, NODE_ROLE, NODES, *NODE_POLICIES},
    ),
    # EKS refuses to move a cluster to another VPC, which Pulumi says when it comes to it.
    "subnetIds": Change(["subnet-01234567", "subnet-89abcdef"], {CLUSTER}),
    "privateNetwork": Change(True, {CLUSTER}, made=NETWORK),
    "vpcEndpoints": Change(
        ["xray"],
        made={"aws:SecurityGroup vpc-endpoints", "aws:VpcEndpoint vpc-endpoints-xray"},
    ),
    "clusterName": Change(
        "mall",
        {ASSOCIATION, POD_ROLE, PROVIDER, DAEMON_SET, *SAMPLES},
        replaced={ASSOCIATION, PROVIDER},
        before=SHOP,
    ),
    "nodeRoleName": Change(
        "mall-nodes",
        {NODE_ROLE_POLICY},
        replaced={NODE_ROLE_POLICY},
        before={**SHOP, "credentials": "node-role", "nodeRoleName": "shop-nodes"},
    ),
    # The same cluster by another address.
    "kubeconfig": Change(OTHER_SERVER, {PROVIDER}, before=KOPS),
    "oidcProviderArn": Change(
        "arn:aws:iam::123456789012:oidc-provider/oidc.example.com", {POD_ROLE}, before=KOPS
    ),
    # The cluster gets an OIDC provider, and the account names its role.
    "credentials": Change(
        "irsa",
        {CLUSTER, POD_ROLE, DAEMON_SET, NETWORK_POLICY, ACCOUNT},
        removed={ASSOCIATION},
    ),
    # Instance metadata is a hop further from pods than from their node.
    "credentials (node-role)": Change(
        "node-role",
        {LAUNCH_TEMPLATE, DAEMON_SET, NETWORK_POLICY},
        made={NODE_ROLE_POLICY},
        removed={ASSOCIATION, POD_ROLE, POD_ROLE_POLICY},
    ),
    "policyName": Change(
        "writers", {POLICY, POD_ROLE_POLICY, DAEMON_SET}, replaced={POLICY, POD_ROLE_POLICY}
    ),
    "assumeRoleArn": Change("arn:aws:iam::111111111111:role/writer", {POLICY, DAEMON_SET}),
    "namespace": Change("tracing", {*IN_NAMESPACE, POD_ROLE}, replaced=IN_NAMESPACE),
    "imageSource": Change("mirror", {DAEMON_SET}, made={COPY}, removed={BUILT}),
    # The digest is known once it is built: the DaemonSet follows then.
    "daemonVersion": Change("3.6.5", {BUILT}),
    "daemonDigest": Change(DIGEST, {COPY, DAEMON_SET}, before={"imageSource": "mirror"}),
    "repositoryName": Change(
        "xray-daemon", {REPOSITORY, LIFECYCLE, BUILT, DAEMON_SET}, replaced={REPOSITORY, LIFECYCLE}
    ),
    "pullAccounts": Change(["111111111111"], made={"aws:RepositoryPolicy xray-daemon-policy"}),
    "logLevel": Change("debug", {DAEMON_SET}),
    "memoryLimitMebibytes": Change(256, {DAEMON_SET}),
    # A namespace that admits it, too.
    "hostPort": Change(True, {DAEMON_SET, NAMESPACE}),
    "nodeSelector": Change({"example.com/pool": "traced"}, {DAEMON_SET}),
    "priorityClass": Change("system-node-critical", {DAEMON_SET}),
    "extraArguments": Change(["-a", "shop"], {DAEMON_SET}),
    "podAnnotations": Change({"team": "shop"}, {DAEMON_SET}),
    "labels": Change({"team": "shop"}, {DAEMON_SET, SERVICE, NETWORK_POLICY, NAMESPACE, ACCOUNT}),
    "routing": Change("prefer-zone", {SERVICE}),
    "ingressNamespaces": Change(["xray"], {NETWORK_POLICY}),
    "proxyUrl": Change(PROXY["proxyUrl"], {DAEMON_SET, NETWORK_POLICY}),
    "noProxy": Change([".example.org"], {DAEMON_SET}, before=PROXY),
    "ipFamily": Change("ipv6", {DAEMON_SET, SERVICE, NETWORK_POLICY}, before=IPV6),
    "ipFamily (dual-stack)": Change(
        "dual-stack", {DAEMON_SET, SERVICE, NETWORK_POLICY}, before=IPV6
    ),
    # The image comes from elsewhere, so that it is another resource, in the same repository.
    "backend": Change(
        "collector",
        {DAEMON_SET, SERVICE, NETWORK_POLICY},
        made={COPY, CONFIGURATION},
        removed={BUILT},
    ),
    "collectorVersion": Change("0.48.0", {COPY, DAEMON_SET, GATEWAY}, before=WITH_GATEWAY),
    "collectorDigest": Change(DIGEST, {COPY, DAEMON_SET, GATEWAY}, before=WITH_GATEWAY),
    "collectorMemoryLimitMebibytes": Change(512, {CONFIGURATION, DAEMON_SET}, before=WITH_GATEWAY),
    "gatewayReplicas": Change(3, {GATEWAY}, before=WITH_GATEWAY),
    "tailSampling": Change({"percent": 10}, {GATEWAY_CONFIGURATION, GATEWAY}, before=WITH_GATEWAY),
    "indexedAttributes": Change(
        ["shop.customer"], {GATEWAY_CONFIGURATION, GATEWAY}, before=WITH_GATEWAY
    ),
    "serviceATracing": Change("opentelemetry", {SAMPLE_A, SAMPLE_POLICY}, before=WITH_GATEWAY),
    "serviceBTracing": Change("opentelemetry", {SAMPLE_B, SAMPLE_POLICY}, before=WITH_GATEWAY),
    # Spans take two more actions.
    "collectorExporter": Change(
        "otlp",
        {POLICY, CONFIGURATION, DAEMON_SET},
        before={**COLLECTOR, "transactionSearch": "existing"},
    ),
    # What the DaemonSet waits for is in an annotation of its own: its pods stay.
    "transactionSearch": Change("declare", {DAEMON_SET}, made=TRANSACTION_SEARCH),
    "indexingPercent": Change(
        50,
        {"aws:IndexingRule transaction-search-indexing"},
        before={"transactionSearch": "declare"},
    ),
    "samplingRules": Change([], removed={SAMPLE_RULE}),
    "traceGroups": Change([], removed={SAMPLE_GROUP}),
    "sampleServices": Change(False, removed=SAMPLE_OBJECTS | SAMPLE_IMAGE),
    "sampleImage": Change("sample:1", SAMPLES, removed=SAMPLE_IMAGE),
    "sampleDelayMilliseconds": Change(1, {SAMPLE_B}),
    "sampleFaultPercent": Change(1, {SAMPLE_B}),
    "samplePlugins": Change(["EC2Plugin"], {*SAMPLES, SAMPLE_POLICY}),
    "tags": Change({"team": "shop"}, TAGGED),
}
"""By the setting's name; where one is changed to several values, the others are in brackets."""
