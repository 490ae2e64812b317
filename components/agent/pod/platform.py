"""What pods are given for the platform of their cluster (docs/platforms.md)."""

from collections.abc import Sequence
from typing import Final, NotRequired, TypedDict

from ...constraints import Constraint, array, whole
from ...inputs import Inputs


class Platform(TypedDict):
    """What all pods are given alike, for what the platform of their cluster wants."""

    cpu_request_millicores: NotRequired[int | None]
    """CPU that each container requests. Default: 50, of the drain sentinel 5."""

    cpu_limit_millicores: NotRequired[int]
    """CPU that each container may use, at least what it requests; 0 for no limit."""

    memory_request_percent: NotRequired[int]
    """Share of its memory limit that each requests, in percent."""

    sentinel_memory_limit_mib: NotRequired[int]
    """Memory limit in MiB of the drain sentinel, a small container beside the agent that ends first
    in a rollout; a collector's has at least 128."""

    fixed_user_ids: NotRequired[bool]
    """Whether pods ask for the user ids of their images; OpenShift assigns ids, and wants false."""

    network_policy: NotRequired[bool]
    """Whether to make NetworkPolicies. Without, whoever reaches the agent uses its AWS role."""

    egress_ports: NotRequired[Sequence[int]]
    """More ports, UDP and TCP, that the NetworkPolicies let pods reach anywhere."""


PLATFORM: Final = Inputs(
    Platform,
    {
        "cpu_limit_millicores": 1000,
        "memory_request_percent": 50,
        # The daemon without segments uses half of it.
        "sentinel_memory_limit_mib": 32,
        "fixed_user_ids": True,
        "network_policy": True,
        "egress_ports": (),
    },
    {
        "cpu_request_millicores": whole(1, 64_000),
        "cpu_limit_millicores": whole(0, 64_000),
        "memory_request_percent": whole(1, 100),
        "sentinel_memory_limit_mib": whole(32, 4096),
        "egress_ports": array("an array of ports from 1 to 65535", whole(1, 65_535)),
    },
)

OF_PLATFORM: Final = Constraint(
    "an object, such as one with egressPorts", lambda _: True, inside=PLATFORM
)
