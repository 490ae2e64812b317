"""Rules that every stack is held to: plain functions, which need neither Pulumi nor AWS."""

from typing import Final

from . import clusters, iam, images, pod_security, tags
from .rule import Resource, Rule, resource_of_urn

RULES: Final = tuple(
    each
    for module in (iam, images, pod_security, clusters, tags)
    for each in vars(module).values()
    if isinstance(each, Rule)
)
"""Every rule."""

__all__ = ["RULES", "Resource", "Rule", "resource_of_urn"]
