"""ARNs in policies: which of them name a resource."""

import re
from typing import Final

UNTYPED: Final = {"codecommit", "codepipeline", "execute-api", "neptune-db", "s3", "sns", "sqs"}
"""Services whose ARNs begin with a name where those of others begin with a type of resource."""

UNNAMED: Final = re.compile(
    r"^(/|autoScalingGroup:\*:|(loadbalancer|listener(-rule)?)/(?=(app|net|gwy)/)|"
    r"(regional|global)/(?=[a-z]+/))"
)
"""What ARNs have before a type, or in it, beside a name (service authorization reference)."""

BY_AWS: Final = re.compile(r"(ec2:(?!key-pair|placement-group)|elasticfilesystem:|fsx:|kms:key/)")
"""Services, and types of theirs, that name what they make themselves: every subnet is subnet-0…"""

PREFIX: Final = 3
"""How much of a name before a wildcard is one: one pattern for every shorter prefix would fit into
the 6,144 characters of a policy (IAM and STS quotas)."""


def has_wildcard(text: str) -> bool:
    """Returns whether a text in a policy stands for others too."""
    return bool({*"*?"}.intersection(text))


def names_no_resource(arn: str) -> bool:
    """Returns whether an ARN in a policy stands for every resource of a service, or of a type.

    So do `*`, `arn:aws:s3:::*/a`, `arn:aws:iam::123456789012:role/a*` and `…:table/*`; a name with
    a wildcard after it, as in `repository/shop-*`, does not.
    """
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return has_wildcard(arn)
    first, *rest = UNNAMED.sub("", parts[5]).replace("/", ":").split(":")
    # Of S3's, those of an account, such as access points, have types.
    typed = parts[2] not in UNTYPED or (parts[2] == "s3" and parts[4])
    name = next(filter(None, rest if typed else [first]), "")
    literal = re.split("[*?]", name)[0]
    by_aws = BY_AWS.match(f"{parts[2]}:{parts[5]}")
    own = re.sub("^([a-z]+(-|$))*", "", literal) if by_aws else literal
    return (literal != name and len(own) < PREFIX) or bool(typed and has_wildcard(first))
