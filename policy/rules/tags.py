"""Tags: what every AWS resource says of itself."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at

TAGGED: Final = frozenset(
    f"aws:{service}/{name[0].lower()}{name[1:]}:{name}"
    for service, names in {
        "cloudwatch": "LogGroup",
        "dynamodb": "Table",
        "ec2": "DefaultRouteTable DefaultSecurityGroup Eip Instance InternetGateway LaunchTemplate "
        "NatGateway RouteTable SecurityGroup Subnet Vpc VpcEndpoint",
        "ecr": "Repository",
        "eks": "AccessEntry Addon Cluster FargateProfile NodeGroup PodIdentityAssociation",
        "iam": "InstanceProfile OpenIdConnectProvider Policy Role User",
        "kms": "Key",
        "lambda": "Function",
        "lb": "LoadBalancer",
        "rds": "Cluster Instance",
        "s3": "Bucket",
        "secretsmanager": "Secret",
        "sns": "Topic",
        "sqs": "Queue",
        "xray": "Group SamplingRule",
    }.items()
    for name in names.split()
)
"""Types of AWS resources that must have the tags; the engine does not say which can have some."""


@rule(
    "required-tags",
    required=list_setting("Tags that must be there, with any value.", "environment"),
    moreTypes=list_setting(
        "More types of resources that must have them, such as aws:efs/fileSystem:FileSystem."
    ),
    notIn=list_setting(
        "Types of components that tag only some of what they make; * stands for anything.",
        "eks:index:*",
    ),
)
def check_tags(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """AWS resources have the tags that are required."""
    if resource.type not in TAGGED.union(configuration["moreTypes"]):
        return
    if any(fnmatchcase(each, name) for each in resource.inside for name in configuration["notIn"]):
        return
    tags = resource.properties.get("tags")
    missing = [key for key in configuration["required"] if not at(tags, key)]
    if missing:
        named, plural = ", ".join(missing), "s" if len(missing) > 1 else ""
        yield f"{resource.title} has no tag{plural} {named}; it must have {named}."
