"""The X-Ray daemon on the cluster of another stack."""

import pulumi
import pulumi_kubernetes as kubernetes
from xray_on_kubernetes import Cluster, TraceDaemon, WriteAccess

platform = pulumi.StackReference(pulumi.Config().require("platformStack"))
cluster = Cluster("platform", {"cluster_name": platform.require_output("clusterName")})

write_access = WriteAccess(
    "write-access",
    {
        "cluster_name": cluster.cluster_name,
        "cluster_arn": cluster.cluster_arn,
        "namespace": "xray",
        "service_account": "xray-daemon",
    },
)
daemon = TraceDaemon(
    "xray",
    {
        "image": "public.ecr.aws/xray/aws-xray-daemon:3.6.6",
        "region": pulumi.Config("aws").require("region"),
        "prerequisites": [write_access.granted_policy_arn],
    },
    pulumi.ResourceOptions(
        providers=[kubernetes.Provider("platform", kubeconfig=cluster.kubeconfig)]
    ),
)
pulumi.export("daemonAddress", daemon.address)
