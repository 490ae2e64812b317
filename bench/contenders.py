"""The manifests that are measured: ours, and others' for the same job."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.aws.cloud import AwsCredentials
from rehearsal.deployment import Manifest
from rehearsal.on_cluster.overlay import Overlay
from rehearsal.project import PROJECT

CREDENTIALS: Final = AwsCredentials("bench", "bench")
"""The sink asks for none; the daemon wants some to sign with."""

RENDERED: Final = PROJECT / "tests/rendered/dev"
"""What the stack `dev` declares; a test keeps it so."""

KINDS: Final = ("Namespace", "ServiceAccount", "NetworkPolicy", "DaemonSet", "Service")

AWS_SAMPLES: Final = Path(__file__).parent / "aws_samples.yaml"


@dataclass(frozen=True)
class Contender:
    """One way to put the daemon on a cluster."""

    name: str
    namespace: str
    manifests: tuple[Manifest, ...]

    @property
    def daemon_set(self) -> Manifest:
        """Returns its DaemonSet."""
        (found,) = (each for each in self.manifests if each["kind"] == "DaemonSet")
        return found


def ours(endpoint: str, image: str) -> Contender:
    """Returns the daemon as the stack `dev` declares it, sending to an endpoint."""
    manifests = [
        manifest
        for kind in KINDS
        for manifest in _load(*sorted(RENDERED.glob(f"{kind.lower()}-*.yaml")))
        if _is_the_daemon_s(manifest)
    ]
    return _contender("ours", manifests, endpoint, image)


def aws_samples(endpoint: str, image: str) -> Contender:
    """Returns the daemon in the shape of aws-samples/aws-xray-kubernetes."""
    return _contender("aws-samples", _load(AWS_SAMPLES), endpoint, image)


def _contender(name: str, manifests: list[Manifest], endpoint: str, image: str) -> Contender:
    (daemon_set,) = (each for each in manifests if each["kind"] == "DaemonSet")
    images = {
        container["image"]: image
        for container in daemon_set["spec"]["template"]["spec"]["containers"]
    }
    laid = Overlay(endpoint, CREDENTIALS, images, daemon_memory=None).apply(manifests)
    return Contender(name, daemon_set["metadata"]["namespace"], tuple(laid))


def _load(*files: Path) -> list[Manifest]:
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text("utf-8"))]


def _is_the_daemon_s(manifest: Mapping[str, Any]) -> bool:
    return manifest["metadata"]["name"] in ("xray", "xray-daemon", "xray-service")
