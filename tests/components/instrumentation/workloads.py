"""Workloads before and after the transform."""

import asyncio
from collections.abc import Coroutine, Mapping
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime.settings import SETTINGS

from components import Language, trace_workloads
from components.instrumentation.transform import TEMPLATES

LANGUAGE: Final = "xray-on-kubernetes/language"
CONTAINERS: Final = "xray-on-kubernetes/containers"
IMAGES: Final = {each.value: f"registry.example.com/{each.value}@sha256:1" for each in Language}
FROM_SECRET: Final = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}

Object = dict[str, Any]


def hidden(value: Any) -> Any:
    return pulumi.Output.from_input(value)


def transformed(
    kind: str, props: Object, warnings: list[str], *, name: str = "shop", **how: Any
) -> Object:
    """Returns the inputs of a resource after the transform, all outputs resolved."""
    apis = {"Job": "batch/v1", "CronJob": "batch/v1", "Release": "helm.sh/v3", "Pod": "core/v1"}

    async def run() -> Any:
        daemon: Any = SimpleNamespace(
            takes_spans=True,
            address=pulumi.Output.from_input("xray-service.xray:2000"),
            platform={"fixed_user_ids": True},
        )
        transform: Any = trace_workloads(daemon, how.pop("languages", IMAGES), **how)
        kinds = f"kubernetes:{apis.get(kind, 'apps/v1')}:{kind}"
        args = pulumi.ResourceTransformArgs(True, kinds, name, props, pulumi.ResourceOptions())
        return await hidden(transform(args).props).future()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", warnings.append)
        return resolved(run())


def resolved(made: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(made)
    finally:
        # A program that runs in this process later would wait for them.
        SETTINGS.outputs.clear()  # pyright: ignore[reportAttributeAccessIssue]


def template_in(props: Object, kind: str) -> Object:
    for key in TEMPLATES.get(kind, ("spec", "template")):
        props = props[key]
    return props


def workload(kind: str, template: Object, **annotations: str) -> Object:
    """Returns a valid object of a kind with a pod template."""
    for key in reversed(TEMPLATES.get(kind, ("spec", "template"))):
        template = {key: template}
    selector = {"selector": {"matchLabels": {"app": "shop"}}}
    more = {"Job": {}, "CronJob": {"schedule": "* * * * *"}}.get(kind, selector)
    more = {**more, "serviceName": "shop"} if kind == "StatefulSet" else more
    return {
        "apiVersion": "batch/v1" if kind.endswith("Job") else "apps/v1",
        "kind": kind,
        "metadata": {"name": "shop", "annotations": annotations},
        "spec": {**template["spec"], **more},
    }


def pod(*, annotations: Mapping[str, str] | None = None, **of_spec: Any) -> Object:
    spec = {"containers": [{"name": "one", "image": "a:1"}], "restartPolicy": "Always", **of_spec}
    return {"metadata": {"labels": {"app": "shop"}, "annotations": annotations or {}}, "spec": spec}
