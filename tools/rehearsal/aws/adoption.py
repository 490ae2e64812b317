"""What is there before a stack that adopts a cluster: in moto nothing is."""

from typing import Final

from tools.lab.project import Facts

from .cloud import Cloud
from .resources import create_eks_cluster, create_oidc_provider, trust_of

CONTROL_PLANE: Final = "eks.amazonaws.com"


def adopt(cloud: Cloud, facts: Facts) -> None:
    """Makes the cluster that a stack adopts, its nodes' role and its OIDC provider."""
    if facts.node_role_name is not None:
        _create_role(cloud, facts.node_role_name, f"ec2.{cloud.dns_suffix}")
    if facts.issuer is not None:
        create_oidc_provider(cloud, f"https://{facts.issuer}")
    if facts.cluster_name is not None:
        role_arn = _create_role(cloud, f"{facts.cluster_name}-control-plane", CONTROL_PLANE)
        cluster = create_eks_cluster(cloud, facts.cluster_name, role_arn)
        create_oidc_provider(cloud, cluster.outputs["identities"][0]["oidcs"][0]["issuer"])


def _create_role(cloud: Cloud, name: str, service: str) -> str:
    cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust_of(service))
    return cloud.iam_arn(f"role/{name}")
