"""Configurations of collectors, and `TraceDaemon`s with collectors, that tests look at."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

from components import CollectorExporter, IpFamily, LogLevel
from components.agent.collector.configuration import (
    Configuration,
    collector_configuration,
    gateway_configuration,
)
from components.agent.collector.exporters import WayOut, way_to_aws, way_to_gateway
from components.agent.collector.gateway import gateway_host
from tests.support.program import only, run_source
from tools.lab.deployment import Deployment, Manifest

WRITER: Final = "arn:aws:iam::123456789012:role/writer"

PROGRAM: Final = """
import pulumi
from components import TraceDaemon

daemon = TraceDaemon("xray", {"image": "daemon:1", "region": "eu-west-1", **INPUTS})
pulumi.export("address", daemon.address)
"""


def to_aws(exporter: CollectorExporter = CollectorExporter.XRAY, **others: Any) -> WayOut:
    """Returns a collector's way out to AWS; what is not given is as ordinary as can be."""
    given: dict[str, Any] = {
        "region": "eu-west-1",
        "memory_limit_mib": 384,
        "ip_family": IpFamily.IPV4,
        "assume_role_arn": None,
        "indexed_attributes": [],
        **others,
    }
    return way_to_aws(exporter, **given)


def to_gateway(memory_limit_mib: int = 384) -> WayOut:
    """Returns a collector's way out to the gateway."""
    return way_to_gateway(gateway_host("xray"), memory_limit_mib)


def on_node(way: WayOut | None = None, **others: Any) -> Configuration:
    """Returns the configuration of a node's collector, to AWS where no way is given."""
    given: dict[str, Any] = {
        "region": "eu-west-1",
        "memory_limit_mib": 384,
        "log_level": LogLevel.WARN,
        "ip_family": IpFamily.IPV4,
        "assume_role_arn": None,
        "on_eks": True,
        **others,
    }
    return collector_configuration(way or to_aws(), **given)


def in_gateway(way: WayOut | None = None, **others: Any) -> Configuration:
    """Returns the configuration of a gateway, to AWS where no way is given."""
    given: dict[str, Any] = {
        "memory_limit_mib": 1024,
        "tail_sampling": None,
        "log_level": LogLevel.WARN,
        "ip_family": IpFamily.IPV4,
        **others,
    }
    return gateway_configuration(way or to_aws(), **given)


def changed(whole: Configuration, path: Sequence[str | int], value: Any) -> Configuration:
    """Returns a copy of a configuration with another value at one place."""
    copy = deepcopy(whole)
    *outer, last = path
    inside: Any = copy
    for key in outer:
        inside = inside[key]
    inside[last] = value
    return copy


def declared_with(directory: Path, **inputs: Any) -> Deployment:
    """Returns what a program declares that makes one `TraceDaemon`."""
    return run_source(PROGRAM.replace("INPUTS", repr(inputs)), directory)


def with_collector(directory: Path, *, inside: Any = None, **inputs: Any) -> Deployment:
    """Returns what a program declares that makes one `TraceDaemon` of collectors.

    Args:
        directory: Where the program is written.
        inside: What the collectors are told beside what the daemon can be.
        inputs: What the daemon can be told too.
    """
    told = {} if inside is None else {"collector": inside}
    return declared_with(directory, backend="collector", **told, **inputs)


def template_of(deployment: Deployment, kind: str = "DaemonSet") -> Manifest:
    """Returns the pods' template in the only workload of a kind."""
    return only(deployment.objects(kind))["spec"]["template"]


def pod_of(deployment: Deployment, kind: str = "DaemonSet") -> Manifest:
    """Returns the pods' specification in the only workload of a kind."""
    return template_of(deployment, kind)["spec"]


def config_map_of(deployment: Deployment, kind: str = "DaemonSet") -> Manifest:
    """Returns the ConfigMap that the pods of a workload mount, by its name."""
    volume = only(pod_of(deployment, kind)["volumes"])
    return only(
        [
            each
            for each in deployment.objects("ConfigMap")
            if each["metadata"]["name"] == volume["configMap"]["name"]
        ]
    )


def files_of(deployment: Deployment, kind: str = "DaemonSet") -> dict[str, Configuration]:
    """Returns the configurations that the pods of a workload mount, by their files' names."""
    data = config_map_of(deployment, kind)["data"]
    return {name: yaml.safe_load(text) for name, text in data.items()}
