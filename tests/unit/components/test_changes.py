"""What a change of one setting touches: what it must, and neither the cluster nor a repository."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from rehearsal.deployment import KUBERNETES_PREFIX, Deployment, label
from rehearsal.immutable import IMMUTABLE, immutable_inputs
from settings import Settings
from tests.program import KUBECONFIG, declare, variant
from tests.unit.components.test_graph import DAEMON_IMAGE, NAMESPACE, NODES, POLICY, SERVICE_ACCOUNT

CLUSTER: Final = "eks:Cluster xray"
DAEMON_SET: Final = "kubernetes:DaemonSet xray-daemon-set"
SERVICE: Final = "kubernetes:Service xray-service"
NETWORK_POLICY: Final = "kubernetes:NetworkPolicy xray-network-policy"
SERVICE_A: Final = "kubernetes:Deployment sample-services-service-a-deployment"
SERVICE_B: Final = "kubernetes:Deployment sample-services-service-b-deployment"
SAMPLE_POLICY: Final = "kubernetes:NetworkPolicy sample-services-network-policy"

KEPT: Final[Mapping[str, set[str]]] = {
    each: IMMUTABLE[each] for each in ("eks:index:Cluster", "aws:ecr/repository:Repository")
}
"""Inputs whose change makes another cluster or repository."""

REPLACING: Final = {"repositoryName"}
"""Settings that mean another cluster or another repository."""

MOVING: Final = {"subnetIds", "privateNetwork"}
"""Settings that would move a cluster to another VPC, which EKS refuses."""

TOUCHED: Final[Mapping[str, tuple[Any, set[str]]]] = {
    "kubernetesVersion": ("1.34", {CLUSTER}),
    "nodeInstanceTypes": (["m7i.large"], {NODES}),
    "nodeCount": (3, {NODES}),
    "subnetIds": (["subnet-01234567", "subnet-89abcdef"], {CLUSTER}),
    "publicAccessCidrs": (["203.0.113.0/24"], {CLUSTER}),
    "protectCluster": (True, set()),
    "checkPodIdentityAgent": (False, set()),
    "policyName": (
        "writers",
        {POLICY, "aws:RolePolicyAttachment write-access-role-policy", DAEMON_SET},
    ),
    "daemonVersion": ("3.6.5", {DAEMON_IMAGE}),
    "repositoryName": (
        "xray-daemon",
        {
            "aws:Repository xray-daemon-repository",
            "aws:LifecyclePolicy xray-daemon-lifecycle",
            DAEMON_IMAGE,
            DAEMON_SET,
        },
    ),
    "logLevel": ("debug", {DAEMON_SET}),
    "memoryLimitMebibytes": (256, {DAEMON_SET}),
    "hostPort": (True, {DAEMON_SET, NAMESPACE}),
    "nodeSelector": ({"example.com/pool": "traced"}, {DAEMON_SET}),
    "priorityClass": ("system-node-critical", {DAEMON_SET}),
    "routing": ("prefer-zone", {SERVICE}),
    "ingressNamespaces": (["xray"], {NETWORK_POLICY}),
    "proxyUrl": ("http://proxy.example.com:3128", {DAEMON_SET, NETWORK_POLICY}),
    "extraArguments": (["-a", "shop"], {DAEMON_SET}),
    "labels": (
        {"team": "shop"},
        {DAEMON_SET, SERVICE, NETWORK_POLICY, NAMESPACE, SERVICE_ACCOUNT},
    ),
    "podAnnotations": ({"team": "shop"}, {DAEMON_SET}),
    "assumeRoleArn": ("arn:aws:iam::111111111111:role/writer", {POLICY, DAEMON_SET}),
    "sampleImage": ("sample:1", {SERVICE_A, SERVICE_B}),
    "sampleDelayMilliseconds": (1, {SERVICE_B}),
    "sampleFaultPercent": (1, {SERVICE_B}),
    "samplePlugins": (["EC2Plugin"], {SERVICE_A, SERVICE_B, SAMPLE_POLICY}),
    "samplingRules": ([], set()),
    "traceGroups": ([], set()),
    # What the DaemonSet waits for is in an annotation of its own: its pods stay.
    "transactionSearch": ("declare", {DAEMON_SET}),
    "sampleServices": (False, set()),
    "pullAccounts": (["111111111111"], set()),
    "vpcEndpoints": (["xray"], set()),
}
"""A setting, another value of it, and the resources that have other inputs then."""

OTHERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "credentials": {"credentials": "irsa"},
    "credentials-node-role": {"credentials": "node-role"},
    "imageSource": {"imageSource": "mirror"},
    "backend": {"backend": "collector"},
    "collectorExporter": {
        "backend": "collector",
        "collectorExporter": "otlp",
        "transactionSearch": "existing",
    },
    "indexingPercent": {"transactionSearch": "declare", "indexingPercent": 50},
    "architectures": {"architectures": ["amd64", "arm64"]},
    "autoMode": {"autoMode": True},
    "namespace": {"namespace": "tracing"},
    "noProxy": {"proxyUrl": "http://proxy.example.com", "noProxy": [".example.org"]},
    "privateNetwork": {"privateNetwork": True},
    "tags": {"tags": {"team": "shop"}},
}
"""Changes that touch much."""

ELSEWHERE: Final = {
    *("aws:region", "clusterName", "kubeconfig", "nodeRoleName", "oidcProviderArn"),
    *("daemonDigest", "ipFamily"),
}
"""Settings that mean another cluster, or nothing on a new one."""

COLLECTOR: Final[Mapping[str, Any]] = {
    "backend": "collector",
    "gatewayReplicas": 1,
    "serviceATracing": "xray-sdk",
}
"""What the collector's own settings are changed on."""

COPY: Final = "docker-build:Index xray-daemon-image"
GATEWAY: Final = "kubernetes:Deployment xray-gateway-deployment"
CONFIGURATION: Final = "kubernetes:ConfigMap xray-collector-configuration"
GATEWAY_CONFIGURATION: Final = "kubernetes:ConfigMap xray-gateway-configuration"

OF_COLLECTOR: Final[Mapping[str, tuple[Any, set[str]]]] = {
    "collectorVersion": ("0.48.0", {COPY, DAEMON_SET, GATEWAY}),
    "collectorDigest": (f"sha256:{'0f' * 32}", {COPY, DAEMON_SET, GATEWAY}),
    "collectorMemoryLimitMebibytes": (512, {CONFIGURATION, DAEMON_SET}),
    "gatewayReplicas": (3, {GATEWAY}),
    "tailSampling": ({"percent": 10}, {GATEWAY_CONFIGURATION, GATEWAY}),
    "indexedAttributes": (["shop.customer"], {GATEWAY_CONFIGURATION, GATEWAY}),
    "serviceATracing": ("opentelemetry", {SERVICE_A, SAMPLE_POLICY}),
    "serviceBTracing": ("opentelemetry", {SERVICE_B, SAMPLE_POLICY}),
}
"""The same for settings that need a collector; `TOUCHED` has what needs none."""


def changed(name: str) -> Deployment:
    """Returns what the program declares after one of the changes."""
    settings: Mapping[str, Any] = OTHERS.get(name) or {name: TOUCHED[name][0]}
    return declare(**settings)


def touched(before: Deployment, after: Deployment) -> dict[str, set[str]]:
    """Returns the resources that are in both and have other inputs, with the names of those."""
    old, new = before.resources, after.resources
    differing = {
        label(new[urn]): {
            key
            for key in {*old[urn].inputs, *new[urn].inputs}
            if old[urn].inputs.get(key) != new[urn].inputs.get(key)
        }
        for urn in old.keys() & new.keys()
    }
    return {name: keys for name, keys in differing.items() if keys}


def test_every_setting_is_changed() -> None:
    tried = {*TOUCHED, *(key.split("-")[0] for key in OTHERS), *ELSEWHERE, *OF_COLLECTOR}
    assert tried == {field.alias for field in Settings.model_fields.values()}


@pytest.mark.parametrize("setting", TOUCHED)
def test_a_change_touches_what_it_must(setting: str) -> None:
    _, expected = TOUCHED[setting]
    assert set(touched(variant("dev"), changed(setting))) == expected


@pytest.mark.parametrize("setting", OF_COLLECTOR)
def test_a_change_of_the_collector_touches_what_it_must(setting: str) -> None:
    value, expected = OF_COLLECTOR[setting]
    settings: dict[str, Any] = {**COLLECTOR, setting: value}
    before, after = declare(**COLLECTOR), declare(**settings)
    assert set(touched(before, after)) == expected


def test_another_backend_touches_the_daemon_and_what_leads_to_it() -> None:
    # The image comes from elsewhere, so that it is another resource, in the same repository.
    assert set(touched(variant("dev"), changed("backend"))) == {DAEMON_SET, SERVICE, NETWORK_POLICY}


@pytest.mark.parametrize("name", [*TOUCHED, *OTHERS])
def test_neither_the_cluster_nor_a_repository_is_replaced_by_surprise(name: str) -> None:
    old, new = variant("dev").resources, changed(name).resources
    replaced = {
        label(resource)
        for urn, resource in old.items()
        for keys in [KEPT.get(resource.type, set())]
        if urn in new and any(resource.inputs.get(k) != new[urn].inputs.get(k) for k in keys)
    }
    gone = {label(old[urn]) for urn in old.keys() - new.keys() if old[urn].type in KEPT}
    assert bool(replaced) == (name in REPLACING), replaced
    # The sample services' repository goes with them, and with their image.
    assert gone <= {"aws:Repository sample-services-repository"}


@pytest.mark.parametrize("name", [*TOUCHED, *OTHERS])
def test_nothing_else_would_move_the_cluster(name: str) -> None:
    moved = touched(variant("dev"), changed(name)).get(CLUSTER, set())
    assert bool(moved & {"vpcId", "privateSubnetIds"}) == (name in MOVING)


@pytest.mark.parametrize("family", ["ipv6", "dual-stack"])
def test_another_ip_family_touches_the_daemon_and_what_leads_to_it(family: str) -> None:
    adopted: dict[str, Any] = {"clusterName": "shop", "sampleServices": False}
    before, after = declare(**adopted), declare(**adopted, ipFamily=family)
    assert set(touched(before, after)) == {DAEMON_SET, SERVICE, NETWORK_POLICY}


def test_hosts_without_proxy_touch_the_daemon_alone() -> None:
    before = declare(proxyUrl="http://proxy.example.com")
    assert set(touched(before, changed("noProxy"))) == {DAEMON_SET}


def test_the_share_that_is_indexed_touches_its_rule_alone() -> None:
    before = declare(transactionSearch="declare")
    assert touched(before, changed("indexingPercent")) == {
        "aws:IndexingRule transaction-search-indexing": {"rule"}
    }


@pytest.mark.parametrize("name", ["transactionSearch", "indexingPercent"])
def test_transaction_search_replaces_no_pod(name: str) -> None:
    (old,), (new,) = variant("dev").objects("DaemonSet"), changed(name).objects("DaemonSet")
    assert old["spec"] == new["spec"]


@pytest.mark.parametrize("name", [name for name in (*TOUCHED, *OTHERS) if name != "namespace"])
def test_no_object_of_kubernetes_is_replaced(name: str) -> None:
    old, new = variant("dev").resources, changed(name).resources
    for urn in old.keys() & new.keys():
        if old[urn].type.startswith(KUBERNETES_PREFIX):
            assert immutable_inputs(old[urn]) == immutable_inputs(new[urn])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"credentials": "node-role"}, {"credentials": "pod-identity"}),
        ({"credentials": "irsa"}, {"credentials": "pod-identity"}),
        ({"clusterName": "shop"}, {"clusterName": "shop", "credentials": "irsa"}),
        (
            {"kubeconfig": KUBECONFIG, "credentials": "node-role", "nodeRoleName": "nodes"},
            {
                "kubeconfig": KUBECONFIG,
                "credentials": "irsa",
                "oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/kops.example.com",
            },
        ),
    ],
)
def test_other_credentials_replace_the_daemon_s_pods(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    (old,), (new,) = (declare(**each).objects("DaemonSet") for each in (before, after))
    assert old["spec"]["template"] != new["spec"]["template"]
    assert old["spec"]["selector"] == new["spec"]["selector"]
