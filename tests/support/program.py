"""Runs the program with a stand-in for its providers, which answers at once and makes nothing."""

import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

import components
from tools.lab.deployment import Deployment
from tools.lab.engine import run_program
from tools.lab.fake_provider import ACCOUNT, FakeProvider
from tools.lab.project import Project, read_project, with_settings

T = TypeVar("T")

_read_project = cache(read_project)

ROOT: Final = Path(__file__).resolve().parents[2]

PYTHON_PACKAGE: Final = "xray_on_kubernetes"

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

CREDENTIAL_SOURCES: Final = ("pod-identity", "irsa", "node-role")
CLUSTERS: Final[Mapping[str, Mapping[str, Settings]]] = {
    "new": {source: {} for source in CREDENTIAL_SOURCES},
    "existing": {
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
    f"{source}-{cluster}-{image}": (
        "dev",
        {"credentialSource": source, **settings, **IMAGES[image]},
    )
    for cluster, by_source in CLUSTERS.items()
    for source, settings in by_source.items()
    for image in IMAGES
}
"""Every way to hold the right, on every kind of cluster, with every source of the image."""

VARIANTS: Final[Mapping[str, tuple[str, Settings]]] = {
    **MATRIX,
    "dev": ("dev", {}),
    "article": ("article", {}),
    "existing": ("dev", {"clusterName": "shop", "namespace": "tracing"}),
    "existing-node-role": ("article", {"clusterName": "shop", **NODE_ROLE}),
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
    "node-role": ("dev", {"credentialSource": "node-role", "namespace": "kube-system"}),
    "ipv6": ("dev", {"clusterName": "shop", "ipFamily": "ipv6", "sampleServices": False}),
    "prefer-zone": ("dev", {"trafficDistribution": "prefer-zone"}),
    "egress-proxy": (
        "dev",
        {"proxyUrl": "http://proxy.example.com:3128", "noProxy": [".example.org"]},
    ),
    "transaction-search": ("dev", {"transactionSearch": "enable", "indexingPercent": 2.5}),
    "otlp": (
        "dev",
        {"agent": "collector", "collectorExporter": "otlp", "transactionSearch": "enable"},
    ),
    "collector": ("collector", {}),
    "prod": ("prod", {}),
    "gateway": (
        "dev",
        {
            "agent": "collector",
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
    stand_in = FakeProvider(
        project.configuration["aws:region"], preview=preview, without=without, stacks=stacks
    )
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
    return with_settings(_read_project(ROOT, stack), settings)


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
