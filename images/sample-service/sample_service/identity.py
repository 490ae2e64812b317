"""Who this pod is, in the terms of X-Ray segments and of OpenTelemetry resources."""

import re
from collections.abc import Mapping
from typing import Any

ORIGIN = "AWS::EKS::Container"
"""What a segment says it comes from; sampling rules choose by it too."""


def instance_of(node: str) -> str | None:
    """Returns the id of the instance that names a node, as EKS Auto Mode names its nodes."""
    found = re.match(r"i-(?:[0-9a-f]{17}|[0-9a-f]{8})(?=\.|$)", node)
    return found[0] if found else None


def aws_block(pod: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a segment's `aws` block: the pod's identity beside what SDK and plugins know."""
    eks = {"cluster_name": pod.get("cluster"), "pod": pod.get("pod")}
    block: dict[str, Any] = {"eks": {key: value for key, value in eks.items() if value}}
    if instance := instance_of(pod.get("node", "")):
        block["ec2"] = {"instance_id": instance}
    return {**block, **known}


def resource_attributes(pod: Mapping[str, str]) -> dict[str, str]:
    """Returns what the collector makes a segment's origin and its `aws` block of."""
    attributes = {
        "cloud.provider": "aws",
        "cloud.platform": "aws_eks",
        "k8s.cluster.name": pod.get("cluster"),
        "k8s.node.name": pod.get("node"),
        "k8s.namespace.name": pod.get("namespace"),
        "k8s.pod.name": pod.get("pod"),
        "k8s.pod.uid": pod.get("pod_uid"),
        "host.id": instance_of(pod.get("node", "")),
    }
    return {key: value for key, value in attributes.items() if value}
