"""Rights: each action by its name, on resources by their names, and no policy of AWS's for all."""

from collections.abc import Iterator
from typing import Final

from .policy_documents import Kind, Statement, statements_of
from .rule import Configuration, Resource, Rule
from .service_authorization import WITHOUT_RESOURCES, names_no_resource
from .values import known_texts

ATTACHMENTS: Final = frozenset(
    {
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)
"""Types that give a policy of somebody else's, by its ARN."""

FULL_ACCESS: Final = ("AdministratorAccess", "PowerUserAccess")
"""Policies of AWS's that allow all of an account, beside those named `…FullAccess`."""


def check_actions(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields the actions that a resource's policies allow with a wildcard."""
    for statement in statements_of(resource):
        said = f"{resource.title} allows"
        if "NotAction" in statement.fields:
            yield (
                f"{said} everything but NotAction in {statement.place}; it must name each action "
                "that it allows."
            )
        for action in statement.actions:
            if set("*?") & set(action) and not _is_a_key_for_its_account(statement, action):
                yield (
                    f'{said} "{action}" in {statement.place}; it must name each action without '
                    "a wildcard."
                )


def check_resources(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """Yields what a resource's policies allow on every resource, though it can be limited."""
    limitless = {
        each.lower() for each in (*WITHOUT_RESOURCES, *configuration["actionsWithoutResources"])
    }
    for statement in statements_of(resource):
        actions = [each for each in statement.actions if each.lower() not in limitless]
        if statement.kind not in (Kind.IDENTITY, Kind.RESOURCE) or not actions:
            continue
        said = f"{resource.title} allows {', '.join(actions)}"
        if "NotResource" in statement.fields:
            yield (
                f"{said} on everything but NotResource in {statement.place}; it must name the "
                "resources that it allows it on."
            )
        for arn in known_texts(statement.fields.get("Resource")):
            if names_no_resource(arn):
                yield (
                    f'{said} on "{arn}" in {statement.place}; it must name the resources that it '
                    "allows it on."
                )


def check_attachments(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields the policies of AWS's that give everything, where a resource attaches them."""
    if resource.type in ATTACHMENTS:
        attached = resource.properties.get("policyArn")
    elif resource.type == "aws:iam/role:Role":
        attached = resource.properties.get("managedPolicyArns")
    else:
        return
    for arn in known_texts(attached):
        name = arn.rsplit("/", 1)[-1]
        if ":iam::aws:policy/" in arn and (name in FULL_ACCESS or name.endswith("FullAccess")):
            yield (
                f"{resource.title} attaches {name}; it must attach a policy that allows single "
                "actions."
            )


def _is_a_key_for_its_account(statement: Statement, action: str) -> bool:
    """Whether it leaves a key to the account's IAM, as AWS's default key policy does."""
    principals = statement.principals
    return (
        action.lower() == "kms:*"
        and len(principals) > 0
        and all(each.endswith(":root") or each.isdigit() for each in principals)
    )


RULES: Final = (
    Rule(
        "iam-no-wildcard-actions",
        "Policies name each action that they allow.",
        check_actions,
    ),
    Rule(
        "iam-no-wildcard-resources",
        "Policies name the resources that they allow something on, where the action takes one.",
        check_resources,
        {
            "actionsWithoutResources": {
                "description": "More actions that take no resource but *; ec2:DescribeVpcs is one.",
                "type": "array",
                "items": {"type": "string"},
                "default": [],
            }
        },
    ),
    Rule(
        "iam-no-full-access",
        "Nobody is given all of an account or of a service by a policy of AWS's.",
        check_attachments,
    ),
)
