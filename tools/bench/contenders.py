"""The manifests that are measured: ours, and others' for the same job."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tools.lab.deployment import Manifest
from tools.lab.project import PROJECT
from tools.rehearsal.aws.cloud import AwsCredentials
from tools.rehearsal.on_cluster.overlay import Overlay

CREDENTIALS: Final = AwsCredentials("bench", "bench")
"""The sink asks for none; the daemon wants some to sign with."""

RENDERED: Final = PROJECT / "tests/snapshots/rendered"
"""What the stacks declare; a test keeps it so."""

KINDS: Final = (
    *("Namespace", "ServiceAccount", "NetworkPolicy", "ConfigMap", "DaemonSet", "Service"),
)

WITHOUT_GATE: Final = "xray-no-gate"

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


def ours(endpoint: str, image: str, memory: str | None = None) -> Contender:
    """Returns the daemon as the stack `dev` declares it, sending to an endpoint.

    Args:
        endpoint: URL of the X-Ray API.
        image: The daemon's image.
        memory: Another limit of its memory, such as `256Mi`; none leaves it.
    """
    return _contender("ours", _declared("dev"), endpoint, image, memory)


def ours_with_collector(endpoint: str, image: str) -> Contender:
    """Returns the collector as the stack `collector` declares it, in the daemon's place."""
    return _contender("ours, collector", _declared("collector"), endpoint, image)


def ours_with_host_port(endpoint: str, image: str) -> Contender:
    """Returns the daemon as the stack `article` declares it."""
    return _contender("ours, host port", _declared("article"), endpoint, image)


def ours_without_gate(endpoint: str, image: str) -> Contender:
    """Returns ours but for the readiness gate: what the gate is worth."""
    manifests = _declared("dev")
    for manifest in manifests:
        manifest["metadata"]["namespace"] = WITHOUT_GATE
        if manifest["kind"] == "Namespace":
            manifest["metadata"]["name"] = WITHOUT_GATE
        if manifest["kind"] == "DaemonSet":
            del manifest["spec"]["template"]["spec"]["containers"][1]
    return _contender("ours, no gate", manifests, endpoint, image)


def aws_samples(endpoint: str, image: str) -> Contender:
    """Returns the daemon in the shape of aws-samples/aws-xray-kubernetes."""
    return _contender("aws-samples", _load(AWS_SAMPLES), endpoint, image)


def _contender(
    name: str, manifests: list[Manifest], endpoint: str, image: str, memory: str | None = None
) -> Contender:
    (daemon_set,) = (each for each in manifests if each["kind"] == "DaemonSet")
    images = {
        container["image"]: image
        for container in daemon_set["spec"]["template"]["spec"]["containers"]
    }
    laid = Overlay(endpoint, CREDENTIALS, images, memory).apply(manifests)
    return Contender(name, daemon_set["metadata"]["namespace"], tuple(laid))


def _declared(stack: str) -> list[Manifest]:
    """Returns the daemon's objects of a stack."""
    folder = RENDERED / stack
    return [
        manifest
        for kind in KINDS
        for manifest in _load(*sorted(folder.glob(f"{kind.lower()}-*.yaml")))
        if _is_the_daemon_s(manifest)
    ]


def _load(*files: Path) -> list[Manifest]:
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text("utf-8"))]


def _is_the_daemon_s(manifest: Mapping[str, Any]) -> bool:
    name: str = manifest["metadata"]["name"]
    return name in ("xray", "xray-daemon", "xray-service") or name.startswith("xray-collector-")
