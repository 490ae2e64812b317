"""Makes the program's AWS resources in moto, one function for each type."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.lab.deployment import Made, Resource, child_of, reference_to

from .cloud import ACCOUNT, Cloud
from .images import (
    copy_image,
    create_repository,
    push_image,
    push_several_platforms,
    put_lifecycle_policy,
    put_repository_policy,
)
from .names import IN_MOTO, physical_name
from .policies import trusting

NO_INSTANCES: Final = "recorded only: no instance starts in a rehearsal"
NO_NETWORK: Final = "recorded only: a rehearsal has no VPC"
RECORDED: Final = "recorded only: moto has no such resource"

SUBNETS: Final = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
"""Subnets of a default VPC; nothing here runs in them."""

VPC: Final = "vpc-0123456789abcdef0"
"""The default VPC."""

Maker = Callable[[Cloud, Resource], Made]


def _create_key(cloud: Cloud, resource: Resource) -> Made:
    inputs = resource.inputs
    key = cloud.client("kms").create_key(Description=inputs.get("description", ""))["KeyMetadata"]
    return Made(key["KeyId"], {**inputs, "arn": key["Arn"], "keyId": key["KeyId"]}, IN_MOTO)


def _create_role(cloud: Cloud, resource: Resource) -> Made:
    name = physical_name(resource)
    role = cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=resource.inputs["assumeRolePolicy"]
    )["Role"]
    return Made(name, {**resource.inputs, "name": name, "arn": role["Arn"]}, IN_MOTO)


def _create_policy(cloud: Cloud, resource: Resource) -> Made:
    name = physical_name(resource)
    policy = cloud.client("iam").create_policy(
        PolicyName=name, PolicyDocument=resource.inputs["policy"]
    )["Policy"]
    return Made(policy["Arn"], {**resource.inputs, "name": name, "arn": policy["Arn"]}, IN_MOTO)


def _attach_policy(cloud: Cloud, resource: Resource) -> Made:
    role, policy_arn = resource.inputs["role"], resource.inputs["policyArn"]
    cloud.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    return Made(f"{role}/{policy_arn}", dict(resource.inputs), IN_MOTO)


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
    """Returns what X-Ray's API calls a field of a sampling rule."""
    irregular = {"httpMethod": "HTTPMethod", "resourceArn": "ResourceARN", "urlPath": "URLPath"}
    return irregular.get(key, key[:1].upper() + key[1:])


def _create_cluster(cloud: Cloud, resource: Resource) -> Made:
    """Stands in for pulumi-eks's component: the cluster itself, and the role it runs as."""
    role = child_of(
        resource,
        "aws:iam/role:Role",
        f"{resource.name}-eksRole",
        assumeRolePolicy=trust_of("eks.amazonaws.com"),
    )
    made_role = _create_role(cloud, role)
    cluster = child_of(resource, "aws:eks/cluster:Cluster", f"{resource.name}-eksCluster")
    made_cluster = create_eks_cluster(cloud, cluster.name, made_role.outputs["arn"])
    issuer = made_cluster.outputs["identities"][0]["oidcs"][0]["issuer"]
    outputs = {
        "eksCluster": reference_to(cluster, made_cluster.id),
        "kubeconfigJson": json.dumps({"apiVersion": "v1", "kind": "Config"}),
        "autoModeNodeRoleName": "",
        "oidcProviderArn": "",
    }
    if resource.inputs.get("createOidcProvider"):
        outputs["oidcProviderArn"] = create_oidc_provider(cloud, issuer)
    return Made(
        resource.name, outputs, IN_MOTO, inside=((role, made_role), (cluster, made_cluster))
    )


def trust_of(service: str) -> str:
    """Returns the trust policy (JSON) of a role that an AWS service takes."""
    return trusting({"Service": service}, "sts:AssumeRole")


def create_eks_cluster(cloud: Cloud, name: str, role_arn: str) -> Made:
    """Makes an EKS cluster in moto and returns it as `aws.eks.Cluster` has it."""
    cloud.client("eks").create_cluster(
        name=name, roleArn=role_arn, resourcesVpcConfig={"subnetIds": list(SUBNETS)}
    )
    return Made(name, describe_eks_cluster(cloud, name), IN_MOTO)


def describe_eks_cluster(cloud: Cloud, name: str) -> dict[str, Any]:
    """Returns an EKS cluster as the AWS provider describes one."""
    cluster = cloud.client("eks").describe_cluster(name=name)["cluster"]
    return {
        "name": name,
        "arn": cluster["arn"],
        "endpoint": cluster["endpoint"],
        "certificateAuthorities": [cluster["certificateAuthority"]],
        "identities": [{"oidcs": [cluster["identity"]["oidc"]]}],
        "computeConfigs": [],
        "vpcConfig": {"vpcId": VPC, "subnetIds": list(SUBNETS)},
    }


def create_oidc_provider(cloud: Cloud, issuer: str) -> str:
    """Makes the IAM OIDC provider of a cluster's issuer and returns its ARN."""
    return cloud.client("iam").create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]


def _record_nodes(cloud: Cloud, resource: Resource) -> Made:
    """No instance starts here; moto's EC2 would take 90 MB to remember that."""
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
    "aws:iam/policy:Policy": _create_policy,
    "aws:iam/role:Role": _create_role,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attach_policy,
    "aws:kms/key:Key": _create_key,
    "aws:xray/group:Group": _record,
    "aws:xray/indexingRule:IndexingRule": _record,
    "aws:xray/samplingRule:SamplingRule": _create_sampling_rule,
    "aws:xray/traceSegmentDestination:TraceSegmentDestination": _record,
    "docker-build:index:Image": push_several_platforms,
    "docker-build:index:Index": copy_image,
    "docker:index/image:Image": push_image,
    "eks:index:Cluster": _create_cluster,
    "eks:index:ManagedNodeGroup": _record_nodes,
}
"""What makes each type of AWS resource; a type that is not here is an error."""
