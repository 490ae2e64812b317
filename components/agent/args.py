"""The inputs of `TraceDaemon`."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final, NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from .. import aws_values, kubernetes_values
from ..choices import (
    DEFAULT_AGENT,
    DEFAULT_CREDENTIAL_SOURCE,
    AgentKind,
    CollectorExporter,
    CredentialSource,
    IpFamily,
    LogLevel,
    TrafficDistribution,
)
from ..constraints import Constraint, array, matching, whole
from ..inputs import Inputs
from .collector.tail_sampling import TAIL_SAMPLING, TailSampling
from .pod.platform import OF_PLATFORM, Platform

_FREE_FLAG: Final = re.compile(r"--?(a|resource-arn)=(?!-)[!-~]{1,500}")
"""The one flag of the daemon that neither `daemon_arguments` nor, for the proxy, the environment
sets, and that does not stop it (`--version`), hide its log (`-f`) or override both (`-c`)
(aws/aws-xray-daemon, cmd/tracing/daemon.go; X-Ray API reference, PutTelemetryRecords)."""


class NodePodArgs(TypedDict):
    """Inputs that `TraceDaemon` and `TraceCanary` share: pods on every node."""

    region: pulumi.Input[str]
    """AWS region that traces are sent to."""

    platform: NotRequired[Platform]
    """What all pods are given alike, the same as in `SampleServices`."""

    credential_source: NotRequired[CredentialSource]
    """How the pods get AWS credentials; opens the way there."""

    architectures: NotRequired[pulumi.Input[Sequence[str]] | None]
    """Architectures of the nodes that can run the image. Default: any."""

    node_selector: NotRequired[Mapping[str, str]]
    """Labels of the nodes that get an agent. Empty: every Linux node, whatever its taints."""

    ip_family: NotRequired[IpFamily]
    """IP addresses of the agent and its Service."""

    proxy_url: NotRequired[str | None]
    """HTTP proxy on the agent's way to AWS. Default: none."""

    no_proxy: NotRequired[Sequence[str]]
    """Hosts that are reached without that proxy, beside those of the cluster."""

    prerequisites: NotRequired[Sequence[pulumi.Input[str]]]
    """Names or ARNs of what the pods rely on; the DaemonSet is made after them and names them."""


class TraceDaemonArgs(NodePodArgs):
    """Inputs of `TraceDaemon`."""

    image: pulumi.Input[str]
    """The agent's image, best by digest; of OpenTelemetry Collectors, from 0.153 on; of `both`, the
    daemon's."""

    collector_image: NotRequired[pulumi.Input[str] | None]
    """With the agent `both`, the image of its collector. Default: none."""

    namespace: NotRequired[str]
    """Namespace of everything here."""

    create_namespace: NotRequired[bool]
    """Create the namespace, with Pod Security labels; `default` and `kube-…` are never created.
    If false, it must exist, and stays as it is; a host port needs its level `privileged`."""

    agent: NotRequired[AgentKind]
    """What runs on each node and takes traces there."""

    host_port: NotRequired[bool]
    """Whether the agent also listens on port 2000 of the node."""

    log_level: NotRequired[LogLevel]
    """Least severity that the agent logs."""

    memory_limit_mib: NotRequired[int]
    """Memory limit of the daemon, in MiB; its buffer is derived from it."""

    collector_memory_limit_mib: NotRequired[int]
    """Memory limit of the collector, in MiB; its queue is derived from it."""

    service_account_annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """`WriteAccess.service_account_annotations`; with `irsa` they name the pods' role."""

    assume_role_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of a role, of another account for example, that writes the traces instead of the pods'
    own. Default: none."""

    priority_class: NotRequired[str | None]
    """Priority class of the agent's pods. Default: none."""

    traffic_distribution: NotRequired[TrafficDistribution]
    """Which agent a pod's traces go to."""

    ingress_namespaces: NotRequired[Sequence[str]]
    """Namespaces whose pods may send traces. Empty: all of them."""

    extra_arguments: NotRequired[Sequence[str]]
    """The daemon's flag `-a` or `--resource-arn`, the ARN that it names in its telemetry, and its
    value; a collector takes none."""

    labels: NotRequired[Mapping[str, str]]
    """More labels of the agent's objects and pods."""

    pod_annotations: NotRequired[Mapping[str, str]]
    """More annotations of the agent's pods."""

    collector_exporter: NotRequired[CollectorExporter]
    """Which X-Ray interface the collector sends traces to."""

    on_eks: NotRequired[bool]
    """Whether the cluster is an EKS cluster: segments of the X-Ray SDKs that pass through a
    collector say so then, whatever origin they came with."""

    indexed_attributes: NotRequired[Sequence[str]]
    """Span attributes that become X-Ray annotations; not with `otlp`. Empty: those that the spans
    name themselves, in their attribute `aws.xray.annotations`."""

    gateway_replicas: NotRequired[int]
    """Pods of a collector gateway in which all spans of a trace meet; 0 for no gateway."""

    gateway_memory_limit_mib: NotRequired[int]
    """Memory limit of each of them, in MiB."""

    tail_sampling: NotRequired[TailSampling | None]
    """Which whole traces the gateway keeps. Default: all of them."""


DEFAULTS: Final[Mapping[str, Any]] = {
    "namespace": "xray",
    "create_namespace": True,
    "agent": DEFAULT_AGENT,
    "host_port": False,
    "log_level": LogLevel.WARN,
    # Enough for 48 MiB of segments while X-Ray can't be reached.
    "memory_limit_mib": 128,
    "collector_memory_limit_mib": 384,
    "platform": {},
    "credential_source": DEFAULT_CREDENTIAL_SOURCE,
    "service_account_annotations": {},
    "node_selector": {},
    "ip_family": IpFamily.IPV4,
    "traffic_distribution": TrafficDistribution.NODE,
    "ingress_namespaces": (),
    "no_proxy": (),
    "extra_arguments": (),
    "labels": {},
    "pod_annotations": {},
    "collector_exporter": CollectorExporter.XRAY,
    "on_eks": True,
    "indexed_attributes": (),
    "gateway_replicas": 0,
    # Room for 16,000 traces that wait for their last spans.
    "gateway_memory_limit_mib": 1024,
    "prerequisites": (),
}

MINIMUM_COLLECTOR_MEMORY_MIB: Final = 192
"""Without a span, ADOT 0.49.0 has 122 MiB, 96 of them its program."""

_HOST: Final = r"[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?)*"
"""A host's name, or its IPv4 address."""

PROXY_PORTS: Final = {"http": 80, "https": 443}


def proxy_port(proxy_url: str) -> int:
    """Returns the TCP port of a proxy."""
    parts = urlsplit(proxy_url)
    return parts.port or PROXY_PORTS[parts.scheme]


def _host_or_network(value: str) -> object:
    return re.fullmatch(rf"\.?{_HOST}", value) or ip_network(value)


def _free_flags(arguments: Sequence[str]) -> bool:
    """As Go's `flag` reads them: with one dash or two, and the value after `=` or by itself."""
    rest = iter(arguments)
    flags = (each if "=" in each else f"{each}={next(rest, '')}" for each in rest)
    return all(map(_FREE_FLAG.fullmatch, flags))


PROXY_URL: Final = matching(
    rf"https?://({_HOST}|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{{0,4}})?",
    "http:// or https://, a host, and : and a port or none, without user, password or path",
    longest=300,
    also=proxy_port,
    secret=True,
)

CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "region": aws_values.REGION,
    "namespace": kubernetes_values.NAMESPACE,
    "memory_limit_mib": whole(64, 4096, "a whole number of MiB"),
    "collector_memory_limit_mib": whole(
        MINIMUM_COLLECTOR_MEMORY_MIB, 8192, "a whole number of MiB"
    ),
    "platform": OF_PLATFORM,
    "assume_role_arn": aws_values.ROLE_ARN,
    "node_selector": kubernetes_values.NODE_SELECTOR,
    "priority_class": kubernetes_values.PRIORITY_CLASS,
    "ingress_namespaces": kubernetes_values.NAMESPACES,
    "proxy_url": PROXY_URL,
    "no_proxy": array(
        "an array of hosts, domains such as .example.com, and networks such as 10.0.0.0/8",
        matching(
            r"[0-9A-Za-z.:-]+(/[0-9]{1,3})?",
            "",
            longest=kubernetes_values.LONGEST_DOMAIN,
            also=_host_or_network,
        ),
    ),
    "extra_arguments": Constraint(
        'an array of -a or --resource-arn and its value, such as ["-a", "arn:aws:…"]: other flags '
        "are for other settings, or stop the daemon",
        _free_flags,
    ),
    "labels": kubernetes_values.LABELS,
    "pod_annotations": kubernetes_values.ANNOTATIONS,
    "indexed_attributes": array(
        "an array of OpenTelemetry attributes, names of 1 to 500 characters without spaces",
        matching(r"\S{1,500}", ""),
    ),
    "gateway_replicas": Constraint(
        "a whole number from 0, for no gateway, to 50", lambda value: 0 <= value <= 50
    ),
    "gateway_memory_limit_mib": whole(
        MINIMUM_COLLECTOR_MEMORY_MIB, 65_536, "a whole number of MiB"
    ),
    "tail_sampling": Constraint("an object with percent", lambda _: True, inside=TAIL_SAMPLING),
}

TRACE_DAEMON: Final = Inputs(TraceDaemonArgs, DEFAULTS, CONSTRAINTS)
