"""AWS X-Ray tracing on Kubernetes, as one stack."""

import pulumi
import pulumi_kubernetes as kubernetes

from components import (
    Cluster,
    Credentials,
    DaemonImage,
    SampleServices,
    Sampling,
    TraceDaemon,
    WriteAccess,
)
from components.trace_daemon import DAEMON_NAME
from settings import load_settings

settings = load_settings()

cluster = Cluster(
    "xray",
    {
        "existing_name": settings.cluster_name,
        "existing_node_role_name": settings.node_role_name,
        "kubernetes_version": settings.kubernetes_version,
        "node_instance_type": settings.node_instance_type,
        "node_count": settings.node_count,
        "pods_use_node_role": settings.credentials == Credentials.NODE_ROLE,
        "tags": settings.tags,
    },
)
on_cluster = pulumi.ResourceOptions(
    providers=[
        kubernetes.Provider(
            "kubernetes",
            kubeconfig=cluster.kubeconfig,
            # A new endpoint or certificate is not a new cluster.
            cluster_identifier=cluster.cluster_arn,
        )
    ]
)

write_access = WriteAccess(
    "write-access",
    {
        "cluster_name": cluster.cluster_name,
        "cluster_arn": cluster.cluster_arn,
        "node_role_name": cluster.node_role_name,
        "namespace": settings.namespace,
        "service_account": DAEMON_NAME,
        "credentials": settings.credentials,
        "policy_name": settings.policy_name,
        "tags": settings.tags,
    },
)

daemon_image = DaemonImage(
    "xray-daemon",
    {
        "source": settings.image_source,
        "daemon_version": settings.daemon_version,
        "repository_name": settings.repository_name,
        "tags": settings.tags,
    },
)

daemon = TraceDaemon(
    "xray",
    {
        "image": daemon_image.reference,
        "region": settings.region,
        "namespace": settings.namespace,
        "host_port": settings.host_port,
        "log_level": settings.log_level,
        "memory_limit_mib": settings.memory_limit_mebibytes,
        "credentials": settings.credentials,
        "prerequisites": [write_access.granted_policy_arn, cluster.nodes],
    },
    on_cluster,
)

sampling = Sampling(
    "sampling",
    {
        "rules": [rule.arguments() for rule in settings.sampling_rules],
        "groups": [group.arguments() for group in settings.trace_groups],
        "tags": settings.tags,
    },
)

if settings.sample_services:
    sample_services = SampleServices(
        "sample-services",
        {
            "namespace": daemon.namespace,
            "daemon_address": daemon.address,
            "cluster_name": cluster.cluster_name,
            "image": settings.sample_image,
            "delay_milliseconds": settings.sample_delay_milliseconds,
            "fault_percent": settings.sample_fault_percent,
            "plugins": settings.sample_plugins,
            "prerequisites": [cluster.nodes],
            "tags": settings.tags,
        },
        on_cluster,
    )
    pulumi.export("serviceUrl", sample_services.url)

pulumi.export("clusterName", cluster.cluster_name)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("daemonAddress", daemon.address)
pulumi.export("daemonImage", daemon_image.reference)
pulumi.export("daemonRoleArn", write_access.role_arn)
pulumi.export("writePolicyArn", write_access.policy_arn)
pulumi.export("samplingRuleArns", sampling.rule_arns)
