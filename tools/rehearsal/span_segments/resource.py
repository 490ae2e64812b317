"""Where a span was made, from its resource: on which platform, in which pod, on which instance."""

from collections.abc import Mapping
from typing import Any, Final

from .attributes import Attributes

ORIGINS: Final[Mapping[str, str]] = {
    "aws_app_runner": "AWS::AppRunner::Service",
    "aws_ec2": "AWS::EC2::Instance",
    "aws_ecs": "AWS::ECS::Container",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
}
"""What X-Ray calls OpenTelemetry's `cloud.platform` (translator/segment.go)."""


def origin_of(resource: Attributes) -> str | None:
    """Returns a segment's `origin`; none outside of AWS."""
    if resource.get("cloud.provider", "aws") != "aws":
        return None
    return ORIGINS.get(resource.get("cloud.platform", ""))


def service_of(resource: Attributes) -> dict[str, Any] | None:
    """Returns a segment's `service`."""
    version = resource.get("service.version")
    return {"version": version} if version else None


def aws_of(span: Attributes, resource: Attributes) -> dict[str, Any] | None:
    """Returns a segment's `aws`; none outside of AWS.

    What is not known of a cluster or an instance is null in it, as the exporter writes it.

    Args:
        span: The span's attributes.
        resource: Its resource's.
    """
    if resource.get("cloud.provider", "aws") != "aws":
        return None
    known: dict[str, Any] = {
        "account_id": resource.get("cloud.account.id"),
        "operation": span.get("rpc.method"),
        "xray": _sdk(resource),
    }
    platform = resource.get("cloud.platform")
    if platform == "aws_eks" or resource.get("k8s.cluster.name"):
        known["eks"] = {
            "cluster_name": resource.get("k8s.cluster.name"),
            "pod": resource.get("k8s.pod.name"),
            "container_id": resource.get("container.id"),
        }
    if platform == "aws_ec2" or resource.get("host.id"):
        known["ec2"] = {
            "instance_id": resource.get("host.id"),
            "availability_zone": resource.get("cloud.availability_zone"),
            "instance_size": resource.get("host.type"),
            "ami_id": resource.get("host.image.id"),
        }
    return {key: value for key, value in known.items() if value}


def _sdk(resource: Attributes) -> dict[str, Any]:
    name, language = resource.get("telemetry.sdk.name"), resource.get("telemetry.sdk.language")
    distro = resource.get("telemetry.distro.version") or resource.get("telemetry.auto.version")
    sdk = {
        "sdk": f"{name} for {language}" if name and language else name,
        "sdk_version": resource.get("telemetry.sdk.version"),
        "auto_instrumentation": bool(distro),
    }
    return {key: value for key, value in sdk.items() if value is not None}
