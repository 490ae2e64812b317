"""What the program's objects need on a cluster that is not in AWS.

There is no private ECR, no Pod Identity agent, no metadata service, and AWS is this machine.
Everything else stays as the program declares it.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from components.canary.trace_canary import CANARY_NAME
from tools.lab.deployment import Manifest

from ..agent_files import daemon_configuration, daemon_sets_of, files_of, gateways_of, towards
from ..aws.cloud import AwsCredentials

CONFIGURATION_NAME: Final = "xray-daemon-rehearsal"
"""The ConfigMap, and the volume, that holds the daemon's configuration."""

CONFIGURATION_FOLDER: Final = "/etc/xray"
CONFIGURATION_FILE: Final = "xray-daemon.yaml"


@dataclass(frozen=True)
class Overlay:
    """Where AWS is, with whose rights the daemon writes, and which images the pods run."""

    endpoint: str
    credentials: AwsCredentials
    images: Mapping[str, str]
    """What the pods run in the place of the images that they name."""

    canary: AwsCredentials | None = None

    def apply(self, manifests: list[Manifest]) -> list[Manifest]:
        """Returns the objects as they go to the cluster, in the order to apply them."""
        laid: list[Manifest] = []
        canaries = daemon_sets_of(manifests, CANARY_NAME)
        agents = [*daemon_sets_of(manifests), *gateways_of(manifests)]
        to_aws = [*agents, *canaries]
        for original in manifests:
            manifest = deepcopy(original)
            match manifest["kind"]:
                case "DaemonSet" | "Deployment":
                    self._lay_over_images(manifest)
                    if original in agents:
                        self._lay_over_credentials(manifest, self.credentials)
                    if original in canaries and self.canary:
                        self._lay_over_credentials(manifest, self.canary)
                    if original in daemon_sets_of(agents) and not files_of(manifests, original):
                        laid.append(self._lay_over_daemon(manifest))
                case "ConfigMap":
                    self._lay_over_files(manifest)
                case "NetworkPolicy" if any(_selects(manifest, each) for each in to_aws):
                    address = urlsplit(self.endpoint)
                    to = [{"ipBlock": {"cidr": f"{address.hostname}/32"}}]
                    ports = [{"protocol": "TCP", "port": address.port}]
                    manifest["spec"]["egress"].append({"to": to, "ports": ports})
                case _:
                    pass
            laid.append(manifest)
        return laid

    def _lay_over_daemon(self, manifest: Manifest) -> Manifest:
        """Returns the ConfigMap that a daemon mounts from now on."""
        pod, name = manifest["spec"]["template"]["spec"], CONFIGURATION_NAME
        daemon = pod["containers"][0]
        daemon["args"] += ["-c", f"{CONFIGURATION_FOLDER}/{CONFIGURATION_FILE}"]
        mount = {"name": name, "mountPath": CONFIGURATION_FOLDER}
        daemon.setdefault("volumeMounts", []).append(mount)
        pod.setdefault("volumes", []).append({"name": name, "configMap": {"name": name}})
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": manifest["metadata"]["namespace"]},
            "data": {CONFIGURATION_FILE: daemon_configuration(self.endpoint)},
        }

    def _lay_over_credentials(self, manifest: Manifest, credentials: AwsCredentials) -> None:
        variables = credentials.environment_of_agent(self.endpoint)
        if credentials is self.canary:
            variables["AWS_ENDPOINT_URL"] = self.endpoint
        added = [{"name": key, "value": value} for key, value in variables.items()]
        for container in _containers_of(manifest):
            container["env"] = [*container.get("env", []), *added]

    def _lay_over_files(self, manifest: Manifest) -> None:
        for name, text in manifest["data"].items():
            configuration = towards(yaml.safe_load(text), self.endpoint)
            manifest["data"][name] = yaml.safe_dump(configuration, sort_keys=False)

    def _lay_over_images(self, manifest: Manifest) -> None:
        for container in _containers_of(manifest):
            container["image"] = self.images.get(container["image"], container["image"])
            container["imagePullPolicy"] = "IfNotPresent"


def _containers_of(workload: Manifest) -> list[dict[str, Any]]:
    return workload["spec"]["template"]["spec"]["containers"]


def _selects(policy: Manifest, workload: Manifest) -> bool:
    """Returns whether a NetworkPolicy is for the pods of a workload."""
    selector = policy["spec"]["podSelector"].get("matchLabels", {})
    return selector.items() <= workload["spec"]["template"]["metadata"]["labels"].items()
