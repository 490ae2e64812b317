"""Tags: what every AWS resource says of itself."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at

WITH_TAGS: Final = """
cloudwatch/LogGroup dynamodb/Table ec2/DefaultRouteTable ec2/DefaultSecurityGroup ec2/Eip
ec2/Instance ec2/InternetGateway ec2/LaunchTemplate ec2/NatGateway ec2/RouteTable ec2/SecurityGroup
ec2/Subnet ec2/Vpc ec2/VpcEndpoint ecr/Repository eks/AccessEntry eks/Addon eks/Cluster
eks/FargateProfile eks/NodeGroup eks/PodIdentityAssociation iam/InstanceProfile
iam/OpenIdConnectProvider iam/Policy iam/Role iam/User kms/Key lambda/Function lb/LoadBalancer
rds/Cluster rds/Instance s3/Bucket secretsmanager/Secret sns/Topic sqs/Queue xray/Group
xray/SamplingRule
"""

TAGGED: Final = frozenset(
    f"aws:{service}/{name[0].lower()}{name[1:]}:{name}"
    for each in WITH_TAGS.split()
    for service, name in [each.split("/")]
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
