"""Runs the program on stand-ins for its providers: AWS is moto, Kubernetes objects are files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
from botocore.exceptions import ClientError, ParamValidationError

from settings import own_configuration, read_settings
from tools.lab.deployment import KUBERNETES_PREFIX, Deployment, Made, Resource
from tools.lab.engine import run_program
from tools.lab.errors import ToolError, sentence_in
from tools.lab.project import Facts, Project

from .aws import invokes
from .aws.cloud import Cloud
from .aws.eks import create_existing
from .aws.resources import MAKERS
from .kubernetes_objects import KubernetesObjects

OWN_PREFIX: Final = "xray-on-kubernetes:"
"""Types of this project's components, which hold resources and make none."""


def check_settings(project: Project) -> Facts:
    """Returns what a rehearsal needs to know of the stack's settings.

    Raises:
        ToolError: Some are wrong; the message names every problem.
    """
    try:
        return Facts.of(read_settings(own_configuration(project.name, project.configuration)))
    except pulumi.RunError as refused:
        raise ToolError(str(refused)) from None


def deploy(project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
    """Runs the program and returns what it declared.

    Args:
        project: The project, with the configuration of the stack.
        facts: What `check_settings` returned.
        cloud: Where its AWS resources are made.
        manifests: The folder that its Kubernetes objects are written to.

    Raises:
        ToolError: Something that the program declares can't be.
    """
    providers = Providers(cloud, KubernetesObjects(manifests, facts.kubernetes_version))
    create_existing(cloud, facts)
    try:
        return run_program(project, providers.create, providers.invoke)
    except Exception as error:
        sentence = str(error) if isinstance(error, pulumi.RunError) else sentence_in(error)
        if sentence is None:
            raise
        raise ToolError(sentence) from None


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
