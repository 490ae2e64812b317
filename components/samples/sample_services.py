"""Two sample services that show tracing at work: A calls B; B is slow and fails now and then."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from .. import aws_values, kubernetes_values
from ..agent.network_policy import sample_network_policy_spec
from ..agent.pod.labels import relies_on, selector_labels, standard_labels
from ..agent.pod.platform import OF_PLATFORM, Platform
from ..architecture import ARCHITECTURES, DEFAULT_ARCHITECTURES, Architecture
from ..choices import Tracing
from ..component import Component
from ..constraints import Constraint, array, matching, whole
from ..image.build import build_image, image_context
from ..image.repository import EcrRepository
from ..inputs import Inputs
from ..kubernetes_provider import without_kubernetes_provider
from .pods import HTTP_PORT, sample_pod_spec, sample_service_spec, service_url

SERVICE_A: Final = "service-a"
SERVICE_B: Final = "service-b"

COMPONENT: Final = "sample-service"
"""Label of the pods of both."""

POLICY_NAME: Final = "sample-services"

REPLICAS: Final = 2
"""Pods of each service, as in the AWS blog post."""

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

    sample_image: NotRequired[pulumi.Input[str] | None]
    """Image of the sample services. Default: one that is built into an ECR repository."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures that an image is built for."""

    context: NotRequired[str | None]
    """Directory of the image's Dockerfile; at another path it is another image. Default:
    `images/sample-service` beside the components."""

    sample_delay_milliseconds: NotRequired[int]
    """Service-B waits up to this long before it answers, in milliseconds."""

    sample_fault_percent: NotRequired[int]
    """Share of requests that Service-B fails, in percent."""

    sample_plugins: NotRequired[Sequence[str]]
    """Plugins of the X-Ray SDK that add the node's and the pod's identity."""

    service_a_tracing: NotRequired[Tracing]
    """Library that Service-A is traced by; `opentelemetry` needs an agent that takes spans."""

    service_b_tracing: NotRequired[Tracing]
    """Library that Service-B is traced by."""

    platform: NotRequired[Platform]
    """What all pods are given alike, the same as in `TraceDaemon`."""

    prerequisites: NotRequired[Sequence[pulumi.Input[str]]]
    """Names or ARNs of what the pods rely on; the Deployments are made after them."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository. Default: none."""


DEFAULTS: Final[Mapping[str, Any]] = {
    "architectures": DEFAULT_ARCHITECTURES,
    "sample_delay_milliseconds": 200,
    "sample_fault_percent": 5,
    "sample_plugins": (),
    "service_a_tracing": Tracing.XRAY_SDK,
    "service_b_tracing": Tracing.XRAY_SDK,
    "platform": {},
    "prerequisites": (),
}

CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "namespace": kubernetes_values.NAMESPACE,
    "sample_image": matching(
        r"[a-z0-9][0-9A-Za-z_.:/-]*(@sha256:[0-9a-f]{64})?",
        "the reference of a container image, such as registry.example.com/sample@sha256:…",
        longest=512,
    ),
    "architectures": ARCHITECTURES,
    "sample_delay_milliseconds": whole(0, 4000),
    "sample_fault_percent": whole(0, 100),
    "sample_plugins": array(
        "an array of EC2Plugin, ECSPlugin or both",
        matching("EC2Plugin|ECSPlugin", ""),
        distinct=True,
    ),
    "tags": aws_values.TAGS,
    "platform": OF_PLATFORM,
}

SAMPLE_SERVICES: Final = Inputs(SampleServicesArgs, DEFAULTS, CONSTRAINTS)


def sample_image(
    name: str, args: SampleServicesArgs, opts: pulumi.ResourceOptions | None = None
) -> pulumi.Input[str]:
    """Returns the image that is given, or builds it into an ECR repository."""
    if args["sample_image"] is not None:
        return args["sample_image"]
    return build_image(
        f"{name}-image",
        repository=EcrRepository(name, {"tags": args["tags"]}, opts),
        context=args.get("context") or image_context("images/sample-service"),
        version=SAMPLE_VERSION,
        build_args={},
        architectures=args["architectures"],
        opts=opts or pulumi.ResourceOptions(),
    )


class SampleServices(Component):
    """Service-A and Service-B from one image.

    Makes a Deployment of two pods, a PodDisruptionBudget and a Service for each, a NetworkPolicy
    for both, and an ECR repository with their image unless one is given.

    Raises:
        pulumi.RunError: An input is wrong.
    """

    url: pulumi.Output[str]
    """URL of Service-A inside the cluster."""

    image: pulumi.Output[str]
    """The image of both, which a `TraceCanary` takes too."""

    def __init__(
        self, name: str, args: SampleServicesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        own, provider = without_kubernetes_provider(opts)
        super().__init__(name, own)
        self._args = SAMPLE_SERVICES.complete(args, f"SampleServices {name}")
        # The image is built while the cluster is made.
        self._on_cluster = pulumi.ResourceOptions(parent=self, provider=provider)
        self._namespace = pulumi.Output.from_input(self._args["namespace"])
        self.image = pulumi.Output.from_input(sample_image(name, self._args, self._child))
        self._tracing = {
            SERVICE_A: self._args["service_a_tracing"],
            SERVICE_B: self._args["service_b_tracing"],
        }

        self._create_service(SERVICE_A, {"DOWNSTREAM_URL": self._url_of(SERVICE_B)})
        self._create_service(SERVICE_B, self._fault_injection())
        if self._args["platform"]["network_policy"]:
            self._create_network_policy()

        self.url = self._url_of(SERVICE_A)
        self._register()

    def _url_of(self, service: str) -> pulumi.Output[str]:
        return self._namespace.apply(lambda namespace: service_url(service, namespace))

    def _fault_injection(self) -> dict[str, pulumi.Input[str]]:
        return {
            "DELAY_MILLISECONDS": str(self._args["sample_delay_milliseconds"]),
            "FAULT_PERCENT": str(self._args["sample_fault_percent"]),
        }

    def _create_service(self, service: str, environment: dict[str, pulumi.Input[str]]) -> None:
        plugins = ",".join(self._args["sample_plugins"])
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
            spec=sample_network_policy_spec(self._args, selector, HTTP_PORT),
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
            self._args,
            name=service,
            image=self.image,
            tracing=self._tracing[service],
            environment=environment,
        )
        kubernetes.apps.v1.Deployment(
            f"{self._name}-{service}-deployment",
            metadata={
                **self._metadata(service),
                "annotations": relies_on(self._args["prerequisites"]),
            },
            spec={
                "replicas": REPLICAS,
                "selector": {"match_labels": selector_labels(service)},
                "template": {"metadata": {"labels": labels}, "spec": pod_spec},
            },
            opts=self._on_cluster,
        )
