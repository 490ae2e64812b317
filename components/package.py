"""The components as a Pulumi package, which programs in any Pulumi language can use."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import server
from pulumi.provider.experimental.analyzer import PropertyDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from pulumi.runtime import proto

from .access.write_access import WRITE_ACCESS, RoleArgs, WriteAccess
from .agent.args import TRACE_DAEMON, NodePodArgs
from .agent.collector.tail_sampling import TAIL_SAMPLING
from .agent.pod.platform import PLATFORM
from .agent.trace_daemon import TraceDaemon
from .canary.trace_canary import TRACE_CANARY, TraceCanary
from .cluster.args import CLUSTER
from .cluster.cluster import Cluster
from .cluster.vpc_endpoints import VPC_ENDPOINTS, VpcEndpoints
from .image.daemon_image import DAEMON_IMAGE, DaemonImage
from .inputs import Inputs
from .samples.sample_services import SAMPLE_SERVICES, SampleServices
from .version import VERSION
from .words import camel_case
from .xray.sampling import SAMPLING, SAMPLING_RULE, TRACE_GROUP, Sampling
from .xray.transaction_search import TRANSACTION_SEARCH, TransactionSearch

PACKAGE: Final = "xray-on-kubernetes"
"""Name of the package; the types of all components begin with it."""

COMPONENTS: Final[tuple[type[pulumi.ComponentResource], ...]] = (
    Cluster,
    DaemonImage,
    SampleServices,
    Sampling,
    TraceCanary,
    TraceDaemon,
    TransactionSearch,
    VpcEndpoints,
    WriteAccess,
)
"""What is in the package; each with the enums and types of its inputs."""

METADATA: Final = {
    "displayName": "X-Ray on Kubernetes",
    "description": "AWS X-Ray tracing on Kubernetes: agent, IAM role, image, sampling and cluster.",
    "keywords": ["aws", "eks", "opentelemetry", "tracing", "category/cloud", "kind/component"],
    "license": "Apache-2.0",
}
"""What the Pulumi Registry shows of the package (pulumi.com, registry/publishing)."""

INPUTS: Final[Mapping[str, Inputs[Any]]] = {
    f"{PACKAGE}:index:{each.kind.__name__.removesuffix('Args')}": each
    for each in (
        *(CLUSTER, DAEMON_IMAGE, SAMPLE_SERVICES, SAMPLING, TRACE_DAEMON, TRANSACTION_SEARCH),
        *(VPC_ENDPOINTS, WRITE_ACCESS, SAMPLING_RULE, TRACE_GROUP, TAIL_SAMPLING, PLATFORM),
        TRACE_CANARY,
    )
}
"""The inputs of components and the types in them, by their tokens in the schema."""


def serve() -> None:
    """Answers the Pulumi engine, which names its address in the arguments, until it is done."""
    # `main` takes no other server.
    server.ProviderServicer = PackageServer
    server.main(PackageProvider(), sys.argv[1:])


class PackageServer(server.ProviderServicer):
    """Answers with the sentence of a RunError alone, where the SDK's would name the class too."""

    async def _construct(
        self, request: proto.ConstructRequest, context: Any
    ) -> proto.ConstructResponse:
        try:
            return await super()._construct(request, context)
        except (ComponentInitError, pulumi.RunError) as failed:
            wrong = failed.inner if isinstance(failed, ComponentInitError) else failed
            if not isinstance(wrong, pulumi.RunError):
                raise
            # Without a list the SDK fails over its own status.
            raise InputPropertiesError(str(wrong), []) from None


class PackageProvider(ComponentProvider):
    """Makes the package's components for an engine, which check their inputs themselves."""

    def __init__(self) -> None:
        super().__init__(list(COMPONENTS), PACKAGE, version=VERSION)
        self.schema = json.dumps({**self._complete(json.loads(str(self.schema))), **METADATA})

    def _complete(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Adds what the analyzer misses: descriptions of inputs in base classes, and defaults."""
        for token, inputs in INPUTS.items():
            for base in (RoleArgs, NodePodArgs):
                if base.__annotations__.keys() <= inputs.kind.__annotations__.keys():
                    for name in base.__annotations__:
                        property_ = schema["resources"][token]["inputProperties"][camel_case(name)]
                        property_.setdefault("description", self.analyzer.get_docstring(base, name))
        return _with_defaults(schema)

    def map_input_properties(
        self,
        inputs: pulumi.Inputs,
        properties: dict[str, PropertyDefinition],
        mapping: dict[str, str],
        component_name: str,
        property_path: str,
    ) -> pulumi.Inputs:
        """Returns inputs by their names in Python, for the component to check.

        The inherited one leaves out unknown inputs, cuts 2.5 to 2, and tells of Python's types.
        """
        return {
            mapping.get(key, key): self._mapped(value, properties.get(key))
            for key, value in inputs.items()
        }

    def _mapped(self, value: Any, described: PropertyDefinition | None) -> Any:
        if isinstance(value, list) and described is not None:
            return [self._mapped(each, described.items) for each in cast(list[Any], value)]
        if isinstance(value, dict) and described is not None and described.ref:
            kind = self.get_type_definition(described)
            if kind is not None and not kind.enum:
                inputs = cast(pulumi.Inputs, value)
                return self.map_input_properties(
                    inputs, kind.properties, kind.properties_mapping, kind.name, ""
                )
        return value


def _with_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """Adds each input's default to its description, as JSON."""
    for token, inputs in INPUTS.items():
        described = schema["resources"].get(token) or schema["types"][token]
        properties = described.get("inputProperties") or described["properties"]
        for name, default in inputs.defaults.items():
            property_ = properties[camel_case(name)]
            if "$ref" in property_.get("items", {}):
                # Pulumi's generator for Go makes no type for plain objects in a plain list.
                property_["items"].pop("plain", None)
            property_["description"] += f" Default: `{json.dumps(default)}`."
    return schema
