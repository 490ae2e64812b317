"""The settings, their kinds and their defaults. Pulumi.yaml declares the same for the CLI."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from components import (
    Backend,
    CollectorExporter,
    Credentials,
    ImageSource,
    IpFamily,
    LogLevel,
    Routing,
    Tracing,
)
from components.agent.agents import DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB, DEFAULT_COLLECTOR_VERSION
from components.agent.trace_daemon import DEFAULT_MEMORY_LIMIT_MIB
from components.image.daemon_image import DEFAULT_DAEMON_VERSION, default_source
from components.xray.transaction_search import DEFAULT_INDEXING_PERCENT

from . import collector_fields, daemon_fields, fields, kubernetes_fields
from .cluster_model import ClusterSettings
from .collector_fields import TransactionSearchMode
from .fields import MustBe
from .sampling_model import SamplingRuleSettings, TailSamplingSettings, TraceGroupSettings

LIMIT_OF_RULES = 25
"""Sampling rules of one's own in a region, and groups in an account (X-Ray quotas)."""


def _none_where_empty(value: Any) -> Any:
    """Pulumi's CLI wants a value for every declared key: an empty object is how one is left out."""
    return None if value == {} else value


class Settings(ClusterSettings):
    """Everything that a stack can be told."""

    namespace: kubernetes_fields.Namespace = "xray"
    """Namespace of the daemon and the sample services."""

    credentials: Annotated[
        Credentials, Field(strict=False), MustBe("pod-identity, irsa or node-role")
    ] = Credentials.POD_IDENTITY
    """Who holds the right to write traces."""

    assume_role_arn: fields.RoleArn | None = None
    """Role, of another account for example, that writes the traces."""

    policy_name: fields.PolicyName | None = None
    """Name of the IAM policy; none lets Pulumi make one."""

    backend: Annotated[Backend, Field(strict=False), MustBe("daemon or collector")] = Backend.DAEMON
    """What stands behind the address that traces are sent to."""

    image_source: Annotated[
        Annotated[ImageSource, Field(strict=False)] | None, MustBe("build, mirror or public")
    ] = None
    """Where the image of the daemon or the collector comes from; see `image_source_used`."""

    daemon_version: fields.DaemonVersion = DEFAULT_DAEMON_VERSION
    """Version of the X-Ray daemon."""

    daemon_digest: fields.Digest | None = None
    """Digest of AWS's public image of that version; none takes what its tag leads to."""

    collector_version: collector_fields.CollectorVersion = DEFAULT_COLLECTOR_VERSION
    """Version of the collector, as AWS Distro for OpenTelemetry counts them."""

    collector_digest: fields.Digest | None = None
    """Digest of AWS's public image of that version; none takes what its tag leads to."""

    repository_name: fields.RepositoryName | None = None
    """Name of the daemon's ECR repository; none lets Pulumi make one."""

    pull_accounts: fields.AccountNumbers = Field(default_factory=list)
    """Other AWS accounts that may pull the daemon's image from ECR."""

    host_port: fields.Flag = False
    """Whether the daemon also answers on the node's own port 2000."""

    log_level: Annotated[LogLevel, Field(strict=False), MustBe("debug, info, warn or error")] = (
        LogLevel.WARN
    )
    """Least severity that the daemon logs."""

    memory_limit_mebibytes: fields.MemoryMebibytes = DEFAULT_MEMORY_LIMIT_MIB
    """Memory limit of the daemon, in MiB."""

    collector_memory_limit_mebibytes: collector_fields.MemoryMebibytes = (
        DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB
    )
    """Memory limit of the collector, in MiB."""

    node_selector: kubernetes_fields.NodeSelector = Field(default_factory=dict)
    """Labels of the nodes that get a daemon, beside Linux."""

    priority_class: kubernetes_fields.PriorityClass | None = None
    """Priority class of the daemon's pods."""

    ip_family: Annotated[IpFamily, Field(strict=False), MustBe("ipv4, ipv6 or dual-stack")] = (
        IpFamily.IPV4
    )
    """IP addresses of the daemon and its Service."""

    routing: Annotated[Routing, Field(strict=False), MustBe("node, prefer-node or prefer-zone")] = (
        Routing.NODE
    )
    """Which daemon a pod's traces go to."""

    ingress_namespaces: kubernetes_fields.Namespaces = Field(default_factory=list)
    """Namespaces whose pods may send traces; none stands for all."""

    proxy_url: daemon_fields.ProxyUrl | None = None
    """HTTP proxy on the daemon's way to AWS."""

    no_proxy: daemon_fields.NoProxy = Field(default_factory=list)
    """Hosts that are reached without that proxy, beside those of the cluster."""

    extra_arguments: daemon_fields.ExtraArguments = Field(default_factory=list)
    """More arguments of the daemon's command line."""

    labels: kubernetes_fields.Labels = Field(default_factory=dict)
    """More labels of the daemon's objects and pods."""

    pod_annotations: kubernetes_fields.Annotations = Field(default_factory=dict)
    """More annotations of the daemon's pods."""

    collector_exporter: Annotated[
        CollectorExporter, Field(strict=False), MustBe("xray or otlp")
    ] = CollectorExporter.XRAY
    """Which of X-Ray's interfaces the collector sends traces to."""

    transaction_search: Annotated[
        Annotated[TransactionSearchMode, Field(strict=False)] | None,
        MustBe("declare or existing"),
    ] = None
    """Who turns CloudWatch Transaction Search on; none where nobody does."""

    indexing_percent: collector_fields.SharePercent = DEFAULT_INDEXING_PERCENT
    """Share of spans that X-Ray indexes, in percent, where `transaction_search` is `declare`."""

    gateway_replicas: collector_fields.GatewayReplicas = 0
    """Pods of a gateway that the collectors of all nodes hand whole traces to; 0 for none."""

    tail_sampling: Annotated[
        TailSamplingSettings | None,
        BeforeValidator(_none_where_empty),
        MustBe("an object with percent"),
    ] = None
    """Which whole traces the gateway keeps; none where it keeps all."""

    indexed_attributes: collector_fields.AttributeNames = Field(default_factory=list)
    """Attributes of spans that become annotations of X-Ray's."""

    sampling_rules: Annotated[
        list[SamplingRuleSettings],
        Field(max_length=LIMIT_OF_RULES),
        MustBe(f"an array of at most {LIMIT_OF_RULES} sampling rules"),
    ] = Field(default_factory=list)
    """X-Ray sampling rules."""

    trace_groups: Annotated[
        list[TraceGroupSettings],
        Field(max_length=LIMIT_OF_RULES),
        MustBe(f"an array of at most {LIMIT_OF_RULES} groups"),
    ] = Field(default_factory=list)
    """X-Ray groups."""

    sample_services: fields.Flag = True
    """Whether the two sample services are deployed."""

    sample_image: fields.ImageReference | None = None
    """Image of the sample services; none builds one."""

    sample_delay_milliseconds: fields.Milliseconds = 200
    """Service-B waits up to this long before it answers."""

    sample_fault_percent: fields.Percent = 5
    """Share of requests that Service-B fails, in percent."""

    sample_plugins: Annotated[
        list[Annotated[str, Field(pattern=r"^(EC2Plugin|ECSPlugin)$")]],
        MustBe("an array of EC2Plugin, ECSPlugin or both"),
    ] = Field(default_factory=list)
    """Plugins of the X-Ray SDK in the sample services."""

    service_a_tracing: Annotated[
        Tracing, Field(strict=False), MustBe("xray-sdk or opentelemetry")
    ] = Tracing.XRAY_SDK
    """Library that Service-A is traced by."""

    service_b_tracing: Annotated[
        Tracing, Field(strict=False), MustBe("xray-sdk or opentelemetry")
    ] = Tracing.XRAY_SDK
    """Library that Service-B is traced by."""

    tags: fields.Tags = Field(default_factory=dict)
    """Tags of every AWS resource that can have some."""

    def daemon_release(self) -> tuple[int, ...]:
        """Returns the daemon's version as numbers, the lesser the older."""
        return tuple(int(part) for part in self.daemon_version.split("."))

    def image_source_used(self) -> ImageSource:
        """Returns where the image comes from: a daemon's is built, a collector's is mirrored."""
        return self.image_source or default_source(self.backend)

    def image_digest(self) -> str | None:
        """Returns the digest of AWS's public image of what runs on each node, if one is given."""
        return self.daemon_digest if self.backend == Backend.DAEMON else self.collector_digest

    def memory_limit(self) -> int:
        """Returns the memory limit of what runs on each node, in MiB."""
        if self.backend == Backend.DAEMON:
            return self.memory_limit_mebibytes
        return self.collector_memory_limit_mebibytes
