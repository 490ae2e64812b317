"""Trust: who may become a role or use a resource is named."""

from collections.abc import Iterator
from typing import Final

from .policy_documents import Kind, Statement, statements_of
from .rule import Configuration, Resource, Rule
from .values import fields_of, is_unknown

WEB_IDENTITY: Final = "sts:AssumeRoleWithWebIdentity"
"""What the bearer of an OIDC provider's token becomes a role by."""


def check_principals(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields what a resource's policies allow to anybody."""
    for statement in statements_of(resource):
        if statement.kind == Kind.IDENTITY:
            continue
        said = f"{resource.title} allows {', '.join(statement.actions) or 'something'} to"
        if "NotPrincipal" in statement.fields:
            yield (
                f"{said} everybody but NotPrincipal in {statement.place}; it must name those that "
                "it allows it to."
            )
        if "*" in statement.principals and not statement.fields.get("Condition"):
            yield (
                f"{said} everybody in {statement.place}; it must name those that it allows it to, "
                "or have a condition."
            )
        if WEB_IDENTITY in statement.actions and not _names_a_subject(statement):
            yield (
                f"{said} every token of its provider in {statement.place}; it must have a "
                "condition on the token's sub."
            )


def _names_a_subject(statement: Statement) -> bool:
    conditions = statement.fields.get("Condition")
    return is_unknown(conditions) or any(
        key.endswith(":sub") and value != "*"
        for condition in fields_of(conditions).values()
        for key, value in fields_of(condition).items()
    )


RULES: Final = (
    Rule(
        "iam-no-wildcard-principals",
        "Policies name those who may become a role, or use a resource.",
        check_principals,
    ),
)
