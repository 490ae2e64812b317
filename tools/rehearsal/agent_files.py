"""The files of the agent's pods, as they must be where AWS is this machine."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Any, Final, cast

import yaml

from components.agent.service import AGENT_NAME
from components.samples.sample_services import COMPONENT
from tools.lab.deployment import Manifest

from .network import HOST

Configuration = dict[str, Any]

LISTENS: Final = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|\[::1?\]):(\d+)")
"""An address that a collector listens on, or by which it reaches itself."""


def daemon_configuration(endpoint: str) -> str:
    """Returns the file by which the daemon sends to another X-Ray API.

    The daemon takes the API's address from nowhere else (aws/aws-xray-daemon, pkg/cfg/cfg.go).
    """
    return yaml.safe_dump({"Version": 2, "Endpoint": endpoint})


def files_of(
    objects: Sequence[Manifest], workload: Manifest, container: Mapping[str, Any] | None = None
) -> dict[PurePosixPath, Configuration]:
    """Returns the files that a container, or a workload's first, gets from ConfigMaps, by paths."""
    pod = workload["spec"]["template"]["spec"]
    data = {
        each["metadata"]["name"]: each["data"] for each in objects if each["kind"] == "ConfigMap"
    }
    volumes = {
        each["name"]: data[each["configMap"]["name"]]
        for each in pod.get("volumes", [])
        if "configMap" in each
    }
    return {
        PurePosixPath(mount["mountPath"]) / name: yaml.safe_load(text)
        for mount in (container or pod["containers"][0]).get("volumeMounts", [])
        for name, text in volumes.get(mount["name"], {}).items()
    }


def gateways_of(objects: Sequence[Manifest]) -> list[Manifest]:
    """Returns the Deployments of collectors: those with files to configure them."""
    return [each for each in objects if each["kind"] == "Deployment" and files_of(objects, each)]


def daemon_sets_of(objects: Sequence[Manifest], name: str = AGENT_NAME) -> list[Manifest]:
    """Returns the DaemonSet of a name: that of the agent, or of the canary where there is one."""
    return [e for e in objects if (e["kind"], e["metadata"]["name"]) == ("DaemonSet", name)]


def sample_services_of(objects: Sequence[Manifest]) -> list[Manifest]:
    """Returns the Deployments of the sample services, whatever others a program has."""
    deployments = [each for each in objects if each["kind"] == "Deployment"]
    return [e for e in deployments if COMPONENT in e["metadata"].get("labels", {}).values()]


def towards(configuration: Configuration, endpoint: str) -> Configuration:
    """Returns a collector's configuration with another X-Ray API, at a URL."""
    changed = deepcopy(configuration)
    exporters, receivers = changed.get("exporters", {}), changed["receivers"]
    if "awsxray" in exporters:
        exporters["awsxray"]["endpoint"] = endpoint
    if "awsxray" in receivers:
        receivers["awsxray"]["proxy_server"]["aws_endpoint"] = endpoint
    return changed


def on_this_machine(
    configuration: Configuration, port_of: Callable[[int], int], gateways: Sequence[str]
) -> Configuration:
    """Returns a collector's configuration for a process beside others.

    `port_of` gives the port of this machine that stands for one of the pod's; to the gateway's pods
    no name leads here.
    """

    def translate(value: Any) -> Any:
        if isinstance(value, str):
            return LISTENS.sub(lambda found: f"{HOST}:{port_of(int(found[1]))}", value)
        if isinstance(value, list):
            return [translate(each) for each in cast(list[Any], value)]
        if isinstance(value, dict):
            mapping = cast(Mapping[str, Any], value)
            if set(mapping) == {"host", "port"}:
                return {"host": HOST, "port": port_of(int(mapping["port"]))}
            return {key: translate(each) for key, each in mapping.items()}
        return value

    changed: Configuration = translate(configuration)
    balancing = changed.get("exporters", {}).get("load_balancing")
    if balancing is not None:
        balancing["resolver"] = {"static": {"hostnames": list(gateways)}}
    return changed
