"""Who this pod is, in the terms of the X-Ray segment document and of OpenTelemetry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sample_service.settings import Settings

ORIGIN = "AWS::EKS::Container"

_CONTAINER_ID = re.compile(r"[0-9a-f]{64}(?=(\.scope)?$)", re.MULTILINE)
_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})(?=\.|$)")


@dataclass(frozen=True)
class Identity:
    """What every segment of this process says of where it was made.

    Attributes:
        aws: The parts of the segment's `aws` block, `eks` and `ec2`, where known.
        annotations: The same facts by searchable keys.
    """

    aws: Mapping[str, Mapping[str, str]]
    annotations: Mapping[str, str]

    def merged_aws(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Put this identity beside what a segment's `aws` block says already.

        Args:
            known: The block as the X-Ray SDK and its plugins made it. What they found out
                from AWS has precedence.

        Returns:
            A new `aws` block.
        """
        own = {key: {**part, **known.get(key, {})} for key, part in self.aws.items()}
        return {**known, **own}

    def resource(self) -> dict[str, str]:
        """Say the same in the attributes of an OpenTelemetry resource.

        Returns:
            What the collector makes the segment's origin and its `aws` block of.
        """
        eks, ec2 = self.aws.get("eks", {}), self.aws.get("ec2", {})
        known = {
            "k8s.cluster.name": self.annotations.get("cluster"),
            "k8s.node.name": self.annotations.get("node"),
            "k8s.namespace.name": self.annotations.get("namespace"),
            "k8s.pod.name": self.annotations.get("pod"),
            "k8s.pod.uid": self.annotations.get("pod_uid"),
            "container.id": eks.get("container_id"),
            "host.id": ec2.get("instance_id"),
        }
        return {
            "cloud.provider": "aws",
            "cloud.platform": "aws_eks",
            **{key: fact for key, fact in known.items() if fact},
        }


def identify(settings: Settings, container_id: str | None = None) -> Identity:
    """Say who this pod is.

    Args:
        settings: The service's settings, which hold what the downward API said.
        container_id: The container's ID, where known.

    Returns:
        The identity, which has no keys for what is not known.
    """
    # Nodes named by their resource, EKS Auto Mode's among them, carry the instance's ID.
    instance = _INSTANCE_ID.match(settings.node_name or "")
    eks = _known(
        cluster_name=settings.cluster_name,
        pod=settings.pod_name,
        container_id=container_id,
    )
    ec2 = _known(instance_id=instance[0] if instance else None)
    return Identity(
        aws={key: part for key, part in (("eks", eks), ("ec2", ec2)) if part},
        annotations=_known(
            cluster=settings.cluster_name,
            node=settings.node_name,
            namespace=settings.pod_namespace,
            pod=settings.pod_name,
            pod_uid=settings.pod_uid,
        ),
    )


def read_container_id(cgroup: Path = Path("/proc/self/cgroup")) -> str | None:
    """Read the ID of the container this process runs in.

    Args:
        cgroup: The file which lists the process's control groups.

    Returns:
        64 hexadecimal digits, or None where the file does not say: on nodes with version 2
        of control groups a container usually does not see its own ID.
    """
    try:
        match = _CONTAINER_ID.search(cgroup.read_text())
    except OSError:
        return None
    return match[0] if match else None


def _known(**facts: str | None) -> dict[str, str]:
    return {key: fact for key, fact in facts.items() if fact}
