"""Settings that are right alone and wrong together: the table of conflicts."""

from collections.abc import Iterator, Sequence
from typing import Final

from components.architecture import architecture_of
from components.aws_values import partition_of

from .conflict import NAMES, Condition, Conflict, FoundConflict, equals, is_set, unwanted
from .model import Settings
from .problems import Problem, shown


def _has_old_daemon(settings: Settings) -> bool:
    """Returns whether the daemon is one that a proxy or Pod Identity leaves without credentials.

    Those before 3.6.0 don't know the Pod Identity agent (EKS user guide, pod-id-minimum-sdk);
    3.4.0 and 3.6.0 request it, or the instance metadata, by the proxy (aws-xray-daemon, issue 255).
    """
    return settings.agent != "collector" and settings.daemon_release() < (3, 6, 1)


def _node_architectures(settings: Settings) -> list[str]:
    return sorted({architecture_of(each).value for each in settings.node_instance_types})


def _older_than(version: str) -> Condition:
    # As texts: each version is "1." and two digits.
    return Condition(
        "kubernetesVersion",
        f"kubernetesVersion is older than {version}",
        lambda s: s.kubernetes_version is not None and s.kubernetes_version < version,
    )


DAEMON_ONLY: Final = ("extraArguments",)
"""Settings that a collector can't follow."""

KUBECONFIG: Final = is_set("kubeconfig")
EXISTING: Final = Condition("", "clusterName or kubeconfig is set", Settings.uses_existing_cluster)
NEW_NODES: Final = Condition(
    "nodeInstanceTypes",
    "nodeInstanceTypes is set",
    lambda s: bool(s.node_instance_types) and not s.uses_existing_cluster(),
)
POD_IDENTITY: Final = equals("credentialSource", "pod-identity")
IRSA: Final = equals("credentialSource", "irsa")
NODE_ROLE: Final = equals("credentialSource", "node-role")
AUTO_MODE: Final = equals("autoMode", True)
COLLECTOR: Final = equals("agent", "collector")
SPANS: Final = Condition("agent", "agent is collector or both", lambda s: s.agent != "daemon")
BUILT: Final = Condition(
    "imageSource", "imageSource is build", lambda s: s.image_source_used() == "build"
)
PUBLIC: Final = equals("imageSource", "public")
OLD_DAEMON: Final = Condition("daemonVersion", "", _has_old_daemon)
PROXY: Final = is_set("proxyUrl")
NO_POLICY: Final = Condition(
    "platform", "platform.networkPolicy is false", lambda s: not s.platform["network_policy"]
)
OTLP: Final = equals("collectorExporter", "otlp")
GATEWAY: Final = Condition("", "gatewayReplicas is 1 or more", lambda s: s.gateway_replicas > 0)
SAMPLES: Final = equals("sampleServices", True)
CANARY: Final = equals("traceCanary", True)
IN_IMAGE: Final = Condition(
    "", "sampleServices or traceCanary is true", lambda s: s.sample_services or s.trace_canary
)
CANARY_ONLY: Final = ("canaryNodes", "canaryLateSeconds", "alarmTopicArn", "prometheusRule")
SPANS_A: Final = equals("serviceATracing", "opentelemetry")
SPANS_B: Final = equals("serviceBTracing", "opentelemetry")
X_RAY_SDK: Final = Condition(
    "",
    "serviceATracing or serviceBTracing is xray-sdk",
    lambda s: "xray-sdk" in (s.service_a_tracing, s.service_b_tracing),
)

NEW_CLUSTER_ONLY: Final = (
    *("kubernetesVersion", "upgradePolicy", "addonVersions", "autoMode", "nodeInstanceTypes"),
    *("subnetIds", "privateNetwork", "publicAccessCidrs", "protectCluster"),
)

CONFLICTS: Final = (
    unwanted("clusterName", KUBECONFIG, "it already selects a cluster"),
    *(unwanted(key, EXISTING, "existing clusters are not changed") for key in NEW_CLUSTER_ONLY),
    Conflict(
        ~is_set("nodeRoleName"), "be set to the name of the nodes' IAM role", EXISTING & NODE_ROLE
    ),
    unwanted("nodeRoleName", ~(EXISTING & NODE_ROLE)),
    unwanted("permissionsBoundary", EXISTING & NODE_ROLE, "no role is created"),
    Conflict(POD_IDENTITY, "be irsa or node-role", KUBECONFIG, "only EKS supports Pod Identity"),
    unwanted("vpcEndpoints", KUBECONFIG, "it does not name the VPC of the cluster"),
    Conflict(
        ~is_set("oidcProviderArn"),
        "be set to the ARN of the cluster's IAM OIDC provider",
        KUBECONFIG & IRSA,
    ),
    unwanted("oidcProviderArn", ~(KUBECONFIG & IRSA)),
    Conflict(
        NODE_ROLE, "be pod-identity or irsa", AUTO_MODE, "pods can't use the role of its nodes"
    ),
    unwanted("nodeInstanceTypes", AUTO_MODE, "EKS then chooses the instance types"),
    unwanted("addonVersions", AUTO_MODE, "EKS then runs the add-ons"),
    unwanted("subnetIds", equals("privateNetwork", True), "it creates the subnets"),
    Conflict(
        Condition("architectures", "", lambda s: _node_architectures(s) != sorted(s.architectures)),
        lambda s: f"be {shown(_node_architectures(s))}",
        NEW_NODES,
        "those instances have these architectures",
    ),
    Conflict(OLD_DAEMON, "be 3.6.1 or newer", POD_IDENTITY, "older daemons don't support it"),
    Conflict(BUILT, "be mirror or public", COLLECTOR, "only the image of the daemon is built"),
    unwanted("repositoryName", PUBLIC, "no ECR repository is created"),
    unwanted("pullAccounts", PUBLIC, "no ECR repository is created"),
    Conflict(
        ~is_set("sampleImage"),
        "be set to the reference of an image",
        PUBLIC & IN_IMAGE,
        "no image is built",
    ),
    unwanted("daemonDigest", BUILT, "it pins the image that AWS publishes"),
    unwanted("noProxy", ~PROXY),
    Conflict(OLD_DAEMON, "be 3.6.1 or newer", PROXY, "older ones send it metadata requests"),
    *(
        Conflict(
            equals("trafficDistribution", each),
            "be node",
            _older_than(version),
            f"it lacks {each}",
        )
        # Whose feature gates are on by default (Kubernetes reference, feature-gates).
        for each, version in (("prefer-node", "1.34"), ("prefer-zone", "1.31"))
    ),
    unwanted("createNamespace", ~EXISTING, "a new cluster does not have the namespace"),
    Conflict(~equals("ipFamily", "ipv4"), "be ipv4", ~EXISTING, "new clusters only have IPv4"),
    Conflict(
        SAMPLES,
        "be false",
        equals("ipFamily", "ipv6") & X_RAY_SDK,
        "the X-Ray SDK for Python only uses IPv4",
    ),
    unwanted("ingressNamespaces", NO_POLICY),
    Conflict(
        Condition(
            "ingressNamespaces",
            "",
            lambda s: bool(s.ingress_namespaces) and s.namespace not in s.ingress_namespaces,
        ),
        lambda s: f"include {shown(s.namespace)}",
        IN_IMAGE,
        "they run in that namespace",
    ),
    *(unwanted(key, COLLECTOR, "only the daemon takes it") for key in DAEMON_ONLY),
    unwanted("collectorExporter", ~SPANS),
    Conflict(
        OTLP, "be xray", ~is_set("transactionSearch"), "the OTLP endpoint needs Transaction Search"
    ),
    unwanted("indexingPercent", ~equals("transactionSearch", "enable")),
    unwanted("indexedAttributes", ~SPANS),
    unwanted("indexedAttributes", OTLP, "spans have no annotations there"),
    unwanted("gatewayReplicas", ~SPANS),
    unwanted("tailSampling", ~GATEWAY, "only a gateway sees whole traces"),
    Conflict(
        Condition("noProxy", "", lambda s: not any("/" in each for each in s.no_proxy)),
        "include the network of the cluster's pods, such as 10.0.0.0/8,",
        PROXY & GATEWAY,
        "the proxy can't reach the pods of the gateway",
    ),
    Conflict(SPANS_A, "be xray-sdk", ~SPANS, "the daemon does not accept spans"),
    Conflict(SPANS_B, "be xray-sdk", ~SPANS, "the daemon does not accept spans"),
    unwanted("serviceATracing", ~SAMPLES),
    unwanted("serviceBTracing", ~SAMPLES),
    Conflict(CANARY, "be false", is_set("assumeRoleArn"), "traces are then in another account"),
    Conflict(
        CANARY,
        "be false",
        is_set("transactionSearch"),
        "X-Ray then has only spans that are indexed",
    ),
    *(unwanted(key, ~CANARY) for key in CANARY_ONLY),
    unwanted("samplePlugins", SPANS_A & SPANS_B, "they are plugins of the X-Ray SDK"),
)
"""Every conflict between settings, in the order in which they are told."""


def conflicts(settings: Settings) -> Iterator[FoundConflict]:
    """Yields each conflict, each ARN of another partition, each item that repeats another."""
    yield from filter(None, (conflict.found_in(settings) for conflict in CONFLICTS))
    right = f"arn:{partition_of(settings.region)[0]}:"
    for key in ("permissionsBoundary", "oidcProviderArn", "assumeRoleArn", "alarmTopicArn"):
        arn = getattr(settings, NAMES[key])
        if arn and not arn.startswith(right):
            sentence = f"{key} is {shown(arn)}; it must begin with {right} in {settings.region}."
            yield FoundConflict(frozenset({key, "aws:region"}), Problem(key, sentence))
    rules, groups = settings.sampling_rules, settings.trace_groups
    yield from _duplicates("samplingRules", "name", [rule["name"] for rule in rules])
    yield from _duplicates("samplingRules", "priority", [rule["priority"] for rule in rules])
    yield from _duplicates("traceGroups", "name", [group["name"] for group in groups])


def _duplicates(key: str, part: str, values: Sequence[str | int]) -> Iterator[FoundConflict]:
    for index, value in enumerate(values):
        first = values.index(value)
        if first < index:
            where = f"{key}[{index}].{part}"
            sentence = f"{where} is {shown(value)}; it must differ from {key}[{first}].{part}."
            yield FoundConflict(frozenset({key}), Problem(where, sentence))
