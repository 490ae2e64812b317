"""What the backend `collector` of `TraceDaemon` makes beside the daemon's own objects."""

from collections.abc import Sequence
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ...access.credentials import Credentials
from ..agents import CollectorExporter
from ..args import TraceDaemonArgs
from ..daemon.command import LogLevel
from ..pod.ip_family import IpFamily
from ..pod.labels import selector_labels, standard_labels
from ..service import DAEMON_NAME
from .configuration import (
    Configuration,
    collector_configuration,
    gate_configuration,
    gateway_configuration,
)
from .exporters import WayOut, way_to_aws, way_to_gateway
from .files import create_config_map
from .gateway import DEFAULT_GATEWAY_MEMORY_LIMIT_MIB, GATEWAY_NAME, CollectorGateway, gateway_host
from .program import CONFIGURATION_FILE, GATE_FILE

COLLECTOR_NAME: Final = "xray-collector"
"""First part of the name of the ConfigMap with the files of every node's collector."""


class TraceCollector:
    """Makes the collectors' ConfigMaps, and their gateway where one is asked for."""

    def __init__(
        self,
        name: str,
        args: TraceDaemonArgs,
        *,
        namespace: pulumi.Output[str],
        service_account: pulumi.Output[str],
        memory_limit_mib: int,
        gateway_replicas: int,
        environment: Sequence[EnvVarArgsDict],
        pod_annotations: pulumi.Output[dict[str, str]],
        child: pulumi.ResourceOptions,
    ) -> None:
        """Takes note of what it is told; makes nothing yet.

        Args:
            name: First part of the resources' names.
            args: The inputs of `TraceDaemon`.
            namespace: Namespace of everything.
            service_account: Service account of the pods.
            memory_limit_mib: Memory limit of each node's collector, in MiB.
            gateway_replicas: Pods of the gateway; 0 for none.
            environment: More variables of the pods.
            pod_annotations: Annotations of the pods.
            child: Options of the resources.
        """
        self._name = name
        self._args = args
        self._collector = args.get("collector", {})
        self._ip_family = IpFamily(args.get("ip_family", IpFamily.IPV4))
        self._log_level = LogLevel(args.get("log_level", LogLevel.WARN))
        self._namespace = namespace
        self._service_account = service_account
        self._memory_limit_mib = memory_limit_mib
        self._gateway_replicas = gateway_replicas
        self._environment = environment
        self._pod_annotations = pod_annotations
        self._child = child

    def create_configuration(self) -> pulumi.Output[str]:
        """Makes the ConfigMap of the nodes' collectors; returns its name once they may start.

        Which is after their gateway is there: a cluster's DNS remembers for up to 30 seconds that
        there was none.
        """
        ready = [self._create_gateway()] if self._gateway_replicas else []
        gateway = self._namespace.apply(gateway_host) if self._gateway_replicas else None

        def files(known: dict[str, Any]) -> dict[str, Configuration]:
            region, role, host = known["region"], known["assume_role_arn"], known["gateway"]
            way = (
                self._way_to_aws(region, role, self._memory_limit_mib)
                if host is None
                else way_to_gateway(host, self._memory_limit_mib)
            )
            configuration = collector_configuration(
                way,
                region=region,
                memory_limit_mib=self._memory_limit_mib,
                log_level=self._log_level,
                ip_family=self._ip_family,
                assume_role_arn=role,
                on_eks=self._collector.get("on_eks", True),
            )
            return {
                CONFIGURATION_FILE: configuration,
                GATE_FILE: gate_configuration(self._ip_family),
            }

        name = self._create_config_map(COLLECTOR_NAME, self._known(gateway=gateway).apply(files))
        return pulumi.Output.all(name, *ready).apply(lambda known: known[0])

    def _create_gateway(self) -> pulumi.Output[str]:
        """Makes the gateway; returns the name that leads to its pods, once they are ready."""
        args = self._args
        # Other languages send every number as a float.
        memory_limit_mib = int(
            self._collector.get("gateway_memory_limit_mib", DEFAULT_GATEWAY_MEMORY_LIMIT_MIB)
        )

        def files(known: dict[str, Any]) -> dict[str, Configuration]:
            configuration = gateway_configuration(
                self._way_to_aws(known["region"], known["assume_role_arn"], memory_limit_mib),
                memory_limit_mib=memory_limit_mib,
                tail_sampling=self._collector.get("tail_sampling"),
                log_level=self._log_level,
                ip_family=self._ip_family,
            )
            return {CONFIGURATION_FILE: configuration}

        gateway = CollectorGateway(
            f"{self._name}-gateway",
            {
                "image": args["image"],
                "region": args["region"],
                "namespace": self._namespace,
                "service_account": self._service_account,
                "configuration": self._create_config_map(GATEWAY_NAME, self._known().apply(files)),
                "collectors": selector_labels(DAEMON_NAME),
                "replicas": self._gateway_replicas,
                "memory_limit_mib": memory_limit_mib,
                "credentials": Credentials(args.get("credentials", Credentials.POD_IDENTITY)),
                "ip_family": self._ip_family,
                "environment": self._environment,
                "labels": args.get("labels", {}),
                "pod_annotations": self._pod_annotations,
                "proxy_url": args.get("proxy_url"),
                "architectures": args.get("architectures"),
                "prerequisites": args.get("prerequisites", []),
            },
            self._child,
        )
        return gateway.host

    def _way_to_aws(
        self, region: str, assume_role_arn: str | None, memory_limit_mib: int
    ) -> WayOut:
        return way_to_aws(
            CollectorExporter(self._collector.get("exporter", CollectorExporter.XRAY)),
            region=region,
            memory_limit_mib=memory_limit_mib,
            ip_family=self._ip_family,
            assume_role_arn=assume_role_arn,
            indexed_attributes=list(self._collector.get("indexed_attributes", [])),
        )

    def _known(self, **more: pulumi.Input[Any] | None) -> pulumi.Output[dict[str, Any]]:
        """What every collector is told, as soon as it is known."""
        return pulumi.Output.all(
            region=self._args["region"],
            assume_role_arn=self._args.get("assume_role_arn"),
            **more,
        )

    def _create_config_map(
        self, prefix: str, files: pulumi.Output[dict[str, Configuration]]
    ) -> pulumi.Output[str]:
        metadata: ObjectMetaArgsDict = {
            "namespace": self._namespace,
            "labels": {**self._args.get("labels", {}), **standard_labels(prefix, "collector")},
        }
        return create_config_map(
            f"{self._name}-{prefix.removeprefix('xray-')}-configuration",
            metadata,
            prefix,
            files,
            self._child,
        )
