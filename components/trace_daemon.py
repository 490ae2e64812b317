"""The X-Ray daemon on every node, behind one address."""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from . import daemon_objects
from .credentials import Credentials
from .daemon_objects import RESERVED_NAMESPACES, SERVICE_NAME
from .daemon_pod import LogLevel, daemon_pod_spec
from .labels import CREDENTIALS_ANNOTATION, relies_on, selector_labels, standard_labels

DAEMON_NAME: Final = "xray-daemon"
"""Name of the DaemonSet, its pods' container and their service account."""

DEFAULT_MEMORY_LIMIT_MIB: Final = 128
"""Enough for 48 MiB of segments while X-Ray is out of reach."""


class TraceDaemonArgs(TypedDict):
    """Inputs of `TraceDaemon`."""

    image: pulumi.Input[str]
    """The daemon's image, best by digest."""

    region: pulumi.Input[str]
    """AWS region that traces are sent to."""

    namespace: NotRequired[str]
    """Namespace of everything here; made unless every cluster has it. Default: `xray`."""

    host_port: NotRequired[bool]
    """Whether the daemon also answers on the node's own port 2000. Default: no."""

    log_level: NotRequired[LogLevel]
    """Least severity that the daemon logs. Default: `warn`."""

    memory_limit_mib: NotRequired[int]
    """Memory limit of the daemon, in MiB; its buffer is derived from it. Default: 128."""

    credentials: NotRequired[Credentials]
    """How the pods come by AWS credentials; opens the way there. Default: `pod-identity`."""

    service_account_annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """`WriteAccess.service_account_annotations`. Default: none."""

    assume_role_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of a role, of another account for example, that writes the traces in the place of the
    pods' own. Default: none."""

    architectures: NotRequired[pulumi.Input[Sequence[str]] | None]
    """Architectures of the nodes that can run the image. Default: any."""

    prerequisites: NotRequired[Sequence[pulumi.Input[str]]]
    """Names or ARNs of what the pods rely on; the DaemonSet is made after them and names them."""


class TraceDaemon(pulumi.ComponentResource):
    """One daemon pod on each Linux node, found at `xray-service.<namespace>:2000`.

    Makes a Namespace (unless every cluster has it), a ServiceAccount without rights in
    Kubernetes, a DaemonSet, a Service that keeps traces on their node, and a NetworkPolicy.
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
        self._host_port = args.get("host_port", False)
        self._credentials = Credentials(args.get("credentials", Credentials.POD_IDENTITY))
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

    def _metadata(self, name: str = DAEMON_NAME) -> ObjectMetaArgsDict:
        return {
            "name": name,
            "namespace": self.namespace,
            "labels": standard_labels(DAEMON_NAME, "daemon"),
        }

    def _create_namespace(self, namespace: str) -> pulumi.Output[str]:
        if namespace in RESERVED_NAMESPACES:
            return pulumi.Output.from_input(namespace)
        labels = standard_labels(namespace, "namespace")
        metadata: ObjectMetaArgsDict = {
            "name": namespace,
            "labels": {**labels, **daemon_objects.admission_labels(self._host_port)},
        }
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
            spec=daemon_objects.network_policy_spec(selector, self._credentials),
            opts=self._child,
        )

    def _create_daemon_set(self, service_account: pulumi.Output[str]) -> None:
        pod_spec = daemon_pod_spec(
            image=self._args["image"],
            region=self._args["region"],
            service_account=service_account,
            # Other languages send every number as a float.
            memory_limit_mib=int(self._args.get("memory_limit_mib", DEFAULT_MEMORY_LIMIT_MIB)),
            log_level=self._args.get("log_level", LogLevel.WARN),
            host_port=self._host_port,
            assume_role_arn=self._args.get("assume_role_arn"),
            architectures=self._args.get("architectures"),
        )
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
                    "metadata": {
                        "labels": standard_labels(DAEMON_NAME, "daemon"),
                        "annotations": self._annotations.apply(
                            lambda given: {CREDENTIALS_ANNOTATION: self._credentials.value, **given}
                        ),
                    },
                    "spec": pod_spec,
                },
            },
            opts=self._child,
        )

    def _create_service(self) -> None:
        kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata(SERVICE_NAME),
            spec=daemon_objects.service_spec(selector_labels(DAEMON_NAME)),
            opts=self._child,
        )
