"""The X-Ray daemon on every node, or a collector in its place, behind one address."""

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import EnvVarArgsDict, PodSpecArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ..access.credentials import Credentials
from . import service as daemon_objects
from .agents import DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB, Backend
from .args import TraceDaemonArgs
from .collector.gateway import GATEWAY_NAME
from .collector.program import collector_pod_spec
from .collector.trace_collector import TraceCollector
from .daemon.command import LogLevel
from .daemon.program import daemon_pod_spec
from .network_policy import network_policy_spec
from .pod.ip_family import IpFamily, metadata_environment
from .pod.labels import CREDENTIALS_ANNOTATION, relies_on, selector_labels, standard_labels
from .pod.proxy import proxy_environment
from .service import DAEMON_NAME, RESERVED_NAMESPACES, SERVICE_NAME, Routing

DEFAULT_MEMORY_LIMIT_MIB: Final = 128
"""Enough for 48 MiB of segments while X-Ray is out of reach."""


class TraceDaemon(pulumi.ComponentResource):
    """One daemon pod on each Linux node, found at `xray-service.<namespace>:2000`.

    Makes a Namespace (unless every cluster has it), a ServiceAccount without rights in
    Kubernetes, a DaemonSet, a Service that keeps traces on their node, and a NetworkPolicy.

    With the backend `collector` an OpenTelemetry Collector runs in those pods, in the daemon's
    place and on its ports, and takes spans too. That makes a ConfigMap more, and a gateway where
    one is asked for. All else is the same: a change of backend is a rollout of the same DaemonSet.
    """

    address: pulumi.Output[str]
    """What applications need as `AWS_XRAY_DAEMON_ADDRESS`."""

    namespace: pulumi.Output[str]
    """The namespace, known once it is there."""

    labels: pulumi.Output[dict[str, str]]
    """Labels that select the daemon's pods."""

    def __init__(
        self, name: str, args: TraceDaemonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:TraceDaemon", name, None, opts)
        self._name = name
        self._args = args
        self._backend = Backend(args.get("backend", Backend.DAEMON))
        self._host_port = args.get("host_port", False)
        self._credentials = Credentials(args.get("credentials", Credentials.POD_IDENTITY))
        self._ip_family = IpFamily(args.get("ip_family", IpFamily.IPV4))
        self._annotations = pulumi.Output.from_input(args.get("service_account_annotations", {}))
        self._child = pulumi.ResourceOptions(parent=self)

        self.namespace = self._create_namespace(args.get("namespace", "xray"))
        service_account = self._create_service_account()
        self._create_network_policy()
        self._create_daemon_set(service_account)
        self._create_service()

        self.address = self.namespace.apply(daemon_objects.address)
        self.labels = pulumi.Output.from_input(selector_labels(DAEMON_NAME))
        self.register_outputs(
            {"address": self.address, "namespace": self.namespace, "labels": self.labels}
        )

    def _labels(self) -> dict[str, str]:
        return {**self._args.get("labels", {}), **standard_labels(DAEMON_NAME, "daemon")}

    def _metadata(self, name: str = DAEMON_NAME) -> ObjectMetaArgsDict:
        return {"name": name, "namespace": self.namespace, "labels": self._labels()}

    def _create_namespace(self, namespace: str) -> pulumi.Output[str]:
        if namespace in RESERVED_NAMESPACES:
            return pulumi.Output.from_input(namespace)
        labels = {
            **self._args.get("labels", {}),
            **standard_labels(namespace, "namespace"),
            **daemon_objects.admission_labels(self._host_port),
        }
        metadata: ObjectMetaArgsDict = {"name": namespace, "labels": labels}
        created = kubernetes.core.v1.Namespace(
            f"{self._name}-namespace", metadata=metadata, opts=self._child
        )
        return created.metadata.apply(lambda made: made.name or namespace)

    def _create_service_account(self) -> pulumi.Output[str]:
        created = kubernetes.core.v1.ServiceAccount(
            f"{self._name}-service-account",
            metadata={**self._metadata(), "annotations": self._annotations},
            automount_service_account_token=False,
            opts=self._child,
        )
        # EKS looks at its annotations when a pod is made: the pods are to come after it.
        return created.metadata.apply(lambda made: made.name or DAEMON_NAME)

    def _create_network_policy(self) -> None:
        selector = selector_labels(DAEMON_NAME)
        kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-network-policy",
            metadata=self._metadata(),
            spec=network_policy_spec(
                selector,
                self._credentials,
                backend=self._backend,
                gateway=selector_labels(GATEWAY_NAME) if self._gateway_replicas() else None,
                ip_family=self._ip_family,
                namespaces=self._args.get("ingress_namespaces"),
                proxy_url=self._args.get("proxy_url"),
            ),
            opts=self._child,
        )

    def _create_daemon_set(self, service_account: pulumi.Output[str]) -> None:
        kubernetes.apps.v1.DaemonSet(
            f"{self._name}-daemon-set",
            metadata={
                **self._metadata(),
                "annotations": relies_on(self._args.get("prerequisites", [])),
            },
            spec={
                "selector": {"match_labels": selector_labels(DAEMON_NAME)},
                "update_strategy": daemon_objects.rollout_strategy(self._host_port),
                "template": {
                    "metadata": {"labels": self._labels(), "annotations": self._pod_annotations()},
                    "spec": self._pod_spec(service_account),
                },
            },
            opts=self._child,
        )

    def _pod_spec(self, service_account: pulumi.Output[str]) -> PodSpecArgsDict:
        if self._backend == Backend.COLLECTOR:
            return self._collector_pod_spec(service_account)
        args = self._args
        return daemon_pod_spec(
            image=args["image"],
            region=args["region"],
            service_account=service_account,
            memory_limit_mib=self._memory_limit_mib(DEFAULT_MEMORY_LIMIT_MIB),
            log_level=args.get("log_level", LogLevel.WARN),
            host_port=self._host_port,
            ip_family=self._ip_family,
            environment=self._environment(),
            extra_arguments=args.get("extra_arguments", []),
            assume_role_arn=args.get("assume_role_arn"),
            architectures=args.get("architectures"),
            node_selector=args.get("node_selector"),
            priority_class=args.get("priority_class"),
        )

    def _collector_pod_spec(self, service_account: pulumi.Output[str]) -> PodSpecArgsDict:
        args = self._args
        memory_limit_mib = self._memory_limit_mib(DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB)
        environment = self._environment()
        collector = TraceCollector(
            self._name,
            args,
            namespace=self.namespace,
            service_account=service_account,
            memory_limit_mib=memory_limit_mib,
            gateway_replicas=self._gateway_replicas(),
            environment=environment,
            pod_annotations=self._pod_annotations(),
            child=self._child,
        )
        return collector_pod_spec(
            image=args["image"],
            region=args["region"],
            service_account=service_account,
            configuration=collector.create_configuration(),
            memory_limit_mib=memory_limit_mib,
            host_port=self._host_port,
            environment=environment,
            architectures=args.get("architectures"),
            node_selector=args.get("node_selector"),
            priority_class=args.get("priority_class"),
        )

    def _gateway_replicas(self) -> int:
        if self._backend != Backend.COLLECTOR:
            return 0
        # Other languages send every number as a float.
        return int(self._args.get("collector", {}).get("gateway_replicas", 0))

    def _memory_limit_mib(self, default: int) -> int:
        # Other languages send every number as a float.
        return int(self._args.get("memory_limit_mib", default))

    def _environment(self) -> list[EnvVarArgsDict]:
        return [
            *metadata_environment(self._credentials, self._ip_family),
            *proxy_environment(
                self._args.get("proxy_url"),
                self._args.get("no_proxy", []),
                self._credentials,
                self._ip_family,
            ),
        ]

    def _pod_annotations(self) -> pulumi.Output[dict[str, str]]:
        return self._annotations.apply(
            lambda given: {
                **self._args.get("pod_annotations", {}),
                CREDENTIALS_ANNOTATION: self._credentials.value,
                **given,
            }
        )

    def _create_service(self) -> None:
        kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata(SERVICE_NAME),
            spec=daemon_objects.service_spec(
                selector_labels(DAEMON_NAME),
                backend=self._backend,
                routing=Routing(self._args.get("routing", Routing.NODE)),
                ip_family=self._ip_family,
            ),
            opts=self._child,
        )
