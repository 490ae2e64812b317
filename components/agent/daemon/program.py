"""The pod template of the X-Ray daemon, as plain Kubernetes objects.

Plain functions: a test calls them with strings, the component with Pulumi's inputs.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    EnvVarArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
)

from ..pod.drain import GATE_PORT, readiness_gate
from ..pod.ip_family import IpFamily, any_address, own_address
from ..pod.node_pod import node_pod_spec
from ..pod.resources import container_resources
from ..pod.security import RESTRICTED_CONTAINER
from .command import (
    DAEMON_PORT,
    MINIMUM_BUFFER_MIB,
    LogLevel,
    buffer_mib,
    daemon_arguments,
    daemon_environment,
)
from .ports import daemon_ports

FLUSH_SECONDS: Final = 15
"""How long a stopping daemon may take to send what it has: two attempts of 2 seconds each for
every batch, 8 batches at once (aws/aws-xray-daemon, pkg/cfg/cfg.go)."""


def daemon_pod_spec(
    *,
    image: pulumi.Input[str],
    region: pulumi.Input[str],
    service_account: pulumi.Input[str],
    memory_limit_mib: int,
    log_level: LogLevel = LogLevel.WARN,
    host_port: bool = False,
    ip_family: IpFamily = IpFamily.IPV4,
    environment: Sequence[EnvVarArgsDict] = (),
    extra_arguments: Sequence[pulumi.Input[str]] = (),
    assume_role_arn: pulumi.Input[str] | None = None,
    architectures: pulumi.Input[Sequence[str]] | None = None,
    node_selector: Mapping[str, pulumi.Input[str]] | None = None,
    priority_class: pulumi.Input[str] | None = None,
) -> PodSpecArgsDict:
    """Returns the daemon's pod, which Kubernetes' `restricted` level admits.

    Args:
        image: The daemon's image.
        region: The AWS region that traces are sent to.
        service_account: The pod's service account.
        memory_limit_mib: Memory limit of the daemon, in MiB.
        log_level: Least severity that is logged.
        host_port: Whether the node's own port 2000 leads to the daemon too; only the
            `privileged` level admits that. Two such pods can't share a node, so that there is no
            other to lead traces to while one stops: the pod has no readiness gate.
        ip_family: What it listens on.
        environment: More variables.
        extra_arguments: More arguments of the daemon.
        assume_role_arn: The role that writes the traces; none writes them as the pod itself.
        architectures: Those of the nodes that can run the image; none stands for any.
        node_selector: Labels of the nodes that get a pod, beside Linux; none stands for all.
        priority_class: Name of the pod's priority class.
    """
    daemon: ContainerArgsDict = {
        "name": "xray-daemon",
        "image": image,
        "args": daemon_arguments(
            segments_address=any_address(ip_family, DAEMON_PORT),
            proxy_address=any_address(ip_family, DAEMON_PORT),
            region=region,
            buffer_mib=buffer_mib(memory_limit_mib),
            log_level=log_level,
            assume_role_arn=assume_role_arn,
            extra=extra_arguments,
        ),
        "env": [*daemon_environment(region, memory_limit_mib), *environment],
        "ports": daemon_ports(host_port),
        "resources": container_resources(
            cpu="50m",
            cpu_limit="1",
            memory_mib=memory_limit_mib // 2,
            memory_limit_mib=memory_limit_mib,
        ),
        "startup_probe": _opens_port(period_seconds=1, failure_threshold=30),
        "readiness_probe": _opens_port(period_seconds=5, failure_threshold=3),
        "liveness_probe": _opens_port(period_seconds=10, failure_threshold=3),
        "security_context": RESTRICTED_CONTAINER,
    }
    return node_pod_spec(
        daemon,
        None if host_port else _gate(image, region, ip_family),
        service_account=service_account,
        flush_seconds=FLUSH_SECONDS,
        architectures=architectures,
        node_selector=node_selector,
        priority_class=priority_class,
    )


def _gate(
    image: pulumi.Input[str], region: pulumi.Input[str], ip_family: IpFamily
) -> ContainerArgsDict:
    """The daemon a second time: without segments, it asks nothing of AWS."""
    arguments = daemon_arguments(
        segments_address=own_address(ip_family, GATE_PORT),
        proxy_address=any_address(ip_family, GATE_PORT),
        region=region,
        buffer_mib=MINIMUM_BUFFER_MIB,
        log_level=LogLevel.ERROR,
    )
    return readiness_gate(image, arguments)


def _opens_port(*, period_seconds: int, failure_threshold: int) -> ProbeArgsDict:
    """An HTTP probe would be signed and forwarded to AWS; an open port says enough."""
    return {
        "tcp_socket": {"port": "proxy"},
        "period_seconds": period_seconds,
        "failure_threshold": failure_threshold,
    }
