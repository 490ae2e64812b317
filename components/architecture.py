"""The processor architectures of worker nodes, and what follows from them."""

import re
from enum import Enum
from typing import Final

from .constraints import array


class Architecture(str, Enum):
    """A node's architecture, as the label `kubernetes.io/arch` has it."""

    AMD64 = "amd64"
    """64-bit x86: Intel and AMD processors."""

    ARM64 = "arm64"
    """64-bit ARM: AWS Graviton."""


AMI_TYPES: Final = {
    Architecture.AMD64: "AL2023_x86_64_STANDARD",
    Architecture.ARM64: "AL2023_ARM_64_STANDARD",
}
"""Amazon Linux 2023, the EKS-optimized images (EKS API reference, Nodegroup)."""

DEFAULT_INSTANCE_TYPES: Final = {
    Architecture.AMD64: "t3.medium",
    Architecture.ARM64: "t4g.medium",
}
"""Small instances with 2 vCPUs and 4 GiB (EC2 instance types)."""

DEFAULT_ARCHITECTURES: Final = (Architecture.AMD64,)

ARCHITECTURES: Final = array(
    "an array of amd64, arm64 or both", least=1, most=len(Architecture), distinct=True
)

_GRAVITON: Final = re.compile(r"^(a1|[a-z]+[0-9]+g[a-z]*)[.-]")


def architecture_of(instance_type: str) -> Architecture:
    """Returns the architecture of an EC2 instance type, by its name.

    A `g` behind the generation's number stands for AWS Graviton, as `a1` does (EC2 user guide,
    instance type naming conventions).
    """
    return Architecture.ARM64 if _GRAVITON.match(instance_type) else Architecture.AMD64


def platform_of(architecture: Architecture) -> str:
    """Returns the platform of a container image for Linux nodes, such as `linux/amd64`."""
    return f"linux/{architecture.value}"
