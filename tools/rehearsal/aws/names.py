"""What resources are called, and where they are."""

import hashlib
from typing import Final

from tools.lab.deployment import Resource

IN_MOTO: Final = "moto"


def physical_name(resource: Resource) -> str:
    """Returns the name that was asked for, or one as Pulumi makes it: with seven hex digits."""
    suffix = hashlib.sha256(resource.urn.encode()).hexdigest()[:7]
    return str(resource.inputs.get("name") or f"{resource.name}-{suffix}")
