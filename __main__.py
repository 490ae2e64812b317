"""AWS X-Ray tracing on Kubernetes, as one stack."""

import pulumi

from components import (
    AgentKind,
    Cluster,
    ClusterArgs,
    CollectorExporter,
    DaemonImage,
    DaemonImageArgs,
    SampleServices,
    SampleServicesArgs,
    Sampling,
    SamplingArgs,
    TraceCanary,
    TraceCanaryArgs,
    TraceDaemon,
    TraceDaemonArgs,
    TransactionSearch,
    TransactionSearchArgs,
    VpcEndpoints,
    VpcEndpointsArgs,
    WriteAccess,
    WriteAccessArgs,
)
from components.agent.service import AGENT_NAME
from components.samples.sample_services import sample_image
from settings import TransactionSearchMode, load_settings

settings = load_settings()

cluster = Cluster(
    "xray",
    settings.arguments_of(ClusterArgs),
    pulumi.ResourceOptions(protect=settings.protect_cluster),
)
on_cluster = pulumi.ResourceOptions(providers=[cluster.provider("kubernetes")])

if settings.vpc_endpoints:
    VpcEndpoints(
        "vpc-endpoints",
        {
            **settings.arguments_of(VpcEndpointsArgs),
            "vpc_id": cluster.vpc_id.apply(str),
            "subnet_ids": cluster.subnet_ids,
            "existing_vpc": not settings.private_network,
        },
    )

write_access = WriteAccess(
    "write-access",
    {
        **settings.arguments_of(WriteAccessArgs, cluster),
        "service_account": AGENT_NAME,
        "spans": settings.collector_exporter == CollectorExporter.OTLP,
    },
)
image = DaemonImage("xray-daemon", settings.arguments_of(DaemonImageArgs))
collector_image = (
    DaemonImage("xray-daemon-collector", settings.collector_image()).reference
    if settings.agent == AgentKind.BOTH
    else None
)

prerequisites: list[pulumi.Input[str]] = [write_access.granted_policy_arn, cluster.nodes]
if settings.transaction_search == TransactionSearchMode.ENABLE:
    transaction_search = TransactionSearch(
        "transaction-search", settings.arguments_of(TransactionSearchArgs)
    )
    prerequisites.append(transaction_search.destination)

daemon = TraceDaemon(
    "xray",
    {
        **settings.arguments_of(TraceDaemonArgs),
        "image": image.reference,
        "collector_image": collector_image,
        "architectures": image.architectures,
        "on_eks": settings.kubeconfig is None,
        "service_account_annotations": write_access.service_account_annotations,
        "prerequisites": prerequisites,
    },
    on_cluster,
)
sampling = Sampling("sampling", settings.arguments_of(SamplingArgs))

samples: SampleServicesArgs = {
    **settings.arguments_of(SampleServicesArgs, cluster, daemon, daemon=daemon),
    "prerequisites": [cluster.nodes],
}
if settings.sample_services:
    sample_services = SampleServices("sample-services", samples, on_cluster)
    pulumi.export("serviceUrl", sample_services.url)
    samples["sample_image"] = sample_services.image

if settings.trace_canary:
    TraceCanary(
        "xray-canary",
        {
            **settings.arguments_of(TraceCanaryArgs, cluster, daemon=daemon),
            "image": sample_image("sample-services", samples),
            "prerequisites": [cluster.nodes],
        },
        on_cluster,
    )

pulumi.export("clusterName", cluster.cluster_name)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("daemonAddress", daemon.address)
pulumi.export("daemonImage", image.reference)
pulumi.export("daemonRoleArn", write_access.role_arn)
pulumi.export("writePolicyArn", write_access.policy_arn)
pulumi.export("samplingRuleArns", sampling.rule_arns)
