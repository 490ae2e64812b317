"""Runs the program with a stand-in for its providers, which answers at once and makes nothing."""

import hashlib
import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

import components
from rehearsal.deployment import (
    KUBERNETES_PREFIX,
    Deployment,
    Made,
    Resource,
    child_of,
    reference_to,
)
from rehearsal.engine import run_program
from rehearsal.errors import NothingFoundError
from rehearsal.project import Project, read_project

T = TypeVar("T")

_read_project = cache(read_project)

ROOT: Final = Path(__file__).resolve().parent.parent
ACCOUNT: Final = "123456789012"

PYTHON_PACKAGE: Final = "xray_on_kubernetes"
STACK_REFERENCE_TYPE: Final = "pulumi:pulumi:StackReference"

Settings = dict[str, Any]

KUBECONFIG: Final = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "operator",
        "contexts": [{"name": "operator", "context": {"cluster": "kops.example.com"}}],
        "clusters": [{"name": "kops.example.com", "cluster": {"server": "https://localhost"}}],
    }
)
"""That of a cluster which is not EKS."""

NODE_ROLE: Final[Settings] = {"nodeRoleName": "shop-nodes"}
OIDC_PROVIDER: Final[Settings] = {
    "oidcProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/kops.example.com"
}
SAMPLE_IMAGE: Final[Settings] = {"sampleImage": "example.com/sample:1"}

CREDENTIALS: Final = ("pod-identity", "irsa", "node-role")
CLUSTERS: Final[Mapping[str, Mapping[str, Settings]]] = {
    "new": {credentials: {} for credentials in CREDENTIALS},
    "adopted": {
        "pod-identity": {"clusterName": "shop"},
        "irsa": {"clusterName": "shop"},
        "node-role": {"clusterName": "shop", **NODE_ROLE},
    },
    "kops": {
        "irsa": {"kubeconfig": KUBECONFIG, **OIDC_PROVIDER},
        "node-role": {"kubeconfig": KUBECONFIG, **NODE_ROLE},
    },
}
"""Every kind of cluster, and what it takes with which credentials; EKS alone has Pod Identity."""

IMAGES: Final[Mapping[str, Settings]] = {
    "build": {},
    "mirror": {"imageSource": "mirror"},
    "public": {"imageSource": "public", **SAMPLE_IMAGE},
}

MATRIX: Final[Mapping[str, tuple[str, Settings]]] = {
    f"{credentials}-{cluster}-{image}": (
        "dev",
        {"credentials": credentials, **settings, **IMAGES[image]},
    )
    for cluster, by_credentials in CLUSTERS.items()
    for credentials, settings in by_credentials.items()
    for image in IMAGES
}
"""Every way to hold the right, on every kind of cluster, with every source of the image."""

VARIANTS: Final[Mapping[str, tuple[str, Settings]]] = {
    **MATRIX,
    "dev": ("dev", {}),
    "article": ("article", {}),
    "adopted": ("dev", {"clusterName": "shop", "namespace": "tracing"}),
    "adopted-node-role": ("article", {"clusterName": "shop", **NODE_ROLE}),
    "auto-mode": ("dev", {"autoMode": True}),
    "both-architectures": ("dev", {"architectures": ["amd64", "arm64"]}),
    "private": ("dev", {"privateNetwork": True, "vpcEndpoints": ["xray", "ecr"]}),
    "own-subnets": (
        "dev",
        {"subnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]},
    ),
    "another-account": (
        "dev",
        {
            "assumeRoleArn": "arn:aws:iam::111111111111:role/writer",
            "pullAccounts": ["111111111111"],
        },
    ),
    "no-samples": ("dev", {"sampleServices": False}),
    "host-port": ("dev", {"hostPort": True}),
    "node-role": ("dev", {"credentials": "node-role", "namespace": "kube-system"}),
    "ipv6": ("dev", {"clusterName": "shop", "ipFamily": "ipv6", "sampleServices": False}),
    "prefer-zone": ("dev", {"routing": "prefer-zone"}),
    "egress-proxy": (
        "dev",
        {"proxyUrl": "http://proxy.example.com:3128", "noProxy": [".example.org"]},
    ),
    "transaction-search": ("dev", {"transactionSearch": "declare", "indexingPercent": 2.5}),
    "otlp": (
        "dev",
        {"backend": "collector", "collectorExporter": "otlp", "transactionSearch": "declare"},
    ),
    "collector": ("collector", {}),
    "prod": ("prod", {}),
    "gateway": (
        "dev",
        {
            "backend": "collector",
            "imageSource": "public",
            **SAMPLE_IMAGE,
            "gatewayReplicas": 2,
            "tailSampling": {"percent": 10},
            "indexedAttributes": ["shop.customer"],
            "serviceATracing": "opentelemetry",
            "serviceBTracing": "opentelemetry",
        },
    ),
    "guarded": ("dev", {"ingressNamespaces": ["shop", "xray"]}),
}
"""Every kind of stack that the program can declare: a stack file, and settings over it."""


def declare(stack: str = "dev", *, preview: bool = False, **settings: Any) -> Deployment:
    """Returns what the program declares for a stack, with other settings over its own."""
    return run(configured(stack, **settings), preview=preview)


def run(
    project: Project,
    *,
    preview: bool = False,
    without: Sequence[str] = (),
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Deployment:
    """Returns what the program in a project's directory declares.

    Args:
        project: The project and its configuration.
        preview: Whether nothing is made yet.
        without: Functions of the AWS provider that find nothing, such as `getAddon`.
        stacks: Outputs of other stacks, by their names.
    """
    stand_in = _StandIn(project.configuration["aws:region"], preview, without, stacks or {})
    return run_program(project, stand_in.create, stand_in.invoke, preview=preview)


def run_source(source: str, directory: Path) -> Deployment:
    """Returns what a program declares that is written into an empty directory.

    Args:
        source: The program, in Python; it imports `xray_on_kubernetes`, the components.
        directory: Where it is written.
    """
    (directory / "__main__.py").write_text(source, encoding="utf-8")
    with components_as_package():
        return run(Project(directory, "mine", "test", {"aws:region": "eu-west-1"}))


@contextmanager
def components_as_package() -> Generator[None]:
    """Gives the components the name that programs import them by once they are installed."""
    there = sys.modules.get(PYTHON_PACKAGE)
    sys.modules[PYTHON_PACKAGE] = components
    try:
        yield
    finally:
        if there is None:
            del sys.modules[PYTHON_PACKAGE]
        else:
            sys.modules[PYTHON_PACKAGE] = there


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
        key = name if ":" in name else f"{project.name}:{name}"
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


def samples(deployment: Deployment) -> list[dict[str, Any]]:
    """Returns the Deployments of the sample services."""
    return [
        each
        for each in deployment.objects("Deployment")
        if each["metadata"]["labels"]["app.kubernetes.io/component"] == "sample-service"
    ]


def collector_files(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Returns the files that the collector on each node is given; none where a daemon runs."""
    pod = only(deployment.objects("DaemonSet"))["spec"]["template"]["spec"]
    mounted = [each["configMap"]["name"] for each in pod.get("volumes", [])]
    return {
        name: yaml.safe_load(text)
        for each in deployment.objects("ConfigMap")
        if each["metadata"]["name"] in mounted
        for name, text in each["data"].items()
    }


def daemon_policy(deployment: Deployment) -> dict[str, Any]:
    """Returns the NetworkPolicy around the daemon."""
    return only(
        [
            each
            for each in deployment.objects("NetworkPolicy")
            if each["metadata"]["name"] == "xray-daemon"
        ]
    )


def partition_of(region: str) -> dict[str, str]:
    """Returns what AWS's provider says of the partition that a region is in."""
    if region.startswith("cn-"):
        return {
            "partition": "aws-cn",
            "dnsSuffix": "amazonaws.com.cn",
            "reverseDnsPrefix": "cn.com.amazonaws",
        }
    partition = "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return {
        "partition": partition,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


class _StandIn:
    """Gives what a provider computes; in a preview it computes nothing, as a provider does."""

    def __init__(
        self,
        region: str,
        preview: bool,
        without: Sequence[str],
        stacks: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._region = region
        self._preview = preview
        self._without = without
        self._stacks = stacks

    def create(self, resource: Resource) -> Made:
        if resource.type == "eks:index:Cluster":
            return self._create_cluster(resource)
        if resource.type == STACK_REFERENCE_TYPE:
            outputs = dict(self._stacks[resource.inputs["name"]])
            return Made(resource.name, {**resource.inputs, "outputs": outputs}, "")
        return self._made(resource)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        name = token.rsplit(":", 1)[1]
        if name in self._without:
            raise NothingFoundError(f"{name} found nothing")
        return self._answers(arguments)[name]

    def _answers(self, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        cluster = arguments.get("name", "")
        subnet = arguments.get("id", "")
        return {
            "getAddon": {"addonName": arguments.get("addonName", "")},
            "getAuthorizationToken": {"userName": "AWS", "password": "a-token"},
            "getAvailabilityZones": {"names": [f"{self._region}{zone}" for zone in "abc"]},
            "getCallerIdentity": {"accountId": ACCOUNT},
            "getCluster": {"name": cluster} | self._cluster_outputs(cluster),
            "getOpenIdConnectProvider": {"arn": self._oidc_provider(arguments.get("url", ""))},
            "getPartition": partition_of(self._region),
            "getRouteTables": {"ids": ["rtb-0123456789abcdef0"]},
            "getSubnet": {
                "id": subnet,
                "vpcId": "vpc-0123456789abcdef0",
                "availabilityZone": f"{self._region}{'abc'[sum(map(ord, subnet)) % 3]}",
            },
            "getVpc": {"cidrBlock": "172.31.0.0/16"},
        }

    def _oidc_provider(self, issuer: str) -> str:
        partition = partition_of(self._region)["partition"]
        host = issuer.removeprefix("https://")
        return f"arn:{partition}:iam::{ACCOUNT}:oidc-provider/{host}"

    def _made(self, resource: Resource) -> Made:
        inputs = dict(resource.inputs)
        if self._preview or resource.type.startswith(KUBERNETES_PREFIX):
            return Made("" if self._preview else resource.name, inputs, "")
        name = str(inputs.get("name", resource.name))
        return Made(name, {"name": name} | inputs | self._computed(resource, name), "")

    def _computed(self, resource: Resource, name: str) -> dict[str, Any]:
        service = resource.type.split(":")[1].split("/")[0]
        kind = resource.type.rsplit(":", 1)[1].lower()
        partition = partition_of(self._region)["partition"]
        arn = f"arn:{partition}:{service}:{self._region}:{ACCOUNT}:{kind}/{name}"
        match resource.type:
            case "aws:iam/role:Role" | "aws:iam/policy:Policy":
                return {"arn": f"arn:{partition}:iam::{ACCOUNT}:{kind}/{name}"}
            case "aws:ec2/eip:Eip":
                return {"allocationId": f"eipalloc-{name}"}
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
            case "docker-build:index:Image" | "docker-build:index:Index":
                tag = resource.inputs.get("tag") or resource.inputs["tags"][0]
                digest = f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"
                return {"digest": digest, "ref": f"{tag}@{digest}"}
            case _:
                return {"arn": arn} if resource.type.startswith("aws:") else {}

    def _create_cluster(self, component: Resource) -> Made:
        """Stands in for pulumi-eks, whose component makes the cluster inside itself."""
        cluster = child_of(component, "aws:eks/cluster:Cluster", f"{component.name}-eksCluster")
        made = self._made(cluster)
        outputs: dict[str, Any] = {"eksCluster": reference_to(cluster, made.id)}
        if not self._preview:
            issuer = made.outputs["identities"][0]["oidcs"][0]["issuer"]
            outputs["kubeconfigJson"] = json.dumps({"apiVersion": "v1", "kind": "Config"})
            outputs["oidcProviderArn"] = self._oidc_provider(issuer)
            outputs["autoModeNodeRoleName"] = f"{component.name}-auto"
        return Made("", outputs, "", inside=((cluster, made),))

    def _cluster_outputs(self, name: str) -> dict[str, Any]:
        host = f"{name}.eks.{self._region}.amazonaws.com"
        partition = partition_of(self._region)["partition"]
        return {
            "arn": f"arn:{partition}:eks:{self._region}:{ACCOUNT}:cluster/{name}",
            "endpoint": f"https://{host}",
            "certificateAuthorities": [{"data": "Y2VydGlmaWNhdGU="}],
            "identities": [{"oidcs": [{"issuer": f"https://{host}/id"}]}],
            "computeConfigs": [{"enabled": name.startswith("auto")}],
            "vpcConfig": {
                "vpcId": "vpc-0123456789abcdef0",
                "subnetIds": [f"subnet-0123456789abcde0{number}" for number in range(4)],
            },
        }
