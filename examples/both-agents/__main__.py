"""An existing cluster, and on its nodes the X-Ray daemon with a collector beside it."""

import pulumi
from xray_on_kubernetes import (
    AgentKind,
    Cluster,
    TraceDaemon,
    WriteAccess,
    open_telemetry_environment,
    trace_environment,
)

config = pulumi.Config()
cluster = Cluster("shop", {"cluster_name": config.require("clusterName")})

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
        "agent": AgentKind.BOTH,
        "image": "public.ecr.aws/xray/aws-xray-daemon:3.6.6",
        "collector_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0",
        "region": pulumi.Config("aws").require("region"),
        "prerequisites": [write_access.granted_policy_arn],
    },
    pulumi.ResourceOptions(providers=[cluster.provider("shop")]),
)
# What two applications need: one with an X-Ray SDK, and one with OpenTelemetry.
pulumi.export("cart", trace_environment("cart", daemon.address))
pulumi.export("checkout", open_telemetry_environment("checkout", daemon.address))
