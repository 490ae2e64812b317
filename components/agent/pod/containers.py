"""What containers ask of a node, and the security contexts that the level `restricted` admits."""

from typing import Final

from pulumi_kubernetes.core.v1 import (
    PodSecurityContextArgsDict,
    ResourceRequirementsArgsDict,
    SecurityContextArgsDict,
)


def container_resources(
    *, cpu: str, cpu_limit: str, memory_mib: int, memory_limit_mib: int
) -> ResourceRequirementsArgsDict:
    """Returns a container's requests and limits.

    The limit of CPU is far above what the container uses: one that was reached would hold up what
    arrives by UDP, which is lost then. Logs count as ephemeral storage; the kubelet keeps 50 MiB
    of them (containerLogMaxSize times containerLogMaxFiles).

    Args:
        cpu: CPU that it asks for, such as `50m`.
        cpu_limit: CPU that it may use.
        memory_mib: Memory that it asks for, in MiB.
        memory_limit_mib: Memory that it may use, in MiB.
    """
    return {
        "requests": {"cpu": cpu, "memory": f"{memory_mib}Mi", "ephemeral-storage": "16Mi"},
        "limits": {
            "cpu": cpu_limit,
            "memory": f"{memory_limit_mib}Mi",
            "ephemeral-storage": "128Mi",
        },
    }


def agent_resources(memory_limit_mib: int) -> ResourceRequirementsArgsDict:
    """Returns the requests and limits of an agent, by its memory limit in MiB."""
    return container_resources(
        cpu="50m",
        cpu_limit="1",
        memory_mib=memory_limit_mib // 2,
        memory_limit_mib=memory_limit_mib,
    )


def go_memory_limit(memory_limit_mib: int) -> str:
    """Returns `GOMEMLIMIT` for a container's limit: nine tenths, the rest is not Go's heap."""
    return f"{memory_limit_mib * 9 // 10}MiB"


RESTRICTED_CONTAINER: Final[SecurityContextArgsDict] = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""A container that writes nowhere and has no privilege to gain."""


def restricted_pod(user: int) -> PodSecurityContextArgsDict:
    """Returns the context of a pod that runs as a user, who is not root, and as no other."""
    return {
        "run_as_non_root": True,
        "run_as_user": user,
        "run_as_group": user,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }
