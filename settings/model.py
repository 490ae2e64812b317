"""The settings of a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar, cast

from components import (
    AgentKind,
    Architecture,
    CollectorExporter,
    CredentialSource,
    DaemonImageArgs,
    EndpointService,
    ImageSource,
    IpFamily,
    LogLevel,
    Platform,
    SamplingRule,
    TailSampling,
    TraceGroup,
    Tracing,
    TrafficDistribution,
    UpgradePolicy,
)
from components.component import Component
from components.image.daemon_image import default_source

T = TypeVar("T")


class TransactionSearchMode(str, Enum):
    """Who enables CloudWatch Transaction Search, for the whole account and region."""

    ENABLE = "enable"
    """This stack, which changes what all traces of the account cost in the region."""

    ALREADY_ENABLED = "already-enabled"
    """Somebody else: another stack, or a person."""


@dataclass(frozen=True)
class Settings:
    """Stack configuration.

    A setting that one component alone has is described there, beside its default.
    """

    region: str
    """AWS region of everything."""

    cluster_name: str | None
    """Name of an existing EKS cluster to use; unset, a new one is made."""

    kubeconfig: str | None

    node_role_name: str | None
    """Node role of an existing cluster, for the credential source `node-role`."""

    oidc_provider_arn: str | None
    """OIDC provider of the cluster behind `kubeconfig`, for the credential source `irsa`."""

    check_pod_identity_agent: bool
    kubernetes_version: str | None
    upgrade_policy: UpgradePolicy | None
    addon_versions: Mapping[str, str]
    auto_mode: bool

    architectures: Sequence[Architecture]
    """Architectures of the nodes, and of the images that are built."""

    node_instance_types: Sequence[str]
    node_count: int

    subnet_ids: Sequence[str]
    """Subnets for a new cluster; empty, those of the default VPC."""

    private_network: bool
    public_access_cidrs: Sequence[str]

    protect_cluster: bool
    """Whether Pulumi refuses to delete or replace a new cluster, its key and its network."""

    vpc_endpoints: Sequence[EndpointService]

    namespace: str
    """Namespace of the agent and the sample services."""

    create_namespace: bool

    credential_source: CredentialSource
    """How the agent's pods get AWS credentials."""

    assume_role_arn: str | None
    """Role, of another account for example, that writes the traces."""

    policy_name: str | None

    permissions_boundary: str | None
    """ARN of the IAM policy that bounds what the stack's roles may do."""

    role_path: str | None
    """IAM path of the stack's roles and of the agent's policy; a change replaces them, and with
    them a new cluster."""

    agent: AgentKind
    """What runs on each node behind the address that traces are sent to."""

    image_source: ImageSource | None
    daemon_version: str
    daemon_digest: str | None
    collector_version: str
    collector_digest: str | None
    repository_name: str | None
    pull_accounts: Sequence[str]
    host_port: bool
    log_level: LogLevel
    memory_limit_mib: int
    collector_memory_limit_mib: int

    platform: Platform
    """What the pods of agent, gateway and sample services are given alike."""

    node_selector: Mapping[str, str]
    priority_class: str | None

    ip_family: IpFamily
    """IP addresses of the agent and its Service."""

    traffic_distribution: TrafficDistribution
    """Which agent a pod's traces go to."""

    ingress_namespaces: Sequence[str]
    proxy_url: str | None
    no_proxy: Sequence[str]
    extra_arguments: Sequence[str]
    labels: Mapping[str, str]
    pod_annotations: Mapping[str, str]
    collector_exporter: CollectorExporter

    transaction_search: TransactionSearchMode | None
    """Who enables CloudWatch Transaction Search; unset, nobody does."""

    indexing_percent: float
    gateway_replicas: int
    tail_sampling: TailSampling | None
    indexed_attributes: Sequence[str]
    sampling_rules: Sequence[SamplingRule]
    trace_groups: Sequence[TraceGroup]

    sample_services: bool
    """Whether to deploy the two sample services."""

    sample_image: str | None
    sample_delay_milliseconds: int
    sample_fault_percent: int
    sample_plugins: Sequence[str]
    service_a_tracing: Tracing
    service_b_tracing: Tracing

    trace_canary: bool
    """Whether each node sends a marked trace a minute, and alarms ring when one does not arrive."""

    canary_nodes: int
    canary_late_seconds: float
    alarm_topic_arn: str | None
    prometheus_rule: bool

    tags: Mapping[str, str]
    """Tags for all taggable AWS resources, also those that make up a node, but not in Auto Mode."""

    def arguments_of(self, kind: type[T], *made: Component, **named: Component) -> T:
        """Returns the settings, and outputs of others, that a component's inputs are named as.

        Those of `daemon=…` are inputs such as `daemon_address`.
        """
        of = [("", each) for each in made] + [(f"{name}_", each) for name, each in named.items()]
        outputs = {f"{at}{e}": vars(each)[e] for at, each in of for e in type(each).__annotations__}
        known = {**vars(self), **outputs}
        return cast(T, {name: known[name] for name in kind.__annotations__ if name in known})

    def collector_image(self) -> DaemonImageArgs:
        """Returns the inputs of the image of the collector beside a daemon: it is never built."""
        name, source = self.repository_name, self.image_source
        return {
            **self.arguments_of(DaemonImageArgs),
            "agent": AgentKind.COLLECTOR,
            "image_source": ImageSource.MIRROR if source == ImageSource.BUILD else source,
            "repository_name": None if name is None else f"{name}-collector",
        }

    def daemon_release(self) -> tuple[int, ...]:
        """Returns the daemon's version as numbers, the lesser the older."""
        return tuple(int(part) for part in self.daemon_version.split("."))

    def image_source_used(self) -> ImageSource:
        """Returns where the image comes from: a daemon's is built, a collector's is mirrored."""
        return self.image_source or default_source(self.agent)

    def uses_existing_cluster(self) -> bool:
        """Returns whether the stack uses an existing cluster."""
        return self.cluster_name is not None or self.kubeconfig is not None
