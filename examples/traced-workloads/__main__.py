"""Two workloads that import no tracing library, traced by AWS's agents for their languages."""

import pulumi
import pulumi_kubernetes as kubernetes
from xray_on_kubernetes import AgentKind, TraceDaemon, trace_workloads

daemon = TraceDaemon(
    "xray",
    {
        "agent": AgentKind.COLLECTOR,
        "image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0",
        "region": pulumi.Config("aws").require("region"),
    },
)
# For the whole stack, also what charts and YAML make: pulumi.runtime.register_resource_transform.
traced = pulumi.ResourceOptions(transforms=[trace_workloads(daemon, ["python", "java"])])

for name, language in {"shop": "python", "orders": "java"}.items():
    container = {"name": name, "image": f"registry.example.com/{name}:1"}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    kubernetes.apps.v1.Deployment(
        name,
        metadata={"name": name, "annotations": {"xray-on-kubernetes/language": language}},
        spec={"selector": {"match_labels": {"app": name}}, "template": template},
        opts=traced,
    )
