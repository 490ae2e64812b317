"""Runs the program with a stand-in for its providers, which answers at once and makes nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from rehearsal.deployment import (
    KUBERNETES_PREFIX,
    Deployment,
    Made,
    Resource,
    child_of,
    reference_to,
)
from rehearsal.engine import run_program
from rehearsal.project import Project, read_project

T = TypeVar("T")

_read_project = cache(read_project)

ROOT: Final = Path(__file__).resolve().parent.parent
ACCOUNT: Final = "123456789012"

VARIANTS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "dev": ("dev", {}),
    "article": ("article", {}),
    "adopted": ("dev", {"clusterName": "shop", "namespace": "tracing"}),
    "adopted-node-role": (
        "article",
        {"clusterName": "shop", "nodeRoleName": "shop-nodes"},
    ),
    "public-image": ("dev", {"imageSource": "public", "sampleImage": "example.com/sample:1"}),
    "no-samples": ("dev", {"sampleServices": False}),
    "host-port": ("dev", {"hostPort": True}),
    "node-role": ("dev", {"credentials": "node-role", "namespace": "kube-system"}),
}
"""Every kind of stack that the program can declare: a stack file, and settings over it."""


def declare(stack: str = "dev", *, preview: bool = False, **settings: Any) -> Deployment:
    """Returns what the program declares for a stack, with other settings over its own."""
    return run(configured(stack, **settings), preview=preview)


def run(project: Project, *, preview: bool = False) -> Deployment:
    """Returns what the program in a project's directory declares."""
    stand_in = _StandIn(project.configuration["aws:region"], preview)
    return run_program(project, stand_in.create, stand_in.invoke, preview=preview)


@cache
def variant(name: str, *, preview: bool = False) -> Deployment:
    """Returns what the program declares for one of the variants."""
    stack, settings = VARIANTS[name]
    return declare(stack, preview=preview, **settings)


def configured(stack: str = "dev", **settings: Any) -> Project:
    """Returns a stack's project with other settings over its own; None leaves a setting out."""
    project = _read_project(ROOT, stack)
    configuration = dict(project.configuration)
    for name, value in settings.items():
        key = f"{project.name}:{name}"
        if value is None:
            configuration.pop(key, None)
        else:
            configuration[key] = value if isinstance(value, str) else json.dumps(value)
    return replace(project, configuration=configuration)


def label(resource: Resource) -> str:
    """Returns a resource's package, kind and name, such as `aws:Role xray-nodes`."""
    package, *_, kind = resource.type.split(":")
    return f"{package}:{kind} {resource.name}"


def only(resources: Sequence[T]) -> T:
    """Returns the one there is."""
    (one,) = resources
    return one


class _StandIn:
    """Gives what a provider computes; in a preview it computes nothing, as a provider does."""

    def __init__(self, region: str, preview: bool) -> None:
        self._region = region
        self._preview = preview

    def create(self, resource: Resource) -> Made:
        if resource.type == "eks:index:Cluster":
            return self._create_cluster(resource)
        return self._made(resource)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if token == "aws:eks/getCluster:getCluster":
            return {"name": arguments["name"]} | self._cluster_outputs(arguments["name"])
        return {
            "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
                "userName": "AWS",
                "password": "a-token",
            },
            "aws:index/getPartition:getPartition": {"partition": "aws"},
        }[token]

    def _made(self, resource: Resource) -> Made:
        inputs = dict(resource.inputs)
        if self._preview or resource.type.startswith(KUBERNETES_PREFIX):
            return Made("" if self._preview else resource.name, inputs, "")
        name = str(inputs.get("name", resource.name))
        return Made(name, {"name": name} | inputs | self._computed(resource, name), "")

    def _computed(self, resource: Resource, name: str) -> dict[str, Any]:
        service = resource.type.split(":")[1].split("/")[0]
        kind = resource.type.rsplit(":", 1)[1].lower()
        arn = f"arn:aws:{service}:{self._region}:{ACCOUNT}:{kind}/{name}"
        match resource.type:
            case "aws:iam/role:Role" | "aws:iam/policy:Policy":
                return {"arn": f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"}
            case "aws:ecr/repository:Repository":
                registry = f"{ACCOUNT}.dkr.ecr.{self._region}.amazonaws.com"
                return {"registryId": ACCOUNT, "repositoryUrl": f"{registry}/{name}"}
            case "aws:ec2/launchTemplate:LaunchTemplate":
                return {"latestVersion": 1}
            case "aws:eks/cluster:Cluster":
                return self._cluster_outputs(name)
            case "docker:index/image:Image":
                repository = resource.inputs["imageName"].rsplit(":", 1)[0]
                digest = hashlib.sha256(repository.encode()).hexdigest()
                return {"repoDigest": f"{repository}@sha256:{digest}"}
            case _:
                return {"arn": arn} if resource.type.startswith("aws:") else {}

    def _create_cluster(self, component: Resource) -> Made:
        """Stands in for pulumi-eks, whose component makes the cluster inside itself."""
        cluster = child_of(component, "aws:eks/cluster:Cluster", f"{component.name}-eksCluster")
        made = self._made(cluster)
        outputs: dict[str, Any] = {"eksCluster": reference_to(cluster, made.id)}
        if not self._preview:
            outputs["kubeconfigJson"] = json.dumps({"apiVersion": "v1", "kind": "Config"})
            outputs["oidcIssuer"] = made.outputs["identities"][0]["oidcs"][0]["issuer"]
        return Made("", outputs, "", inside=((cluster, made),))

    def _cluster_outputs(self, name: str) -> dict[str, Any]:
        host = f"{name}.eks.{self._region}.amazonaws.com"
        return {
            "arn": f"arn:aws:eks:{self._region}:{ACCOUNT}:cluster/{name}",
            "endpoint": f"https://{host}",
            "certificateAuthorities": [{"data": "Y2VydGlmaWNhdGU="}],
            "identities": [{"oidcs": [{"issuer": f"https://{host}/id"}]}],
        }
