"""Collectors in a Deployment that the collectors of all nodes send whole traces to."""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import EnvVarArgsDict, PodSpecArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ...access.credentials import Credentials
from ..daemon.command import DAEMON_USER, daemon_environment
from ..network_policy import gateway_network_policy_spec
from ..pod.affinity import apart, node_affinity
from ..pod.ip_family import IpFamily
from ..pod.labels import relies_on, selector_labels, standard_labels
from ..pod.security import restricted_pod
from .ports import OTLP_GRPC_PORT, collector_ports
from .program import COLLECTOR_FLUSH_SECONDS, collector_container, configuration_volume

GATEWAY_NAME: Final = "xray-gateway"
"""Name of the Deployment, its pods, and the Service that leads to them."""

DEFAULT_GATEWAY_MEMORY_LIMIT_MIB: Final = 1024
"""Room for 16,000 traces that wait for their last spans."""

RESOLVE_SECONDS: Final = 10
"""How long a stopping pod still takes spans: until every node's collector, which looks every five
seconds (exporter `loadbalancing`), no longer finds its address."""


class CollectorGatewayArgs(TypedDict):
    """Inputs of `CollectorGateway`."""

    image: pulumi.Input[str]
    """The collector's image, best by digest."""

    region: pulumi.Input[str]
    """AWS region that traces are sent to."""

    namespace: pulumi.Input[str]
    """Namespace of everything here."""

    service_account: pulumi.Input[str]
    """Service account of the pods, which may write traces."""

    configuration: pulumi.Input[str]
    """Name of the ConfigMap with the gateway's configuration."""

    collectors: Mapping[str, str]
    """Labels of the pods that send spans here."""

    replicas: int
    """How many pods there are."""

    memory_limit_mib: int
    """Memory limit of each, in MiB."""

    credentials: Credentials
    """How the pods come by AWS credentials."""

    ip_family: IpFamily
    """IP addresses of the pods."""

    environment: Sequence[EnvVarArgsDict]
    """More variables of the pods."""

    labels: Mapping[str, str]
    """More labels of every object and of the pods."""

    pod_annotations: pulumi.Input[Mapping[str, str]]
    """Annotations of the pods."""

    proxy_url: NotRequired[str | None]
    """HTTP proxy on the way to AWS. Default: none."""

    architectures: NotRequired[pulumi.Input[Sequence[str]] | None]
    """Architectures of the nodes that can run the image. Default: any."""

    prerequisites: NotRequired[Sequence[pulumi.Input[str]]]
    """Names or ARNs of what the pods rely on; the Deployment is made after them."""


class CollectorGateway(pulumi.ComponentResource):
    """The gateway, found at `xray-gateway.<namespace>`.

    Makes a Deployment whose pods are spread over the nodes, a PodDisruptionBudget, a headless
    Service that leads to each of them, and a NetworkPolicy.
    """

    host: pulumi.Output[str]
    """Name that leads to the addresses of its pods, known once they are ready."""

    def __init__(
        self, name: str, args: CollectorGatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:CollectorGateway", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)

        self._create_network_policy()
        deployment = self._create_deployment()
        self._create_disruption_budget()
        service = self._create_service()

        self.host = pulumi.Output.all(args["namespace"], deployment, service).apply(
            lambda known: gateway_host(known[0])
        )
        self.register_outputs({"host": self.host})

    def _labels(self) -> dict[str, str]:
        return {**self._args["labels"], **standard_labels(GATEWAY_NAME, "gateway")}

    def _metadata(self) -> ObjectMetaArgsDict:
        return {
            "name": GATEWAY_NAME,
            "namespace": self._args["namespace"],
            "labels": self._labels(),
        }

    def _create_network_policy(self) -> None:
        kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-network-policy",
            metadata=self._metadata(),
            spec=gateway_network_policy_spec(
                selector_labels(GATEWAY_NAME),
                dict(self._args["collectors"]),
                self._args["credentials"],
                ip_family=self._args["ip_family"],
                proxy_url=self._args.get("proxy_url"),
            ),
            opts=self._child,
        )

    def _create_deployment(self) -> pulumi.Output[str | None]:
        return kubernetes.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata={
                **self._metadata(),
                "annotations": relies_on(self._args.get("prerequisites", [])),
            },
            spec={
                "replicas": self._args["replicas"],
                "selector": {"match_labels": selector_labels(GATEWAY_NAME)},
                "strategy": {
                    "type": "RollingUpdate",
                    "rolling_update": {"max_surge": "25%", "max_unavailable": 0},
                },
                "template": {
                    "metadata": {
                        "labels": self._labels(),
                        "annotations": self._args["pod_annotations"],
                    },
                    "spec": self._pod_spec(),
                },
            },
            opts=self._child,
        ).metadata.name

    def _pod_spec(self) -> PodSpecArgsDict:
        memory_limit_mib = self._args["memory_limit_mib"]
        container = collector_container(
            image=self._args["image"],
            ports=collector_ports(http=False),
            environment=[
                *daemon_environment(self._args["region"], memory_limit_mib),
                *self._args["environment"],
            ],
            memory_limit_mib=memory_limit_mib,
        )
        container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": RESOLVE_SECONDS}}}
        return {
            "service_account_name": self._args["service_account"],
            "automount_service_account_token": False,
            "enable_service_links": False,
            "termination_grace_period_seconds": RESOLVE_SECONDS + COLLECTOR_FLUSH_SECONDS,
            "security_context": restricted_pod(DAEMON_USER),
            "node_selector": {"kubernetes.io/os": "linux"},
            "affinity": {
                "pod_anti_affinity": apart(selector_labels(GATEWAY_NAME)),
                "node_affinity": node_affinity(self._args.get("architectures"), fargate=False),
            },
            "containers": [container],
            "volumes": [configuration_volume(self._args["configuration"])],
        }

    def _create_disruption_budget(self) -> None:
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{self._name}-disruption-budget",
            metadata=self._metadata(),
            spec={
                "max_unavailable": 1,
                "selector": {"match_labels": selector_labels(GATEWAY_NAME)},
            },
            opts=self._child,
        )

    def _create_service(self) -> pulumi.Output[str | None]:
        return kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata(),
            # Headless: each collector chooses a pod by the trace, and so must know all of them.
            spec={
                "type": "ClusterIP",
                "cluster_ip": "None",
                "selector": selector_labels(GATEWAY_NAME),
                "ports": [
                    {
                        "name": "otlp-grpc",
                        "port": OTLP_GRPC_PORT,
                        "target_port": "otlp-grpc",
                        "protocol": "TCP",
                    }
                ],
            },
            opts=self._child,
        ).metadata.name


def gateway_host(namespace: str) -> str:
    """Returns the name that leads to the gateway's pods: `xray-gateway.<namespace>`."""
    return f"{GATEWAY_NAME}.{namespace}"
