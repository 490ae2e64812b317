"""The settings, their kinds and their defaults. Pulumi.yaml declares the same for the CLI."""

from typing import Annotated

from pydantic import AfterValidator, Field

from components import (
    Architecture,
    Credentials,
    EndpointService,
    ImageSource,
    IpFamily,
    LogLevel,
    Routing,
)
from components.architecture import DEFAULT_INSTANCE_TYPES
from components.daemon_image import DEFAULT_DAEMON_VERSION
from components.trace_daemon import DEFAULT_MEMORY_LIMIT_MIB

from . import daemon_fields, fields, kubernetes_fields
from .fields import MustBe
from .sampling_model import SamplingRuleSettings, TraceGroupSettings
from .strict_model import StrictModel

EVERYBODY = "0.0.0.0/0"
"""Every IPv4 address."""

LIMIT_OF_RULES = 25
"""Sampling rules of one's own in a region, and groups in an account (X-Ray quotas)."""


class Settings(StrictModel):
    """Everything that a stack can be told."""

    region: Annotated[fields.Region, Field(alias="aws:region")]
    """AWS region of everything."""

    cluster_name: fields.ClusterName | None = None
    """EKS cluster to add tracing to; none makes a new one."""

    kubeconfig: kubernetes_fields.Kubeconfig | None = None
    """Kubeconfig of any other cluster to add tracing to."""

    node_role_name: fields.RoleName | None = None
    """Node role of a cluster that exists, for `node-role` credentials."""

    oidc_provider_arn: fields.OidcProviderArn | None = None
    """OIDC provider of the cluster behind `kubeconfig`, for `irsa` credentials."""

    check_pod_identity_agent: fields.Flag = True
    """Whether an adopted cluster must have EKS's add-on of the Pod Identity agent."""

    kubernetes_version: kubernetes_fields.KubernetesVersion | None = None
    """Kubernetes version of a new cluster; none takes EKS's own."""

    auto_mode: fields.Flag = False
    """Whether EKS runs a new cluster's nodes."""

    architectures: Annotated[
        list[Annotated[Architecture, Field(strict=False)]],
        Field(min_length=1, max_length=2),
        AfterValidator(fields.distinct),
        MustBe("an array of amd64, arm64 or both"),
    ] = Field(default_factory=lambda: [Architecture.AMD64])
    """Architectures of the nodes, and of the images that are built."""

    node_instance_types: fields.InstanceTypes = Field(default_factory=list)
    """EC2 instance types of a new cluster's nodes; none takes a small one of each architecture."""

    node_count: fields.NodeCount = 2
    """Nodes of each node group of a new cluster."""

    subnet_ids: fields.SubnetIds = Field(default_factory=list)
    """Subnets for a new cluster; none takes the default VPC's."""

    private_network: fields.Flag = False
    """Whether a VPC with private nodes is made for a new cluster."""

    public_access_cidrs: fields.Cidrs = Field(default_factory=lambda: [EVERYBODY])
    """Who reaches a new cluster's API server from outside its VPC."""

    vpc_endpoints: Annotated[
        list[Annotated[EndpointService, Field(strict=False)]],
        AfterValidator(fields.distinct),
        MustBe("an array of xray, sts, eks-auth, ecr and ec2, each at most once"),
    ] = Field(default_factory=list)
    """AWS services that get a private endpoint in the cluster's VPC."""

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

    image_source: Annotated[ImageSource, Field(strict=False), MustBe("build, mirror or public")] = (
        ImageSource.BUILD
    )
    """Where the daemon's image comes from."""

    daemon_version: fields.DaemonVersion = DEFAULT_DAEMON_VERSION
    """Version of the X-Ray daemon."""

    daemon_digest: fields.Digest | None = None
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

    tags: fields.Tags = Field(default_factory=dict)
    """Tags of every AWS resource that can have some."""

    def instance_types(self) -> list[str]:
        """Returns the EC2 instance types of a new cluster's nodes."""
        return self.node_instance_types or [
            DEFAULT_INSTANCE_TYPES[each] for each in self.architectures
        ]

    def is_adopted(self) -> bool:
        """Returns whether the cluster is one that exists."""
        return self.cluster_name is not None or self.kubeconfig is not None

    def daemon_release(self) -> tuple[int, ...]:
        """Returns the daemon's version as numbers, the lesser the older."""
        return tuple(int(part) for part in self.daemon_version.split("."))
