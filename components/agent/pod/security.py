"""The security contexts that the Pod Security level `restricted` admits."""

from typing import Final

from pulumi_kubernetes.core.v1 import PodSecurityContextArgsDict, SecurityContextArgsDict

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
