"""The pod template and the Service of a sample service, as plain Kubernetes objects."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    AffinityArgsDict,
    ContainerArgsDict,
    EnvVarArgsDict,
    HTTPGetActionArgsDict,
    PodSpecArgsDict,
    ServiceSpecArgsDict,
)

from ..agent.environment import open_telemetry_environment, trace_environment
from ..agent.pod.affinity import node_affinity, spread
from ..agent.pod.containers import RESTRICTED_CONTAINER, container_resources, restricted_pod
from ..agent.pod.labels import Labels, selector_labels
from ..choices import Tracing

HTTP_PORT: Final = 8080
"""Port that a sample service listens on, and its Service too."""

SAMPLE_USER: Final = 10002
"""User and group id of the sample services' image (images/sample-service/Dockerfile)."""

POD_IDENTITY_FIELDS: Final = {
    "NODE_NAME": "spec.nodeName",
    "POD_NAME": "metadata.name",
    "POD_NAMESPACE": "metadata.namespace",
    "POD_UID": "metadata.uid",
}
"""What the downward API tells a pod about itself; it goes into every segment."""


def service_url(name: str, namespace: str) -> str:
    """Returns the URL of a sample service inside the cluster."""
    return f"http://{name}.{namespace}:{HTTP_PORT}"


def sample_pod_spec(
    args: Mapping[str, Any],
    *,
    name: str,
    image: pulumi.Input[str],
    tracing: Tracing,
    environment: Mapping[str, pulumi.Input[str]],
    module: str = "sample_service",
) -> PodSpecArgsDict:
    """Returns a sample service's pod: one traced container that `restricted` admits.

    The environment makes it the service that it is, such as by `DOWNSTREAM_URL`.
    """
    traced = open_telemetry_environment if tracing == Tracing.OPENTELEMETRY else trace_environment
    variables: list[EnvVarArgsDict] = [
        *traced(name, args["daemon_address"]),
        {"name": "PORT", "value": str(HTTP_PORT)},
        {"name": "CLUSTER_NAME", "value": args["cluster_name"]},
        *(
            {"name": variable, "value_from": {"field_ref": {"field_path": path}}}
            for variable, path in POD_IDENTITY_FIELDS.items()
        ),
        *({"name": variable, "value": value} for variable, value in environment.items()),
    ]
    health: HTTPGetActionArgsDict = {"path": "/healthz", "port": "http"}
    container: ContainerArgsDict = {
        "name": name,
        "image": image,
        "command": ["python", "-m", module],
        "env": variables,
        "ports": [{"name": "http", "container_port": HTTP_PORT, "protocol": "TCP"}],
        "resources": container_resources(args["platform"], memory_limit_mib=192),
        "startup_probe": {"http_get": health, "period_seconds": 1, "failure_threshold": 30},
        "readiness_probe": {"http_get": health, "period_seconds": 5},
        "liveness_probe": {"http_get": health, "period_seconds": 10},
        "security_context": RESTRICTED_CONTAINER,
    }
    affinity: AffinityArgsDict = {"pod_anti_affinity": spread(selector_labels(name))}
    if args["sample_image"] is None:  # Of one that is given, the architectures aren't known.
        architectures = [each.value for each in args["architectures"]]
        affinity["node_affinity"] = node_affinity(architectures, fargate=True)
    return {
        "automount_service_account_token": False,
        "enable_service_links": False,
        "node_selector": {"kubernetes.io/os": "linux"},
        "security_context": restricted_pod(SAMPLE_USER, args["platform"]),
        "affinity": affinity,
        "containers": [container],
    }


def sample_service_spec(selector: Labels) -> ServiceSpecArgsDict:
    """Returns the Service in front of a sample service's pods."""
    return {
        "type": "ClusterIP",
        "selector": selector,
        "ports": [{"name": "http", "port": HTTP_PORT, "target_port": "http", "protocol": "TCP"}],
    }
