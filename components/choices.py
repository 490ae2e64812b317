"""The choices that inputs offer."""

from enum import Enum
from typing import Final


class AgentKind(str, Enum):
    """The program that takes traces from applications on each node and sends them to X-Ray."""

    DAEMON = "daemon"
    """The X-Ray daemon: takes what the X-Ray SDKs send, as it is."""

    COLLECTOR = "collector"
    """An OpenTelemetry Collector: takes what the X-Ray SDKs and the OpenTelemetry SDKs send."""

    BOTH = "both"
    """Both in one pod: the daemon takes what the X-Ray SDKs send, as it is, and the collector what
    the OpenTelemetry SDKs send."""


DEFAULT_AGENT: Final = AgentKind.DAEMON


class CredentialSource(str, Enum):
    """How the agent's pods get AWS credentials."""

    POD_IDENTITY = "pod-identity"
    """A role of their own through EKS Pod Identity: only the agent's pods can write traces."""

    IRSA = "irsa"
    """A role of their own through the cluster's OIDC provider, without Pod Identity."""

    NODE_ROLE = "node-role"
    """The worker nodes' role, as in the AWS blog post: every pod on the nodes can write traces."""


DEFAULT_CREDENTIAL_SOURCE: Final = CredentialSource.POD_IDENTITY


class UpgradePolicy(str, Enum):
    """What EKS does once standard support of a cluster's Kubernetes version has ended."""

    STANDARD = "standard"
    """Updates the control plane to the next version; then raise `kubernetesVersion` yourself."""

    EXTENDED = "extended"
    """Leaves it for a year, at six times the price."""


class LogLevel(str, Enum):
    """Least severity that the agent logs."""

    DEBUG = "debug"
    """Everything."""

    INFO = "info"
    """Each batch that is sent, and all below."""

    WARN = "warn"
    """What may go wrong, and all below."""

    ERROR = "error"
    """What went wrong."""


class IpFamily(str, Enum):
    """IP addresses of a cluster's pods and Services."""

    IPV4 = "ipv4"
    """IPv4 alone."""

    IPV6 = "ipv6"
    """IPv6 alone, as in an EKS cluster made for it."""

    DUAL_STACK = "dual-stack"
    """Both; the Service has an address of each."""


class TrafficDistribution(str, Enum):
    """Which agent the Service sends a pod's traces to."""

    NODE = "node"
    """The one on the pod's own node, and no other: while that is down, traces are lost."""

    PREFER_NODE = "prefer-node"
    """That one while it is ready, else any; Kubernetes 1.34 and newer."""

    PREFER_ZONE = "prefer-zone"
    """Any in the pod's own zone while there is one, else any; Kubernetes 1.31 and newer."""


class CollectorExporter(str, Enum):
    """Which X-Ray interface a collector sends traces to."""

    XRAY = "xray"
    """PutTraceSegments, as the daemon does: spans become segments on their way."""

    OTLP = "otlp"
    """The OTLP endpoint, which takes spans as they are; it needs Transaction Search."""


class Tracing(str, Enum):
    """The library that an application is traced by."""

    XRAY_SDK = "xray-sdk"
    """An X-Ray SDK, which sends segments to UDP 2000."""

    OPENTELEMETRY = "opentelemetry"
    """An OpenTelemetry SDK, which sends spans to a collector by OTLP."""
