"""Tags: what every AWS resource says of itself."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from .rule import Configuration, Resource, Rule
from .values import at, is_unknown

TAGGED: Final = frozenset(
    {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/eip:Eip",
        "aws:ec2/instance:Instance",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:ecr/repository:Repository",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/addon:Addon",
        "aws:eks/cluster:Cluster",
        "aws:eks/fargateProfile:FargateProfile",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/user:User",
        "aws:kms/key:Key",
        "aws:lambda/function:Function",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
        "aws:xray/group:Group",
        "aws:xray/samplingRule:SamplingRule",
    }
)
"""Types of AWS resources that must have the tags; the engine does not say which can have some."""


def check_tags(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """Yields a resource without one of the tags."""
    if resource.type not in TAGGED.union(configuration["moreTypes"]):
        return
    if any(fnmatchcase(each, name) for each in resource.inside for name in configuration["notIn"]):
        return
    tags = resource.properties.get("tags")
    missing = [
        key for key in configuration["required"] if not is_unknown(tags) and not at(tags, key)
    ]
    if missing:
        named = ", ".join(missing)
        plural = "s" if len(missing) > 1 else ""
        yield f"{resource.title} has no tag{plural} {named}; it must have {named}."


RULES: Final = (
    Rule(
        "required-tags",
        "AWS resources have the tags that are required.",
        check_tags,
        {
            "required": {
                "description": "Tags that must be there, with any value.",
                "type": "array",
                "items": {"type": "string"},
                "default": ["environment"],
            },
            "moreTypes": {
                "description": "More types of resources that must have them, such as "
                "aws:efs/fileSystem:FileSystem.",
                "type": "array",
                "items": {"type": "string"},
                "default": [],
            },
            "notIn": {
                "description": "Types of components that tag only some of what they make; * "
                "stands for anything.",
                "type": "array",
                "items": {"type": "string"},
                "default": ["eks:index:*"],
            },
        },
    ),
)
