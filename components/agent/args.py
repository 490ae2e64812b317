"""The inputs of `TraceDaemon`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from ..access.credentials import Credentials
from .agents import Backend, CollectorExporter
from .collector.tail_sampling import TailSampling
from .daemon.command import LogLevel
from .pod.ip_family import IpFamily
from .service import Routing


class CollectorArgs(TypedDict):
    """What a collector can be told beside what the daemon can."""

    exporter: NotRequired[CollectorExporter]
    """Which of AWS X-Ray's interfaces it sends to. Default: `xray`."""

    on_eks: NotRequired[bool]
    """Whether the cluster is EKS's: segments of X-Ray's SDKs say so then, whatever origin they came
    with. Default: yes."""

    indexed_attributes: NotRequired[Sequence[str]]
    """Span attributes that become X-Ray's annotations; not with `otlp`. Default: those that the
    spans name themselves, in their attribute `aws.xray.annotations`."""

    gateway_replicas: NotRequired[int]
    """Pods of a gateway that all spans of a trace meet in. Default: none, no gateway."""

    gateway_memory_limit_mib: NotRequired[int]
    """Memory limit of each of them, in MiB. Default: 1024."""

    tail_sampling: NotRequired[TailSampling | None]
    """Which traces the gateway keeps. Default: all."""


class TraceDaemonArgs(TypedDict):
    """Inputs of `TraceDaemon`."""

    image: pulumi.Input[str]
    """The image of what runs on each node, best by digest."""

    region: pulumi.Input[str]
    """AWS region that traces are sent to."""

    namespace: NotRequired[str]
    """Namespace of everything here; made unless every cluster has it. Default: `xray`."""

    backend: NotRequired[Backend]
    """What runs on each node, and takes traces there. Default: `daemon`."""

    collector: NotRequired[CollectorArgs]
    """What a collector does beside what the daemon does. Default: nothing more."""

    host_port: NotRequired[bool]
    """Whether the daemon also answers on the node's own port 2000. Default: no."""

    log_level: NotRequired[LogLevel]
    """Least severity that the daemon logs. Default: `warn`."""

    memory_limit_mib: NotRequired[int]
    """Memory limit, in MiB; the buffer is derived from it. Default: 128, of a collector 384."""

    credentials: NotRequired[Credentials]
    """How the pods come by AWS credentials; opens the way there. Default: `pod-identity`."""

    service_account_annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """`WriteAccess.service_account_annotations`. Default: none."""

    assume_role_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of a role, of another account for example, that writes the traces in the place of the
    pods' own. Default: none."""

    architectures: NotRequired[pulumi.Input[Sequence[str]] | None]
    """Architectures of the nodes that can run the image. Default: any."""

    node_selector: NotRequired[Mapping[str, str]]
    """Labels of the nodes that get a daemon. Default: every Linux node, whatever its taints."""

    priority_class: NotRequired[str | None]
    """Priority class of the pods. Default: none."""

    ip_family: NotRequired[IpFamily]
    """IP addresses of the daemon and its Service. Default: `ipv4`."""

    routing: NotRequired[Routing]
    """Which daemon a pod's traces go to. Default: `node`, that of the pod's own node."""

    ingress_namespaces: NotRequired[Sequence[str] | None]
    """Namespaces whose pods may send traces. Default: all."""

    proxy_url: NotRequired[str | None]
    """HTTP proxy on the way to AWS. Default: none."""

    no_proxy: NotRequired[Sequence[str]]
    """Hosts that are reached without that proxy, beside those of the cluster. Default: none."""

    extra_arguments: NotRequired[Sequence[str]]
    """More arguments of the daemon's command line; a collector has none. Default: none."""

    labels: NotRequired[Mapping[str, str]]
    """More labels of every object and of the pods. Default: none."""

    pod_annotations: NotRequired[Mapping[str, str]]
    """More annotations of the pods. Default: none."""

    prerequisites: NotRequired[Sequence[pulumi.Input[str]]]
    """Names or ARNs of what the pods rely on; the DaemonSet is made after them and names them."""
