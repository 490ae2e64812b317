"""The agent on every node, behind one address."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ..component import Component
from . import service
from .agent import Files, reached
from .agents import agent_of
from .args import TRACE_DAEMON, TraceDaemonArgs
from .collector.files import configuration_volume, create_config_map
from .collector.gateway import GATEWAY_NAME, CollectorGateway, gateway_host
from .collector.ports import OTLP_HTTP
from .collector.program import gateway_files
from .network_policy import network_policy_spec
from .pod.labels import relies_on, selector_labels, standard_labels
from .pod.node_pod import node_pod_spec
from .service import AGENT_NAME, RESERVED_NAMESPACES, SERVICE_NAME


class TraceDaemon(Component):
    """One agent on each Linux node, found at `xray-service.<namespace>:2000`.

    Makes a Namespace (see `create_namespace`), a ServiceAccount without rights in Kubernetes, a
    DaemonSet, a Service that keeps traces on their node, and a NetworkPolicy. An object of the same
    name that exists already is an error of the update, and is left as it is.

    With the agent `collector` an OpenTelemetry Collector runs in those pods instead of the X-Ray
    daemon, on its ports, and takes spans too; with `both` it runs beside the daemon, and takes
    spans alone. That adds a ConfigMap, and a gateway where one is asked for. All else is the same:
    a change of agent is a rollout of the same DaemonSet.

    Raises:
        pulumi.RunError: An input is wrong.
    """

    address: pulumi.Output[str]
    """What applications need as `AWS_XRAY_DAEMON_ADDRESS`."""

    namespace: pulumi.Output[str]
    """The namespace, known once it is there."""

    labels: pulumi.Output[dict[str, str]]
    """Labels that select the agent's pods."""

    ports: pulumi.Output[dict[str, int]]
    """Ports of the agent that pods connect to, by their names."""

    def __init__(
        self, name: str, args: TraceDaemonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = TRACE_DAEMON.complete(args, f"TraceDaemon {name}")
        self._agent = agent_of(self._args)
        self._has_gateway = self._agent.uses_gateway and self._args["gateway_replicas"] > 0
        self._selector = selector_labels(AGENT_NAME)
        self.takes_spans = OTLP_HTTP in self._agent.ports
        self.platform = self._args["platform"]

        self.namespace = self._create_namespace()
        service_account = self._create_service_account()
        if self._args["platform"]["network_policy"]:
            self._create_network_policy()
        self._create_daemon_set(service_account)
        self._create_service()

        self.address = self.namespace.apply(service.address)
        self.labels = pulumi.Output.from_input(self._selector)
        self.ports = pulumi.Output.from_input(reached(self._agent.ports))
        self._register()

    def _labels(self, name: str = AGENT_NAME, component: str = "daemon") -> dict[str, str]:
        return {**self._args["labels"], **standard_labels(name, component)}

    def _metadata(self, name: str = AGENT_NAME) -> ObjectMetaArgsDict:
        return {"name": name, "namespace": self.namespace, "labels": self._labels()}

    def _create_namespace(self) -> pulumi.Output[str]:
        namespace = self._args["namespace"]
        if namespace in RESERVED_NAMESPACES:
            return pulumi.Output.from_input(namespace)
        name, host_port = f"{self._name}-namespace", self._args["host_port"]
        if not self._args["create_namespace"]:
            # By the name of one that was made here: Pulumi then lets go of it, and deletes nothing.
            found = kubernetes.core.v1.Namespace.get(name, namespace, self._child)
            return found.metadata.apply(
                lambda there: service.admitting(namespace, there.labels or {}, host_port)
            )
        labels = {**self._labels(namespace, "namespace"), **service.admission_labels(host_port)}
        created = kubernetes.core.v1.Namespace(
            name, metadata={"name": namespace, "labels": labels}, opts=self._child
        )
        return created.metadata.apply(lambda made: made.name or namespace)

    def _create_service_account(self) -> pulumi.Output[str]:
        created = kubernetes.core.v1.ServiceAccount(
            f"{self._name}-service-account",
            metadata={**self._metadata(), "annotations": self._args["service_account_annotations"]},
            automount_service_account_token=False,
            opts=self._child,
        )
        # Without it, there are no pods: they are to come after it.
        return created.metadata.apply(lambda made: made.name or AGENT_NAME)

    def _create_network_policy(self) -> None:
        gateway = selector_labels(GATEWAY_NAME) if self._has_gateway else None
        kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-network-policy",
            metadata=self._metadata(),
            spec=network_policy_spec(self._args, self._selector, self._agent.ports, gateway),
            opts=self._child,
        )

    def _create_daemon_set(self, service_account: pulumi.Output[str]) -> None:
        configuration = self._create_configuration(service_account)
        volume = None if configuration is None else configuration_volume(configuration)
        kubernetes.apps.v1.DaemonSet(
            f"{self._name}-daemon-set",
            metadata={**self._metadata(), "annotations": relies_on(self._args["prerequisites"])},
            spec={
                "selector": {"match_labels": self._selector},
                "update_strategy": service.rollout_strategy(self._args["host_port"]),
                "template": {
                    "metadata": {
                        "labels": self._labels(),
                        "annotations": self._args["pod_annotations"],
                    },
                    "spec": node_pod_spec(self._agent, self._args, service_account, volume),
                },
            },
            opts=self._child,
        )

    def _create_configuration(
        self, service_account: pulumi.Output[str]
    ) -> pulumi.Output[str] | None:
        """Makes the agent's ConfigMap; returns its name once the agent may start.

        Which is after the gateway is there: a cluster's DNS remembers for up to 30 seconds that
        there was none.
        """
        if self._agent.files is None:
            return None
        name = self._create_config_map("collector", self._agent.files)
        ready = [self._create_gateway(service_account)] if self._has_gateway else []
        return pulumi.Output.all(name, *ready).apply(lambda names: names[0])

    def _create_gateway(self, service_account: pulumi.Output[str]) -> pulumi.Output[str]:
        """Makes the gateway; returns the name that leads to its pods, once they are ready."""
        files = partial(gateway_files, self._args)
        return CollectorGateway(
            f"{self._name}-gateway",
            {
                "agent": self._args,
                "namespace": self.namespace,
                "service_account": service_account,
                "configuration": self._create_config_map("gateway", files),
                "collectors": self._selector,
            },
            self._child,
        ).host

    def _create_config_map(
        self, kind: str, files: Callable[[Mapping[str, Any]], Files]
    ) -> pulumi.Output[str]:
        """Makes the ConfigMap of the collectors or of the gateway; returns its name."""
        known = pulumi.Output.all(
            region=self._args["region"],
            assume_role_arn=self._args["assume_role_arn"],
            gateway=self.namespace.apply(gateway_host) if self._has_gateway else None,
        )
        name = f"xray-{kind}"
        return create_config_map(
            f"{self._name}-{kind}-configuration",
            {"namespace": self.namespace, "labels": self._labels(name, "collector")},
            name,
            known.apply(files),
            self._child,
        )

    def _create_service(self) -> None:
        kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata(SERVICE_NAME),
            spec=service.service_spec(
                self._selector,
                self._agent.ports,
                self._args["traffic_distribution"],
                self._args["ip_family"],
            ),
            opts=self._child,
        )
