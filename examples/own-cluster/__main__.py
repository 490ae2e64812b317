"""A new cluster, and the X-Ray daemon on its nodes."""

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
from xray_on_kubernetes import TraceDaemon, WriteAccess

cluster = eks.Cluster(
    "shop",
    authentication_mode=eks.AuthenticationMode.API,
    instance_type="t3.medium",
    desired_capacity=2,
    node_associate_public_ip_address=False,
)
# Gives the pods of the daemon the credentials of their role.
agent = aws.eks.Addon(
    "pod-identity-agent",
    cluster_name=cluster.eks_cluster.name,
    addon_name="eks-pod-identity-agent",
)

write_access = WriteAccess(
    "write-access",
    {
        "cluster_name": cluster.eks_cluster.name,
        "cluster_arn": cluster.eks_cluster.arn,
        "namespace": "xray",
        "service_account": "xray-daemon",
    },
)
daemon = TraceDaemon(
    "xray",
    {
        "image": "public.ecr.aws/xray/aws-xray-daemon:3.6.6",
        "region": pulumi.Config("aws").require("region"),
        "prerequisites": [write_access.granted_policy_arn, agent.arn],
    },
    pulumi.ResourceOptions(
        providers=[kubernetes.Provider("shop", kubeconfig=cluster.kubeconfig_json)]
    ),
)
pulumi.export("daemonAddress", daemon.address)
