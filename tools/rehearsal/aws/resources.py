"""What makes each type of the program's AWS resources, in moto where moto has it."""

from collections.abc import Callable, Mapping
from typing import Final

from tools.lab.deployment import Made, Resource

from .cloud import ACCOUNT, Cloud
from .eks import create_cluster
from .iam import IN_MOTO, attach_policy, create_policy, create_role
from .images import (
    copy_image,
    create_repository,
    push_image,
    push_several_platforms,
    put_lifecycle_policy,
    put_repository_policy,
)

NO_INSTANCES: Final = "recorded only: no instance starts in a rehearsal"
NO_NETWORK: Final = "recorded only: a rehearsal has no VPC"
RECORDED: Final = "recorded only: moto has no such resource"

Maker = Callable[[Cloud, Resource], Made]


def _create_key(cloud: Cloud, resource: Resource) -> Made:
    inputs = resource.inputs
    key = cloud.client("kms").create_key(Description=inputs.get("description", ""))["KeyMetadata"]
    return Made(key["KeyId"], {**inputs, "arn": key["Arn"], "keyId": key["KeyId"]}, IN_MOTO)


def _put_log_policy(cloud: Cloud, resource: Resource) -> Made:
    name = resource.inputs["policyName"]
    cloud.client("logs").put_resource_policy(
        policyName=name, policyDocument=resource.inputs["policyDocument"]
    )
    return Made(name, dict(resource.inputs), IN_MOTO)


def _create_sampling_rule(cloud: Cloud, resource: Resource) -> Made:
    rule = dict(resource.inputs)
    tags = [{"Key": key, "Value": value} for key, value in (rule.pop("tags", None) or {}).items()]
    record = cloud.client("xray").create_sampling_rule(
        SamplingRule={_name_in_xray(key): value for key, value in rule.items()}, Tags=tags
    )["SamplingRuleRecord"]
    name, arn = record["SamplingRule"]["RuleName"], record["SamplingRule"]["RuleARN"]
    return Made(name, {**resource.inputs, "arn": arn}, IN_MOTO)


def _name_in_xray(key: str) -> str:
    """Returns what the X-Ray API calls a field of a sampling rule."""
    irregular = {"httpMethod": "HTTPMethod", "resourceArn": "ResourceARN", "urlPath": "URLPath"}
    return irregular.get(key, key[:1].upper() + key[1:])


def _record_nodes(cloud: Cloud, resource: Resource) -> Made:
    """No instance starts here; the EC2 of moto would take 90 MB to remember that."""
    outputs = {**resource.inputs, "name": resource.name, "latestVersion": 1}
    return Made(resource.name, outputs, NO_INSTANCES)


def _record_network(cloud: Cloud, resource: Resource) -> Made:
    outputs = {**resource.inputs, "allocationId": resource.name}
    return Made(resource.name, outputs, NO_NETWORK)


def _record(cloud: Cloud, resource: Resource) -> Made:
    service, kind = resource.type.split(":")[1].split("/")[0], resource.type.split(":")[-1]
    arn = f"arn:{cloud.partition}:{service}:{cloud.region}:{ACCOUNT}:{kind.lower()}/{resource.name}"
    return Made(resource.name, {**resource.inputs, "arn": arn}, RECORDED)


NETWORK: Final = (
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/eip:Eip",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/route:Route",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
)
"""Types that make up a network."""

MAKERS: Final[Mapping[str, Maker]] = {
    **dict.fromkeys(NETWORK, _record_network),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _put_log_policy,
    "aws:ec2/launchTemplate:LaunchTemplate": _record_nodes,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": put_lifecycle_policy,
    "aws:ecr/repository:Repository": create_repository,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": put_repository_policy,
    "aws:eks/addon:Addon": _record,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _record,
    "aws:iam/policy:Policy": create_policy,
    "aws:iam/role:Role": create_role,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": attach_policy,
    "aws:kms/key:Key": _create_key,
    "aws:xray/group:Group": _record,
    "aws:xray/indexingRule:IndexingRule": _record,
    "aws:xray/samplingRule:SamplingRule": _create_sampling_rule,
    "aws:xray/traceSegmentDestination:TraceSegmentDestination": _record,
    "docker-build:index:Image": push_several_platforms,
    "docker-build:index:Index": copy_image,
    "docker:index/image:Image": push_image,
    "eks:index:Cluster": create_cluster,
    "eks:index:ManagedNodeGroup": _record_nodes,
}
"""What makes each type of AWS resource; a type that is not here is an error."""
