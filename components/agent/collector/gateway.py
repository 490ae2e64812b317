"""Collectors in a Deployment that the collectors of all nodes send whole traces to."""

from typing import Final, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import PodSpecArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ...component import Component
from ..agent import AGENT_USER
from ..args import TraceDaemonArgs
from ..network_policy import gateway_network_policy_spec
from ..pod.affinity import node_affinity, spread
from ..pod.containers import restricted_pod
from ..pod.credentials import with_role
from ..pod.labels import Labels, relies_on, selector_labels, standard_labels
from .files import configuration_volume
from .ports import GATEWAY_PORTS, OTLP_GRPC
from .program import FLUSH_SECONDS, collector_container

GATEWAY_NAME: Final = "xray-gateway"
"""Name of the Deployment, its pods, and the Service that leads to them."""

RESOLVE_SECONDS: Final = 10
"""How long a stopping pod still takes spans: until every node's collector, which looks every five
seconds (exporter `load_balancing`), no longer finds its address."""


class CollectorGatewayArgs(TypedDict):
    """Inputs of `CollectorGateway`."""

    agent: TraceDaemonArgs
    """The complete inputs of the `TraceDaemon` whose collectors send spans here."""

    namespace: pulumi.Input[str]
    """Namespace of everything here, known once it is there."""

    service_account: pulumi.Input[str]
    """Service account of the pods, which may write traces."""

    configuration: pulumi.Input[str]
    """Name of the ConfigMap with the gateway's configuration."""

    collectors: Labels
    """Labels of the pods that send spans here."""


class CollectorGateway(Component):
    """The gateway, found at `xray-gateway.<namespace>`.

    Makes a Deployment whose pods are spread over the nodes, a PodDisruptionBudget, a headless
    Service that leads to each of them, and a NetworkPolicy.
    """

    host: pulumi.Output[str]
    """Name that leads to the addresses of its pods, known once they are ready."""

    def __init__(
        self, name: str, args: CollectorGatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = args
        self._agent = args["agent"]

        if self._agent["platform"]["network_policy"]:
            self._create_network_policy()
        deployment = self._create_deployment()
        self._create_disruption_budget()
        service = self._create_service()

        self.host = pulumi.Output.all(args["namespace"], deployment, service).apply(
            lambda known: gateway_host(known[0])
        )
        self._register()

    def _labels(self) -> dict[str, str]:
        return {**self._agent["labels"], **standard_labels(GATEWAY_NAME, "gateway")}

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
                self._agent, selector_labels(GATEWAY_NAME), GATEWAY_PORTS, self._args["collectors"]
            ),
            opts=self._child,
        )

    def _create_deployment(self) -> pulumi.Output[str | None]:
        return kubernetes.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata={**self._metadata(), "annotations": relies_on(self._agent["prerequisites"])},
            spec={
                "replicas": self._agent["gateway_replicas"],
                "selector": {"match_labels": selector_labels(GATEWAY_NAME)},
                "strategy": {
                    "type": "RollingUpdate",
                    "rolling_update": {"max_surge": "25%", "max_unavailable": 0},
                },
                "template": {
                    "metadata": {
                        "labels": self._labels(),
                        "annotations": self._agent["pod_annotations"],
                    },
                    "spec": self._pod_spec(),
                },
            },
            opts=self._child,
        ).metadata.name

    def _pod_spec(self) -> PodSpecArgsDict:
        memory_limit_mib = self._agent["gateway_memory_limit_mib"]
        container = collector_container(self._agent, memory_limit_mib, GATEWAY_PORTS)
        container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": RESOLVE_SECONDS}}}
        pod: PodSpecArgsDict = {
            "service_account_name": self._args["service_account"],
            "automount_service_account_token": False,
            "enable_service_links": False,
            "termination_grace_period_seconds": RESOLVE_SECONDS + FLUSH_SECONDS,
            "security_context": restricted_pod(AGENT_USER, self._agent["platform"]),
            "node_selector": {"kubernetes.io/os": "linux"},
            "affinity": {
                "pod_anti_affinity": spread(selector_labels(GATEWAY_NAME)),
                "node_affinity": node_affinity(self._agent["architectures"], fargate=False),
            },
            "containers": [container],
            "volumes": [configuration_volume(self._args["configuration"])],
        }
        return with_role(pod, self._agent)

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
                        "name": OTLP_GRPC.name,
                        "port": OTLP_GRPC.number,
                        "target_port": OTLP_GRPC.name,
                        "protocol": OTLP_GRPC.protocol,
                    }
                ],
            },
            opts=self._child,
        ).metadata.name


def gateway_host(namespace: str) -> str:
    """Returns the name that leads to the gateway's pods: `xray-gateway.<namespace>`."""
    return f"{GATEWAY_NAME}.{namespace}"
