"""Rules that every stack is held to: plain functions, which need neither Pulumi nor AWS."""

from typing import Final

from . import clusters, host_access, iam, images, registries, security_context, tags, trust
from .rule import Resource, Rule, resource_of_urn

RULES: Final[tuple[Rule, ...]] = (
    *iam.RULES,
    *trust.RULES,
    *images.RULES,
    *host_access.RULES,
    *security_context.RULES,
    *registries.RULES,
    *clusters.RULES,
    *tags.RULES,
)
"""Every rule, in the order that they are listed in."""

__all__ = ["RULES", "Resource", "Rule", "resource_of_urn"]
