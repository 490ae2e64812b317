"""What containers ask of a node, and the security contexts that the level `restricted` admits."""

from typing import Final

from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    PodSecurityContextArgsDict,
    ProbeArgsDict,
    ResourceRequirementsArgsDict,
    SecurityContextArgsDict,
)

from .platform import Platform


def container_resources(
    platform: Platform, memory_limit_mib: int, *, cpu_millicores: int = 50
) -> ResourceRequirementsArgsDict:
    """Returns a container's requests and limits.

    The limit of CPU is by default far above what the container uses: one that was reached would
    hold up what arrives by UDP, which is lost then. Logs count as ephemeral storage; the kubelet
    keeps 50 MiB of them (containerLogMaxSize times containerLogMaxFiles).
    """
    cpu = platform["cpu_request_millicores"] or cpu_millicores
    cpu_limit = platform["cpu_limit_millicores"]
    memory_mib = memory_limit_mib * platform["memory_request_percent"] // 100
    return {
        "requests": {"cpu": _cpus(cpu), "memory": f"{memory_mib}Mi", "ephemeral-storage": "16Mi"},
        "limits": {
            # Kubernetes refuses one below the request.
            **({"cpu": _cpus(max(cpu, cpu_limit))} if cpu_limit else {}),
            "memory": f"{memory_limit_mib}Mi",
            "ephemeral-storage": "128Mi",
        },
    }


def _cpus(millicores: int) -> str:
    """Returns a quantity as Kubernetes writes it."""
    return f"{millicores}m" if millicores % 1000 else f"{millicores // 1000}"


def go_memory_limit(memory_limit_mib: int) -> str:
    """Returns `GOMEMLIMIT` for a container's limit: nine tenths, the rest is not Go's heap."""
    return f"{memory_limit_mib * 9 // 10}MiB"


RESTRICTED_CONTAINER: Final[SecurityContextArgsDict] = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""A container that writes nowhere and has no privilege to gain."""


def probed(container: ContainerArgsDict, probe: ProbeArgsDict) -> ContainerArgsDict:
    """Returns an agent's container with the probes that find out whether it takes traces."""
    return {
        **container,
        "startup_probe": {**probe, "period_seconds": 1, "failure_threshold": 30},
        "readiness_probe": {**probe, "period_seconds": 5, "failure_threshold": 3},
        "liveness_probe": {**probe, "period_seconds": 10, "failure_threshold": 3},
    }


def restricted_pod(user: int, platform: Platform) -> PodSecurityContextArgsDict:
    """Returns the context of a pod that runs as a user, or as one of its platform; never root."""
    context: PodSecurityContextArgsDict = {
        "run_as_non_root": True,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }
    ids: PodSecurityContextArgsDict = {"run_as_user": user, "run_as_group": user}
    return {**context, **ids} if platform["fixed_user_ids"] else context
