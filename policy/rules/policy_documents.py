"""The IAM policies in resources, found by their shape."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .rule import Resource
from .values import at, fields_of, items_of, known_texts, parts_of

OWN_RESOURCE: Final = re.compile(
    r"\b(apigateway|backup|codeartifact|ecr[:/][rR]epository(Policy|CreationTemplate)?|efs|kms|"
    r"secretsmanager|sqs|vpclattice)\b"
)
"""Types whose policies are for one resource, which `*` stands for (their developer guides)."""

LIMITS: Final = re.compile(r"(?i)^aws[^:]*:(organizations.policy|ec2.vpcEndpoint(Policy)?)\b")
"""Types whose policies only limit what others allow:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html and
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-endpoints-access.html"""


class Statement(NamedTuple):
    """One statement of a policy that allows something."""

    place: str
    """Where in the resource its policy is."""
    fields: Mapping[str, Any]
    """What it says, by keys in lower case, so that no case hides one."""

    @property
    def actions(self) -> list[str]:
        """What it allows."""
        return known_texts(self.fields.get("action"))

    @property
    def is_for_its_holder(self) -> bool:
        """Whether it allows that to whoever has its policy, and so names no principals."""
        return not self.fields.keys() & {"principal", "notprincipal"}

    @property
    def principals(self) -> list[str]:
        """Whom it allows that, without the kinds of principals."""
        principal = self.fields.get("principal")
        by_kind = fields_of(principal).values() or [principal]
        return [text for value in by_kind for text in known_texts(value)]


def statements_of(resource: Resource) -> Iterator[Statement]:
    """Yields what policies anywhere in a resource allow; nothing of one that is not known yet."""
    if LIMITS.search(resource.type):
        return
    yield from _permission(resource)
    for path, part in parts_of(resource.properties):
        for statement in items_of(_in_lower_case(part).get("statement")):
            fields = _in_lower_case(statement)
            if str(fields.get("effect")).lower() == "allow":
                yield Statement(".".join(path), fields)


def _permission(resource: Resource) -> Iterator[Statement]:
    """Yields what a resource allows without a policy, as Lambda's and EventBridge's do."""
    fields = _in_lower_case(resource.properties)
    ends = ("principal", "principals", "principalarn")
    principals = {key: fields[key] for key in fields if key.endswith(ends)}
    if principals and resource.type.startswith("aws"):
        callers = {f"aws:{key}": fields.get(key) for key in ("sourcearn", "sourceaccount")}
        organization = fields.get("principalorgid", fields.get("organizationid"))
        callers["aws:principalorgid"] = organization or at(fields.get("condition"), "value")
        condition = {"StringEquals": callers}
        yield Statement("itself", {**fields, "principal": principals, "condition": condition})


def _in_lower_case(value: Any) -> Mapping[str, Any]:
    return {key.lower(): each for key, each in fields_of(value).items()}
