"""AWS X-Ray tracing on Kubernetes, as one stack."""

import gc

# All that is loaded here stays to the end: to look for garbage in it would take as long again.
gc.disable()

import pulumi
import pulumi_kubernetes as kubernetes

from components import (
    Cluster,
    CollectorExporter,
    DaemonImage,
    SampleServices,
    Sampling,
    TraceDaemon,
    TransactionSearch,
    VpcEndpoints,
    WriteAccess,
)
from components.agent.service import DAEMON_NAME
from settings import TransactionSearchMode, load_settings

settings = load_settings()

cluster = Cluster(
    "xray",
    {
        "existing_name": settings.cluster_name,
        "existing_kubeconfig": settings.kubeconfig,
        "existing_node_role_name": settings.node_role_name,
        "existing_oidc_provider_arn": settings.oidc_provider_arn,
        "credentials": settings.credentials,
        "check_pod_identity_agent": settings.check_pod_identity_agent,
        "kubernetes_version": settings.kubernetes_version,
        "auto_mode": settings.auto_mode,
        "node_instance_types": settings.instance_types(),
        "node_count": settings.node_count,
        "subnet_ids": settings.subnet_ids,
        "private_network": settings.private_network,
        "public_access_cidrs": settings.public_access_cidrs,
        "tags": settings.tags,
    },
    pulumi.ResourceOptions(protect=settings.protect_cluster),
)
on_cluster = pulumi.ResourceOptions(
    providers=[
        kubernetes.Provider(
            "kubernetes",
            kubeconfig=cluster.kubeconfig,
            # A new endpoint or certificate is not a new cluster.
            cluster_identifier=pulumi.Output.all(cluster.cluster_arn, cluster.cluster_name).apply(
                lambda names: names[0] or names[1]
            ),
        )
    ]
)

if settings.vpc_endpoints:
    VpcEndpoints(
        "vpc-endpoints",
        {
            "vpc_id": cluster.vpc_id.apply(str),
            "subnet_ids": cluster.subnet_ids,
            "region": settings.region,
            "services": settings.vpc_endpoints,
            "tags": settings.tags,
        },
    )

write_access = WriteAccess(
    "write-access",
    {
        "credentials": settings.credentials,
        "namespace": settings.namespace,
        "service_account": DAEMON_NAME,
        "cluster_name": cluster.cluster_name,
        "cluster_arn": cluster.cluster_arn,
        "oidc_provider_arn": cluster.oidc_provider_arn,
        "node_role_name": cluster.node_role_name,
        "assume_role_arn": settings.assume_role_arn,
        "spans": settings.collector_exporter == CollectorExporter.OTLP,
        "policy_name": settings.policy_name,
        "tags": settings.tags,
    },
)

daemon_image = DaemonImage(
    "xray-daemon",
    {
        "backend": settings.backend,
        "source": settings.image_source_used(),
        "daemon_version": settings.daemon_version,
        "collector_version": settings.collector_version,
        "digest": settings.image_digest(),
        "architectures": settings.architectures,
        "repository_name": settings.repository_name,
        "pull_accounts": settings.pull_accounts,
        "tags": settings.tags,
    },
)

prerequisites: list[pulumi.Input[str]] = [write_access.granted_policy_arn, cluster.nodes]
if settings.transaction_search == TransactionSearchMode.DECLARE:
    transaction_search = TransactionSearch(
        "transaction-search",
        {"region": settings.region, "indexing_percent": settings.indexing_percent},
    )
    prerequisites.append(transaction_search.destination)

daemon = TraceDaemon(
    "xray",
    {
        "image": daemon_image.reference,
        "architectures": daemon_image.architectures,
        "region": settings.region,
        "namespace": settings.namespace,
        "backend": settings.backend,
        "collector": {
            "exporter": settings.collector_exporter,
            "on_eks": settings.kubeconfig is None,
            "indexed_attributes": settings.indexed_attributes,
            "gateway_replicas": settings.gateway_replicas,
            "tail_sampling": settings.tail_sampling and settings.tail_sampling.arguments(),
        },
        "host_port": settings.host_port,
        "log_level": settings.log_level,
        "memory_limit_mib": settings.memory_limit(),
        "credentials": settings.credentials,
        "service_account_annotations": write_access.service_account_annotations,
        "assume_role_arn": settings.assume_role_arn,
        "node_selector": settings.node_selector,
        "priority_class": settings.priority_class,
        "ip_family": settings.ip_family,
        "routing": settings.routing,
        "ingress_namespaces": settings.ingress_namespaces or None,
        "proxy_url": settings.proxy_url,
        "no_proxy": settings.no_proxy,
        "extra_arguments": settings.extra_arguments,
        "labels": settings.labels,
        "pod_annotations": settings.pod_annotations,
        "prerequisites": prerequisites,
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
            "architectures": settings.architectures,
            "delay_milliseconds": settings.sample_delay_milliseconds,
            "fault_percent": settings.sample_fault_percent,
            "plugins": settings.sample_plugins,
            "service_a_tracing": settings.service_a_tracing,
            "service_b_tracing": settings.service_b_tracing,
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

# Nothing of it is garbage: it is looked through neither while resources are awaited nor at exit.
gc.freeze()
gc.enable()
