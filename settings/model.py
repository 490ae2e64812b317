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
    EndpointService,
    ImageSource,
    IpFamily,
    LogLevel,
    SamplingRule,
    TailSampling,
    TraceGroup,
    Tracing,
    TrafficDistribution,
)
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
    """Stack configuration."""

    region: str
    """AWS region of everything."""

    cluster_name: str | None
    """Name of an existing EKS cluster to use; unset, a new one is made."""

    kubeconfig: str | None
    """Kubeconfig of any other existing cluster to use; set it with `--secret`."""

    node_role_name: str | None
    """Node role of an existing cluster, for the credential source `node-role`."""

    oidc_provider_arn: str | None
    """OIDC provider of the cluster behind `kubeconfig`, for the credential source `irsa`."""

    check_pod_identity_agent: bool
    """Whether an existing cluster must have the EKS Pod Identity Agent add-on."""

    kubernetes_version: str | None
    """Kubernetes version of a new cluster; unset, the EKS default at the time."""

    auto_mode: bool
    """Whether EKS Auto Mode runs the nodes of a new cluster."""

    architectures: Sequence[Architecture]
    """Architectures of the nodes, and of the images that are built."""

    node_instance_types: Sequence[str]
    """EC2 instance types of a new cluster's nodes; empty, a small one of each architecture."""

    node_count: int
    """Nodes in each node group of a new cluster."""

    subnet_ids: Sequence[str]
    """Subnets for a new cluster; empty, those of the default VPC."""

    private_network: bool
    """Whether to make a VPC with private nodes for a new cluster."""

    public_access_cidrs: Sequence[str]
    """IPv4 networks that reach a new cluster's API server from outside its VPC; empty, none."""

    protect_cluster: bool
    """Whether Pulumi refuses to delete or replace a new cluster, its key and its network."""

    vpc_endpoints: Sequence[EndpointService]
    """AWS services that get a private endpoint in the cluster's VPC."""

    namespace: str
    """Namespace of the agent and the sample services."""

    credential_source: CredentialSource
    """How the agent's pods get AWS credentials."""

    assume_role_arn: str | None
    """Role, of another account for example, that writes the traces."""

    policy_name: str | None
    """Name of the IAM policy; unset, Pulumi makes one."""

    agent: AgentKind
    """What runs on each node behind the address that traces are sent to."""

    image_source: ImageSource | None
    """Where the agent's image comes from; unset, `build` for the daemon, `mirror` for a
    collector."""

    daemon_version: str
    """Version of the X-Ray daemon."""

    daemon_digest: str | None
    """Digest of AWS's public image of that version; unset, whatever its tag leads to."""

    collector_version: str
    """Version of the collector, as AWS Distro for OpenTelemetry counts them."""

    collector_digest: str | None
    """Digest of AWS's public image of that version; unset, whatever its tag leads to."""

    repository_name: str | None
    """Name of the agent's ECR repository; unset, Pulumi makes one."""

    pull_accounts: Sequence[str]
    """Other AWS accounts that may pull the agent's image from ECR."""

    host_port: bool
    """Whether the agent also listens on port 2000 of the node."""

    log_level: LogLevel
    """Least severity that the agent logs."""

    memory_limit_mib: int
    """Memory limit of the daemon, in MiB."""

    collector_memory_limit_mib: int
    """Memory limit of the collector, in MiB."""

    node_selector: Mapping[str, str]
    """Labels of the nodes that get an agent, beside Linux."""

    priority_class: str | None
    """Priority class of the agent's pods."""

    ip_family: IpFamily
    """IP addresses of the agent and its Service."""

    traffic_distribution: TrafficDistribution
    """Which agent a pod's traces go to."""

    ingress_namespaces: Sequence[str]
    """Namespaces whose pods may send traces; empty, all of them."""

    proxy_url: str | None
    """HTTP proxy on the agent's way to AWS."""

    no_proxy: Sequence[str]
    """Hosts that are reached without that proxy, beside those of the cluster."""

    extra_arguments: Sequence[str]
    """More arguments of the daemon's command line."""

    labels: Mapping[str, str]
    """More labels of the agent's objects and pods."""

    pod_annotations: Mapping[str, str]
    """More annotations of the agent's pods."""

    collector_exporter: CollectorExporter
    """Which X-Ray interface the collector sends traces to."""

    transaction_search: TransactionSearchMode | None
    """Who enables CloudWatch Transaction Search; unset, nobody does."""

    indexing_percent: float
    """Share of spans that X-Ray indexes, in percent, when this stack enables Transaction Search."""

    gateway_replicas: int
    """Pods of a gateway that the collectors of all nodes hand whole traces to; 0 for none."""

    tail_sampling: TailSampling | None
    """Which whole traces the gateway keeps; unset, all of them."""

    indexed_attributes: Sequence[str]
    """Attributes of spans that become X-Ray annotations."""

    sampling_rules: Sequence[SamplingRule]
    """X-Ray sampling rules."""

    trace_groups: Sequence[TraceGroup]
    """X-Ray groups."""

    sample_services: bool
    """Whether to deploy the two sample services."""

    sample_image: str | None
    """Image of the sample services; unset, one is built."""

    sample_delay_milliseconds: int
    """Service-B waits up to this long before it answers, in milliseconds."""

    sample_fault_percent: int
    """Share of requests that Service-B fails, in percent."""

    sample_plugins: Sequence[str]
    """Plugins of the X-Ray SDK in the sample services."""

    service_a_tracing: Tracing
    """Library that Service-A is traced by."""

    service_b_tracing: Tracing
    """Library that Service-B is traced by."""

    tags: Mapping[str, str]
    """Tags for all taggable AWS resources."""

    def arguments_of(self, kind: type[T]) -> T:
        """Returns those settings that a component's inputs have by the same name."""
        names = kind.__annotations__
        return cast(T, {name: value for name, value in vars(self).items() if name in names})

    def daemon_release(self) -> tuple[int, ...]:
        """Returns the daemon's version as numbers, the lesser the older."""
        return tuple(int(part) for part in self.daemon_version.split("."))

    def image_source_used(self) -> ImageSource:
        """Returns where the image comes from: a daemon's is built, a collector's is mirrored."""
        return self.image_source or default_source(self.agent)

    def uses_existing_cluster(self) -> bool:
        """Returns whether the stack uses an existing cluster."""
        return self.cluster_name is not None or self.kubeconfig is not None
