"""Two sample services that show tracing at work: A calls B; B is slow and fails now and then."""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ..agent.agents import Tracing
from ..agent.network_policy import sample_network_policy_spec
from ..agent.pod.labels import relies_on, selector_labels, standard_labels
from ..architecture import Architecture
from ..image.build import build_image
from ..image.context import image_context
from ..image.repository import EcrRepository
from ..kubernetes_provider import apart
from .pods import HTTP_PORT, sample_pod_spec, sample_service_spec, service_url

SERVICE_A: Final = "service-a"
SERVICE_B: Final = "service-b"

COMPONENT: Final = "sample-service"
"""Label of the pods of both."""

POLICY_NAME: Final = "sample-services"

REPLICAS: Final = 2
"""Pods of each service, as in the article."""

SAMPLE_VERSION: Final = "1.0"
"""First part of the image's tag; its second part is made from the contents."""


class SampleServicesArgs(TypedDict):
    """Inputs of `SampleServices`."""

    namespace: pulumi.Input[str]
    """Namespace of both services."""

    daemon_address: pulumi.Input[str]
    """`TraceDaemon.address`."""

    cluster_name: pulumi.Input[str]
    """The cluster's name, for the segments' resources."""

    image: NotRequired[pulumi.Input[str] | None]
    """An image of the sample services. Default: build one into an ECR repository."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures that an image is built for. Default: `amd64`."""

    context: NotRequired[str]
    """Directory of the image's Dockerfile; at another path it is another image. Default: `services`
    beside the components."""

    delay_milliseconds: NotRequired[int]
    """Service-B waits up to this long before it answers. Default: 200."""

    fault_percent: NotRequired[int]
    """Share of requests that Service-B fails, in percent. Default: 5."""

    plugins: NotRequired[Sequence[str]]
    """Plugins of the X-Ray SDK that add the node's and the pod's identity. Default: none."""

    service_a_tracing: NotRequired[Tracing]
    """Library that Service-A is traced by; `opentelemetry` needs a collector behind the daemon's
    address. Default: `xray-sdk`."""

    service_b_tracing: NotRequired[Tracing]
    """Library that Service-B is traced by. Default: `xray-sdk`."""

    prerequisites: NotRequired[Sequence[pulumi.Input[str]]]
    """Names or ARNs of what the pods rely on; the Deployments are made after them."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class SampleServices(pulumi.ComponentResource):
    """Service-A and Service-B from one image.

    Makes a Deployment of two pods, a PodDisruptionBudget and a Service for each, a NetworkPolicy
    for both, and an ECR repository with their image unless one is given.
    """

    url: pulumi.Output[str]
    """URL of Service-A inside the cluster."""

    def __init__(
        self, name: str, args: SampleServicesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        own, provider = apart(opts)
        super().__init__("xray-on-kubernetes:index:SampleServices", name, None, own)
        self._name = name
        self._args = args
        # The image is built while the cluster is made.
        self._child = pulumi.ResourceOptions(parent=self)
        self._on_cluster = pulumi.ResourceOptions(parent=self, provider=provider)
        self._namespace = pulumi.Output.from_input(args["namespace"])
        self._architectures = args.get("architectures", [Architecture.AMD64])
        self._image = self._find_image()
        self._tracing = {
            SERVICE_A: Tracing(args.get("service_a_tracing", Tracing.XRAY_SDK)),
            SERVICE_B: Tracing(args.get("service_b_tracing", Tracing.XRAY_SDK)),
        }

        self._create_service(SERVICE_A, {"DOWNSTREAM_URL": self._url_of(SERVICE_B)})
        self._create_service(SERVICE_B, self._trouble())
        self._create_network_policy()

        self.url = self._url_of(SERVICE_A)
        self.register_outputs({"url": self.url})

    def _find_image(self) -> pulumi.Input[str]:
        given = self._args.get("image")
        if given is not None:
            return given
        return build_image(
            f"{self._name}-image",
            repository=EcrRepository(self._name, {"tags": self._args.get("tags")}, self._child),
            context=self._args.get("context", image_context("images/sample-service")),
            version=SAMPLE_VERSION,
            build_args={},
            architectures=self._architectures,
            opts=self._child,
        )

    def _built_for(self) -> list[str] | None:
        """Returns the nodes that can run the image; of one that was given, that is not known."""
        if self._args.get("image") is not None:
            return None
        return [Architecture(each).value for each in self._architectures]

    def _url_of(self, service: str) -> pulumi.Output[str]:
        return self._namespace.apply(lambda namespace: service_url(service, namespace))

    def _trouble(self) -> dict[str, pulumi.Input[str]]:
        # Other languages send every number as a float.
        return {
            "DELAY_MILLISECONDS": str(int(self._args.get("delay_milliseconds", 200))),
            "FAULT_PERCENT": str(int(self._args.get("fault_percent", 5))),
        }

    def _create_service(self, service: str, environment: dict[str, pulumi.Input[str]]) -> None:
        plugins = ",".join(self._args.get("plugins", []))
        if plugins and self._tracing[service] == Tracing.XRAY_SDK:
            environment["XRAY_PLUGINS"] = plugins
        self._create_deployment(service, environment)
        self._create_disruption_budget(service)
        kubernetes.core.v1.Service(
            f"{self._name}-{service}-service",
            metadata=self._metadata(service),
            spec=sample_service_spec(selector_labels(service)),
            opts=self._on_cluster,
        )

    def _create_network_policy(self) -> None:
        selector = {"app.kubernetes.io/component": COMPONENT}
        kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-network-policy",
            metadata=self._metadata(POLICY_NAME),
            spec=sample_network_policy_spec(
                selector,
                HTTP_PORT,
                instance_metadata="EC2Plugin" in self._args.get("plugins", []),
                spans=Tracing.OPENTELEMETRY in self._tracing.values(),
            ),
            opts=self._on_cluster,
        )

    def _create_disruption_budget(self, service: str) -> None:
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{self._name}-{service}-disruption-budget",
            metadata=self._metadata(service),
            spec={"max_unavailable": 1, "selector": {"match_labels": selector_labels(service)}},
            opts=self._on_cluster,
        )

    def _metadata(self, name: str) -> ObjectMetaArgsDict:
        return {
            "name": name,
            "namespace": self._namespace,
            "labels": standard_labels(name, COMPONENT),
        }

    def _create_deployment(
        self, service: str, environment: Mapping[str, pulumi.Input[str]]
    ) -> None:
        labels = standard_labels(service, COMPONENT)
        pod_spec = sample_pod_spec(
            name=service,
            image=self._image,
            tracing=self._tracing[service],
            daemon_address=self._args["daemon_address"],
            cluster_name=self._args["cluster_name"],
            environment=environment,
            architectures=self._built_for(),
        )
        kubernetes.apps.v1.Deployment(
            f"{self._name}-{service}-deployment",
            metadata={
                **self._metadata(service),
                "annotations": relies_on(self._args.get("prerequisites", [])),
            },
            spec={
                "replicas": REPLICAS,
                "selector": {"match_labels": selector_labels(service)},
                "template": {"metadata": {"labels": labels}, "spec": pod_spec},
            },
            opts=self._on_cluster,
        )
