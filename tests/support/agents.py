"""Agents, as their plain functions make them and as a program with one `TraceDaemon` declares."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import yaml

from components import TraceDaemonArgs
from components.agent.agents import agent_of
from components.agent.args import TRACE_DAEMON
from components.agent.collector.configuration import (
    Configuration,
    gateway_configuration,
    node_configuration,
)
from components.agent.collector.exporters import ExportPipeline, gateway_export, xray_export
from components.agent.collector.gateway import gateway_host
from components.agent.pod.node_pod import node_pod_spec
from tests.support.program import only, run_source
from tools.lab.deployment import Deployment, Manifest

WRITER: Final = "arn:aws:iam::123456789012:role/writer"
"""A role of another account."""

REQUIRED: Final = {"image": "agent:1", "region": "eu-west-1"}
BOTH: Final = {"agent": "both", "collector_image": "collector:1"}

PROGRAM: Final = """
import pulumi
from xray_on_kubernetes import TraceDaemon

daemon = TraceDaemon("xray", INPUTS)
pulumi.export("address", daemon.address)
"""


def complete(**inputs: Any) -> TraceDaemonArgs:
    """Returns the complete inputs of a `TraceDaemon`."""
    return TRACE_DAEMON.complete(cast(TraceDaemonArgs, {**REQUIRED, **inputs}), "test")


def node_pod(**inputs: Any) -> dict[str, Any]:
    """Returns the pod on each node, its keys as Pulumi has them."""
    args = complete(**inputs)
    return cast(dict[str, Any], node_pod_spec(agent_of(args), args, "xray-daemon"))


def to_aws(*, memory_limit_mib: int = 384, **inputs: Any) -> ExportPipeline:
    """Returns the export of a collector to X-Ray."""
    args = complete(**inputs)
    return xray_export(
        args,
        region=inputs.get("region", "eu-west-1"),
        assume_role_arn=inputs.get("assume_role_arn"),
        memory_limit_mib=memory_limit_mib,
    )


def to_gateway(memory_limit_mib: int = 384) -> ExportPipeline:
    """Returns the export of a collector to the gateway."""
    return gateway_export(gateway_host("xray"), memory_limit_mib)


def on_node(
    export: ExportPipeline | None = None, *, segments: bool = True, **inputs: Any
) -> Configuration:
    """Returns the configuration of the collector on each node, which sends to X-Ray by default."""
    args = complete(**inputs)
    memory_limit_mib = args["collector_memory_limit_mib"]
    return node_configuration(
        args,
        export or to_aws(memory_limit_mib=memory_limit_mib, **inputs),
        region=inputs.get("region", "eu-west-1"),
        assume_role_arn=inputs.get("assume_role_arn"),
        segments=segments,
    )


def in_gateway(**inputs: Any) -> Configuration:
    """Returns the configuration of the gateway."""
    args = complete(**inputs)
    memory_limit_mib = args["gateway_memory_limit_mib"]
    return gateway_configuration(args, to_aws(memory_limit_mib=memory_limit_mib, **inputs))


def declared_with(**inputs: Any) -> Deployment:
    """Returns what a program declares that makes one `TraceDaemon`."""
    return _declared(repr({**REQUIRED, **inputs}))


def with_collector(**inputs: Any) -> Deployment:
    """Returns what a program declares that makes one `TraceDaemon` of collectors."""
    return declared_with(agent="collector", **inputs)


@cache
def _declared(inputs: str) -> Deployment:
    with TemporaryDirectory() as directory:
        return run_source(PROGRAM.replace("INPUTS", inputs), Path(directory))


def named(deployment: Deployment, kind: str, name: str) -> Manifest:
    """Returns the only object of a kind with a name."""
    return only([each for each in deployment.objects(kind) if each["metadata"]["name"] == name])


def template_of(deployment: Deployment, kind: str = "DaemonSet") -> Manifest:
    """Returns the pods' template in the only workload of a kind."""
    return only(deployment.objects(kind))["spec"]["template"]


def pod_of(deployment: Deployment, kind: str = "DaemonSet") -> Manifest:
    """Returns the pods' specification in the only workload of a kind."""
    return template_of(deployment, kind)["spec"]


def config_map_of(deployment: Deployment, kind: str = "DaemonSet") -> Manifest:
    """Returns the ConfigMap that the pods of the only workload of a kind mount."""
    volume = only([each for each in pod_of(deployment, kind)["volumes"] if "configMap" in each])
    return named(deployment, "ConfigMap", volume["configMap"]["name"])


def files_of(deployment: Deployment, kind: str = "DaemonSet") -> dict[str, Configuration]:
    """Returns the configurations that those pods mount, by the names of their files."""
    data = config_map_of(deployment, kind)["data"]
    return {name: yaml.safe_load(text) for name, text in data.items()}
