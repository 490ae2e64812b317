"""The control plane of a new EKS cluster."""

from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from ..choices import CredentialSource
from .args import ClusterArgs
from .subnets import Subnets

CONTROL_PLANE_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""Every log that an EKS control plane can write (EKS user guide, control-plane-logs)."""

LOG_DAYS: Final = 90
"""How long those logs are kept."""


def control_plane(
    name: str,
    args: ClusterArgs,
    subnets: Subnets,
    secrets_key: "aws.kms.Key",
    opts: pulumi.ResourceOptions,
) -> eks.Cluster:
    """Makes an EKS cluster without node groups."""
    auto_mode, public_access_cidrs = args["auto_mode"], args["public_access_cidrs"]
    upgrade_policy, versions = args["upgrade_policy"], args["addon_versions"]
    create_oidc_provider = args["credential_source"] == CredentialSource.IRSA
    # Auto Mode's nodes come and go with the cluster, and so does what they wait for.
    subnet_ids = subnets.routed_subnet_ids if auto_mode else subnets.subnet_ids
    public = subnets.of_default_vpc
    # A cluster that finds none makes one itself, which never expires and outlives the cluster (EKS
    # user guide, control-plane-logs). Its name has a part that no other one has.
    logs = aws.cloudwatch.LogGroup(
        f"{name}-control-plane",
        name=secrets_key.id.apply(lambda known: f"/aws/eks/{name}-{known[-8:]}/cluster"),
        retention_in_days=LOG_DAYS,
        tags=args["tags"],
        opts=opts,
    )
    return eks.Cluster(
        name,
        name=logs.name.apply(lambda known: known.split("/")[3]),
        version=args["kubernetes_version"],
        authentication_mode=eks.AuthenticationMode.API,
        enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
        encryption_config_key_arn=secrets_key.arn,
        endpoint_private_access=True,
        endpoint_public_access=len(public_access_cidrs) > 0,
        public_access_cidrs=list(public_access_cidrs) or None,
        vpc_id=subnets.vpc_id,
        # As pulumi-eks has them if it is told nothing: neither public nor private.
        subnet_ids=subnet_ids if public else None,
        private_subnet_ids=None if public else subnet_ids,
        node_associate_public_ip_address=None if public else False,
        skip_default_node_group=True,
        auto_mode={"enabled": True} if auto_mode else None,
        upgrade_policy={"support_type": upgrade_policy.upper()} if upgrade_policy else None,
        vpc_cni_options=None
        if auto_mode
        else eks.VpcCniOptionsArgs(
            enable_network_policy=True, addon_version=versions.get("vpc-cni")
        ),
        kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(version=versions.get("kube-proxy")),
        # It waits for nodes, which wait for all that pulumi-eks makes here.
        coredns_addon_options={"enabled": False},
        create_oidc_provider=create_oidc_provider or None,
        tags=args["tags"],
        opts=opts,
    )
