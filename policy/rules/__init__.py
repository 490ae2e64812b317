"""Rules that every stack is held to: plain functions, which need neither Pulumi nor AWS."""

from typing import Final

from . import clusters, host_access, iam, images, security_context, tags
from .rule import Resource, Rule, resource_of_urn

RULES: Final[tuple[Rule, ...]] = (
    iam.check_actions,
    iam.check_resources,
    iam.check_attachments,
    iam.check_principals,
    images.check_images,
    host_access.check_namespaces,
    host_access.check_ports,
    host_access.check_privileges,
    security_context.check_security_context,
    images.check_mutability,
    images.check_encryption,
    clusters.check_endpoint,
    tags.check_tags,
)
"""Every rule, in the order that they are listed in."""

__all__ = ["RULES", "Resource", "Rule", "resource_of_urn"]
