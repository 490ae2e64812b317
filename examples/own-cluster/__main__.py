"""A new cluster, and the X-Ray daemon on its nodes."""

import pulumi
from xray_on_kubernetes import Cluster, TraceDaemon, WriteAccess

# In the default VPC, whose subnets give the nodes their way out.
cluster = Cluster("shop", {"node_count": 2})

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
        "prerequisites": [write_access.granted_policy_arn, cluster.nodes],
    },
    pulumi.ResourceOptions(providers=[cluster.provider("shop")]),
)
pulumi.export("daemonAddress", daemon.address)
