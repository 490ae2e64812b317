"""Stands in for Pulumi's providers: sends each resource to what makes it."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError, ParamValidationError

from tools.lab.deployment import KUBERNETES_PREFIX, Made, Resource
from tools.lab.errors import ToolError

from .aws import invokes
from .aws.cloud import Cloud
from .aws.resources import MAKERS
from .kubernetes_objects import KubernetesObjects

OWN_PREFIX: Final = "xray-on-kubernetes:"
"""Types of this project's components, which hold resources and make none."""


class Providers:
    """Makes what the program declares: AWS resources in moto, Kubernetes objects as manifests."""

    def __init__(self, cloud: Cloud, kubernetes: KubernetesObjects) -> None:
        self._cloud = cloud
        self._kubernetes = kubernetes

    def create(self, resource: Resource) -> Made:
        """Makes a resource.

        Raises:
            ToolError: Its type is unknown here, or what makes it refuses it.
        """
        if resource.type.startswith(OWN_PREFIX) or not resource.custom:
            return Made(resource.name, {}, "")
        if resource.type.startswith("pulumi:providers:"):
            return Made(resource.name, dict(resource.inputs), "")
        if resource.type.startswith(KUBERNETES_PREFIX):
            return self._kubernetes.create(resource)
        if resource.type not in MAKERS:
            raise ToolError(
                f"the rehearsal does not know resources of type {resource.type}, such as "
                f"{resource.name}."
            )
        try:
            return MAKERS[resource.type](self._cloud, resource)
        except (ClientError, ParamValidationError) as error:
            raise ToolError(f"moto refused {resource.type} {resource.name}: {error}") from None

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Answers a provider's function; see `invokes.answer`."""
        return invokes.answer(self._cloud, token, arguments)
