"""The manifests that are measured: ours, and others' for the same job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tools.lab.deployment import Manifest
from tools.lab.project import PROJECT
from tools.rehearsal.aws.cloud import AwsCredentials
from tools.rehearsal.on_cluster.overlay import Overlay

CREDENTIALS: Final = AwsCredentials("bench", "bench")
"""The sink asks for none; agents want some to sign with."""

RENDERED: Final = PROJECT / "tests/snapshots/rendered"
"""What the stacks declare; a test keeps it up to date."""

OURS: Final = {"dev": "ours", "collector": "ours, collector", "article": "ours, host port"}
"""What we call the agent of each stack."""

KINDS: Final = ["namespace", "serviceaccount", "networkpolicy", "configmap", "daemonset", "service"]
"""The kinds of the agent's objects, in the order to apply them."""


@dataclass(frozen=True)
class Contender:
    """One way to put an agent on a cluster."""

    name: str
    manifests: Sequence[Manifest]

    @property
    def daemon_set(self) -> Manifest:
        """Returns its DaemonSet."""
        (found,) = (each for each in self.manifests if each["kind"] == "DaemonSet")
        return found

    @property
    def namespace(self) -> str:
        """Returns the namespace that it is in."""
        return self.daemon_set["metadata"]["namespace"]

    @property
    def agent(self) -> Mapping[str, Any]:
        """Returns the container of the agent itself."""
        return self.daemon_set["spec"]["template"]["spec"]["containers"][0]


def ours(endpoint: str, image: str, stack: str = "dev") -> Contender:
    """Returns the agent as a stack, one of `OURS`, declares it; it sends to the endpoint."""
    return _contender(OURS[stack], declared(stack), endpoint, image)


def ours_without_sentinel(endpoint: str, image: str) -> Contender:
    """Returns ours without the drain sentinel: what the sentinel is worth."""
    manifests = declared("dev")
    for manifest in manifests:
        manifest["metadata"]["namespace"] = "xray-no-sentinel"
        if manifest["kind"] == "Namespace":
            manifest["metadata"]["name"] = "xray-no-sentinel"
        if manifest["kind"] == "DaemonSet":
            del manifest["spec"]["template"]["spec"]["containers"][1]
    return _contender("ours, no drain sentinel", manifests, endpoint, image)


def aws_samples(endpoint: str, image: str) -> Contender:
    """Returns the daemon in the shape of aws-samples/aws-xray-kubernetes."""
    manifests = _load(Path(__file__).parent / "aws_samples.yaml")
    return _contender("aws-samples", manifests, endpoint, image)


def _contender(name: str, manifests: list[Manifest], endpoint: str, image: str) -> Contender:
    declared = Contender(name, manifests)
    laid = Overlay(endpoint, CREDENTIALS, {declared.agent["image"]: image}).apply(manifests)
    return Contender(name, laid)


def declared(stack: str) -> list[Manifest]:
    """Returns the agent's objects of a stack."""
    return [
        manifest
        for kind in KINDS
        for manifest in _load(*sorted((RENDERED / stack).glob(f"{kind}-*.yaml")))
        if manifest["metadata"]["name"].partition("-")[0] == "xray"
    ]


def _load(*files: Path) -> list[Manifest]:
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text("utf-8"))]
