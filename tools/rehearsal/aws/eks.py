"""EKS clusters in moto: the program's own, and the one that is there before the program."""

import json
from typing import Any, Final

from tools.lab.deployment import Made, Resource, child_of, reference_to
from tools.lab.project import Facts

from .cloud import Cloud, trusting
from .iam import IN_MOTO, create_role

SUBNETS: Final = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
"""Subnets of a default VPC; nothing here runs in them."""

VPC: Final = "vpc-0123456789abcdef0"
"""The default VPC."""

CONTROL_PLANE: Final = "eks.amazonaws.com"


def create_existing(cloud: Cloud, facts: Facts) -> None:
    """Makes the cluster that a stack is added to, its nodes' role and its OIDC provider."""
    if facts.node_role_name is not None:
        _create_role(cloud, facts.node_role_name, f"ec2.{cloud.dns_suffix}")
    if facts.issuer is not None:
        _create_oidc_provider(cloud, f"https://{facts.issuer}")
    if facts.cluster_name is not None:
        role_arn = _create_role(cloud, f"{facts.cluster_name}-control-plane", CONTROL_PLANE)
        cluster = _create_eks_cluster(cloud, facts.cluster_name, role_arn)
        _create_oidc_provider(cloud, cluster["identities"][0]["oidcs"][0]["issuer"])


def create_cluster(cloud: Cloud, resource: Resource) -> Made:
    """Stands in for the component of pulumi-eks: the cluster itself, and the role it runs as."""
    role = child_of(
        resource,
        "aws:iam/role:Role",
        f"{resource.name}-eksRole",
        assumeRolePolicy=_trust_of(CONTROL_PLANE),
    )
    made_role = create_role(cloud, role)
    cluster = child_of(resource, "aws:eks/cluster:Cluster", f"{resource.name}-eksCluster")
    cluster_outputs = _create_eks_cluster(cloud, cluster.name, made_role.outputs["arn"])
    made_cluster = Made(cluster.name, cluster_outputs, IN_MOTO)
    issuer = cluster_outputs["identities"][0]["oidcs"][0]["issuer"]
    outputs = {
        "eksCluster": reference_to(cluster, made_cluster.id),
        "kubeconfigJson": json.dumps({"apiVersion": "v1", "kind": "Config"}),
        "autoModeNodeRoleName": "",
        "oidcProviderArn": "",
    }
    if resource.inputs.get("createOidcProvider"):
        outputs["oidcProviderArn"] = _create_oidc_provider(cloud, issuer)
    inside = ((role, made_role), (cluster, made_cluster))
    return Made(resource.name, outputs, IN_MOTO, inside)


def describe_cluster(cloud: Cloud, name: str) -> dict[str, Any]:
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


def _create_eks_cluster(cloud: Cloud, name: str, role_arn: str) -> dict[str, Any]:
    cloud.client("eks").create_cluster(
        name=name, roleArn=role_arn, resourcesVpcConfig={"subnetIds": list(SUBNETS)}
    )
    return describe_cluster(cloud, name)


def _create_oidc_provider(cloud: Cloud, issuer: str) -> str:
    return cloud.client("iam").create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]


def _create_role(cloud: Cloud, name: str, service: str) -> str:
    cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_trust_of(service))
    return cloud.iam_arn(f"role/{name}")


def _trust_of(service: str) -> str:
    return trusting({"Service": service}, "sts:AssumeRole")
