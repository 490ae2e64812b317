"""Runs a Pulumi program on Pulumi's own Python runtime and records what it declares."""

import asyncio
import contextvars
import logging
import os
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import grpc
import pulumi
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, provider_pb2, resource_pb2
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

from .deployment import KUBERNETES_PREFIX, SIGNATURE_KEY, Deployment, Made, Resource
from .errors import NothingFoundError
from .project import Project

SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
"""How Pulumi's protocol marks a secret among values (sdk/go/common/resource)."""

STACK_TYPE: Final = "pulumi:pulumi:Stack"

Create = Callable[[Resource], Made]
Invoke = Callable[[str, Mapping[str, Any]], dict[str, Any]]


def run_program(
    project: Project, create: Create, invoke: Invoke, *, preview: bool = False
) -> Deployment:
    """Runs the project's `__main__.py` to its end and returns what it declared.

    Args:
        project: The project and the configuration of one of its stacks.
        create: Makes a resource; called in several threads at once.
        invoke: Answers a provider's function; called in several threads at once.
        preview: Whether outputs of new resources are unknown, as in `pulumi preview`.

    Raises:
        pulumi.RunError: The program refused its settings.
    """
    monitor = _Monitor(create, invoke)
    # Pulumi keeps its state in context variables: a copy leaves nothing behind for a second run.
    try:
        contextvars.copy_context().run(asyncio.run, _run(project, monitor, preview))
    finally:
        # Except for what a program that failed was still waiting for.
        SETTINGS.outputs.clear()  # pyright: ignore[reportAttributeAccessIssue]
    return monitor.deployment


async def _run(project: Project, monitor: "_Monitor", preview: bool) -> None:
    # One failure fails every output that waits for it; the first, raised below, says enough.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    # set_mocks makes a stack of its own where there is none, and closes it at once.
    set_root_resource(cast(pulumi.Resource, monitor))
    mocks.set_mocks(
        monitor.mocks,
        project=project.name,
        stack=project.stack,
        preview=preview,
        logger=logging.getLogger("pulumi"),
        monitor=monitor,
    )
    set_root_resource(cast(pulumi.Resource, None))
    set_all_config(project.configuration)
    previous = Path.cwd()
    os.chdir(project.directory)
    try:
        await run_in_stack(lambda: _execute(project.directory))
    finally:
        os.chdir(previous)


def _execute(directory: Path) -> None:
    runpy.run_path(str(directory / "__main__.py"), run_name="__main__")


class _Monitor(mocks.MockMonitor):
    """Pulumi's mock monitor, which also keeps parents, dependencies and outputs."""

    def __init__(self, create: Create, invoke: Invoke) -> None:
        # Mocks see a part of a request; the methods below see the whole and need none.
        super().__init__(cast(mocks.Mocks, None))
        self._create = create
        self._invoke = invoke
        self._stack_urn = ""
        self._transforms: dict[str, list[Any]] = {}
        self.deployment = Deployment()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Returns a URN with the types of all its parents, as the engine makes it."""
        path = parent.split("::")[2] if parent else STACK_TYPE
        return super().make_urn("", type_ if path == STACK_TYPE else f"{path}${type_}", name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (Pulumi's own name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        self._transform(request, urn)
        made = self._make(
            request,
            urn,
            inputs=_plain(request.object),
            custom=request.custom or request.remote,
            retained=request.retainOnDelete,
            protected=request.protect,
            providers=frozenset(map(_urn_of, request.providers.values())),
        )
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=made.id, object=_struct(made.outputs)
        )

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802 (Pulumi's own name)
        self._transforms.setdefault(self._stack_urn, []).append(request)
        return empty_pb2.Empty()

    def _transform(self, request: Any, urn: str) -> None:
        """Lets the transforms of a resource, then those of its parents, change its inputs."""
        self._transforms[urn] = [*request.transforms, *self._transforms.get(request.parent, ())]
        for each in self._transforms[urn]:
            asked = resource_pb2.TransformRequest(
                type=request.type, name=request.name, custom=request.custom, parent=request.parent
            )
            asked.properties.CopyFrom(request.object)
            call: Any = {"token": each.token, "request": asked.SerializeToString()}
            with grpc.insecure_channel(each.target) as channel:
                invoke: Any = callback_pb2_grpc.CallbacksStub(channel).Invoke
                answer = invoke(callback_pb2.CallbackInvokeRequest(**call))
            changed = resource_pb2.TransformResponse.FromString(answer.response)
            request.object.CopyFrom(changed.properties)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (Pulumi's own name)
        """Answers with what is there already, such as the outputs of another stack."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type.startswith(KUBERNETES_PREFIX):
            self.deployment.read[urn] = request.id
            there = _struct({"metadata": {"name": request.id}})
            return resource_pb2.ReadResourceResponse(urn=urn, properties=there)
        made = self._make(request, urn, inputs=_plain(request.properties), custom=True)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=_struct(made.outputs))

    def _make(self, request: Any, urn: str, **more: Any) -> Made:
        """Makes the resource that a request is about, with what only that kind of request says."""
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent="" if request.parent == self._stack_urn else request.parent,
            dependencies=frozenset(request.dependencies),
            provider=_urn_of(request.provider),
            **more,
        )
        self.deployment.resources[urn] = resource
        made = self._create(resource)
        for each, its in ((resource, made), *made.inside):
            self.deployment.resources[each.urn] = each
            self.deployment.made[each.urn] = its
        return made

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (Pulumi's own name)
        if request.urn == self._stack_urn:
            self.deployment.outputs = _plain(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (Pulumi's own name)
        arguments = _plain(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            made = self.deployment.made[arguments["urn"]]
            answer = {"urn": arguments["urn"], "id": made.id, "state": made.outputs}
        else:
            try:
                answer = self._invoke(request.tok, arguments)
            except NothingFoundError as error:
                failure = provider_pb2.CheckFailure(reason=str(error))
                return resource_pb2.ResourceInvokeResponse(failures=[failure])
        fields: Any = {"return": _struct(answer)}
        return resource_pb2.ResourceInvokeResponse(**fields)


def _urn_of(provider: str) -> str:
    """Returns the URN in a reference to a provider, which ends with its id."""
    return provider.rpartition("::")[0]


def _plain(properties: Any) -> dict[str, Any]:
    """Returns a message's properties as plain values, secrets opened, references as they are."""
    return _opened(MessageToDict(properties))


def _opened(value: Any) -> Any:
    if isinstance(value, list):
        return [_opened(item) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return int(value) if isinstance(value, float) and value.is_integer() else value
    fields = cast(dict[str, Any], value)
    if fields.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
        return _opened(fields["value"])
    return {key: _opened(item) for key, item in fields.items()}


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct
