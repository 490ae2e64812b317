"""Pods, images and production, however and wherever they are written."""

import json
from typing import Any, Final

import pytest

from policy.rules import Resource
from tests.policy.judging import let_pass, said
from tests.support.restricted import violations

NAMESPACES: Final = "no-host-namespaces"
PORTS: Final = "no-host-ports"
PRIVILEGED: Final = "no-privileged-pods"
RESTRICTED: Final = "restricted-security-context"
IMAGES: Final = "image-digests"
ENDPOINT: Final = "eks-endpoint-in-production"
DIGEST: Final = f"@sha256:{'0f' * 32}"
OF_PODS: Final = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
OF_CONTAINERS: Final = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
SAFE: Final = {"image": f"a{DIGEST}", "securityContext": {**OF_PODS, **OF_CONTAINERS}}
HOSTILE: Final = {"name": "a", "image": "a:1", "securityContext": {"privileged": True}}
APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/web"


def custom(properties: Any, kind: str = "example.com/v1:Custom") -> Resource:
    return Resource(f"kubernetes:{kind}", "r", {"spec": properties})


UNSAFE: Final[list[dict[str, Any]]] = [
    *({"runAsUser": "0"}, {"runAsNonRoot": "false"}, {"privileged": "true"}),
    *({"runAsUser": 0}, {"runAsNonRoot": False}, {"windowsOptions": {"hostProcess": True}}),
    *({f"{each}Profile": {"type": "Unconfined"}} for each in ("seccomp", "appArmor")),
    *({"seLinuxOptions": each} for each in ({"user": "root"}, {"role": "a"}, {"type": "spc_t"})),
]
UNSAFE_OF_CONTAINERS: Final[list[dict[str, Any]]] = [
    *({"privileged": True}, {"procMount": "Unmasked"}, {"allowPrivilegeEscalation": True}),
    *({"capabilities": each} for each in ({}, {"drop": ["ALL"], "add": ["NET_RAW"]})),
]


def test_whatever_the_restricted_level_refuses_is_stopped() -> None:
    web = {"name": "web", "securityContext": OF_CONTAINERS}
    safe = {"securityContext": OF_PODS, "containers": [web]}
    contexts = [{**OF_CONTAINERS, **each} for each in (*UNSAFE, *UNSAFE_OF_CONTAINERS)]
    containers = [
        *({"securityContext": each} for each in contexts),
        *({"ports": [{"hostPort": each}]} for each in (2000, "2000")),
        {"livenessProbe": {"httpGet": {"host": "a"}}},
        {"lifecycle": {"preStop": {"tcpSocket": {"host": "a"}}}},
    ]
    unsafe = [
        *({each: True} for each in ("hostNetwork", "hostPID", "hostIPC")),
        {"hostNetwork": "true"},
        *({"volumes": [{"name": "a", each: {}}]} for each in ("hostPath", "nfs")),
        *({"securityContext": {**OF_PODS, **each}} for each in UNSAFE),
        {"securityContext": {**OF_PODS, "sysctls": [{"name": "kernel.msgmax"}]}},
        *({"containers": [{**web, **each}]} for each in containers),
    ]
    assert violations(safe) == []
    assert [each for each in unsafe if not violations({**safe, **each})] == []


def test_a_pod_must_say_what_the_restricted_level_asks_for_and_a_patch_need_not() -> None:
    pod = {"containers": [{"name": "web"}]}
    assert len(violations(pod)) == 4
    patch = "apps/v1:DeploymentPatch"
    assert said(custom({"template": {"spec": pod}}, patch), RESTRICTED) == []
    escalating = {"name": "web", "securityContext": {"allowPrivilegeEscalation": True}}
    assert said(custom({"containers": [escalating]}, patch), RESTRICTED)


def test_a_patch_without_containers_is_judged() -> None:
    for rule, spec in (
        *((NAMESPACES, {each: True}) for each in ("hostNetwork", "hostPID")),
        *((RESTRICTED, {"volumes": [{each: {"a": "b"}}]}) for each in ("hostPath", "nfs")),
        (RESTRICTED, {"securityContext": {"runAsUser": 0}}),
        (PRIVILEGED, {"securityContext": {"windowsOptions": {"hostProcess": True}}}),
        (IMAGES, {"volumes": [{"name": "a", "image": {"reference": "a:1"}}]}),
    ):
        assert said(custom({"template": {"spec": spec}}, "apps/v1:StatefulSetPatch"), rule)


def test_pods_of_any_kind_are_found_by_their_shape() -> None:
    found = (
        {"jobTargetRef": {"template": {"spec": {"containers": [HOSTILE]}}}},
        {"replicatedJobs": [{"template": {"spec": {"containers": [HOSTILE]}}}]},
        {"podTemplate": {"containers": [SAFE], "initContainers": [HOSTILE]}},
        {"ephemeralContainers": [HOSTILE]},
        *({"templates": [{each: HOSTILE}]} for each in ("container", "script")),
        {"templates": [{"container": SAFE, "sidecars": [HOSTILE]}]},
        {"steps": [HOSTILE]},
        {"patches": [{"patch": json.dumps({"spec": {"containers": [HOSTILE]}})}]},
    )
    for rule in (PRIVILEGED, RESTRICTED, IMAGES):
        assert let_pass(rule, *map(custom, found)) == []
    parts = (
        {"hostPath": {"path": "/"}},
        {"securityContext": {"runAsUser": 0}},
        {"template": {"metadata": {"annotations": {APPARMOR: "unconfined"}}}},
    )
    assert let_pass(RESTRICTED, *map(custom, parts)) == []
    assert said(custom({"image": f"a{DIGEST}", "ports": [{"hostPort": 80}]}), PORTS)
    assert let_pass(IMAGES, *map(custom, ({"image": "a:1"}, {"java": {"image": "a:1"}}))) == []


def test_what_only_looks_like_a_pod_passes() -> None:
    others = (
        {"containers": [SAFE], "sidecars": {"istio": True}},
        {"templates": [{"steps": [[{"name": "a", "template": "b"}]]}]},
        {"selector": {"matchExpressions": [{"key": "a", "values": ["image", "true"]}]}},
        {"containers": ["web"], "image": f"a{DIGEST}"},
    )
    assert [sentence for each in others for sentence in said(custom(each))] == []
    schema = {"securityContext": {"type": "object"}, "containers": {"items": {"type": "object"}}}
    assert said(custom(schema, "apiextensions.k8s.io/v1:CustomResourceDefinition")) == []
    assert said(custom({"image": "a"}, "image.toolkit.fluxcd.io/v1:ImageRepository")) == []
    data = {"data": {"image": "logo.png", "a.json": '{"containers": ["a"], "image": "logo.png"}'}}
    assert said(Resource("kubernetes:core/v1:ConfigMap", "r", data)) == []


@pytest.mark.parametrize("image", ["a:1", "a@sha256:0f", f"a{DIGEST}\n", f"a{DIGEST}:1"])
def test_an_image_ends_in_its_digest(image: str) -> None:
    assert said(custom({"containers": [{**SAFE, "image": image}]}), IMAGES)


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (IMAGES, {"image": {"repository": "a", "tag": "1", "digest": "none"}}),
        (IMAGES, {"image": {"repository": "a", "tag": "1", "digest": "sha256:0"}}),
        (IMAGES, {"imageTag": "1"}),
        (RESTRICTED, {"podSecurityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}),
        (PRIVILEGED, {"securityContext": json.dumps({"privileged": True})}),
        (NAMESPACES, {"hostNetwork": {"enabled": "true"}}),
        *((NAMESPACES, {each: True}) for each in ("hostNetworkEnabled", "hostpid")),
        *((IMAGES, each) for each in ({"images": ["a:1"]}, {"sidecars": [{"image": "a:1"}]})),
        (IMAGES, {"repository": "a", "tag": "1"}),
        (IMAGES, {"image": {"registry": "example.com", "name": "a"}}),
        (RESTRICTED, {"capabilities": {"add": ["ALL"]}}),
        (RESTRICTED, {"podSecurityContext": {"seccompProfile": {"type": "Unconfined"}}}),
        (RESTRICTED, {"containerSecurityContext": {"runAsUser": "0"}}),
        (RESTRICTED, {"extraVolumes": [{"name": "a", "hostPath": {"path": "/"}}]}),
        (PRIVILEGED, {"privileged": "true"}),
        *((NAMESPACES, {"hostNetwork": each}) for each in ("true", {"enabled": True})),
        (NAMESPACES, {"useHostPID": True}),
        *((PORTS, {"hostPort": each}) for each in ({"enabled": True}, 80, "80")),
    ],
)
def test_the_values_of_every_kind_of_chart_are_judged(rule: str, refused: dict[str, Any]) -> None:
    for values in ({"values": refused}, {"values": {"web": refused}}):
        assert said(Resource("kubernetes:helm.sh/v3:Release", "r", values), rule)
    assert said(custom(values, "helm.toolkit.fluxcd.io/v2:HelmRelease"), rule)
    application = {"source": {"helm": {"valuesObject": refused}}}
    assert said(custom(application, "argoproj.io/v1alpha1:Application"), rule)
    addon = {"configurationValues": json.dumps(refused)}
    assert said(Resource("aws:eks/addon:Addon", "r", addon), rule)


def test_what_a_chart_may_be_told_passes() -> None:
    image = {"repository": "a", "tag": "1", "digest": DIGEST[1:]}
    values = {"image": image, "hostNetwork": False, "unprivileged": True, "hostPort": None}
    assert said(Resource("kubernetes:helm.sh/v3:Release", "r", {"values": values})) == []


@pytest.mark.parametrize("key", ["valueYamlFiles", "postrender"])
def test_what_can_t_be_judged_of_a_chart_stops_it(key: str) -> None:
    assert said(Resource("kubernetes:helm.sh/v3:Release", "r", {key: "a"}), RESTRICTED) == [
        f"Release r has {key}, which can't be judged; it must set values instead."
    ]


def cluster(stack: str = "dev", network: Any = None, **more: Any) -> Resource:
    return Resource("aws:eks/cluster:Cluster", "r", {"vpcConfig": network, **more}, stack)


def test_production_is_not_open_to_the_world() -> None:
    wide = (
        *(("0.0.0.0/1", "128.0.0.0/1"), ("64.0.0.0/2",), ("203.0.113.1/0",), ("::/0",), ()),
        *(("3.0.0.0/8", "5.0.0.0/8"), ("2000::/3",), ("2600::/12",), ("wrong",), (0,)),
        *(("203.0.113.0/24", "0.0.0.0/2"), ("203.0.113.0/24", "wrong")),
    )
    narrow = ("10.0.0.0/8", "172.16.0.0/12", "203.0.113.0/24", "3.0.0.0/8", "2001:db8::/32")
    networks = [{"publicAccessCidrs": [*each]} for each in wide]
    assert let_pass(ENDPOINT, *(cluster("prod", each) for each in networks)) == []
    passing = [
        *(cluster("dev", each) for each in networks),
        *(cluster("prod", {**each, "endpointPublicAccess": False}) for each in networks),
        cluster("prod", {"publicAccessCidrs": narrow}),
    ]
    assert let_pass(ENDPOINT, *passing) == passing


def test_production_is_known_by_any_name() -> None:
    marks: tuple[dict[str, Any], ...] = (
        *({"tags": {each: "prod"}} for each in ("Environment", "ENVIRONMENT", "stage")),
        *({"tags": {"env": each}} for each in ("Production", "PRD", "live", "prod/eu")),
        *({"stack": each} for each in ("Shop_Prod_eu", "prd", "eu-live", "shop.production")),
        *({"stack": each} for each in ("euProd", "Prod2", "a-live-b")),
        *({"name": "shop-prod"}, {"tags": {"Production": "true"}}),
    )
    network = {"subnetIds": []}
    marked = [cluster(network=network, **each) for each in marks]
    assert let_pass(ENDPOINT, *marked) == []
    assert said(Resource(marked[0].type, "prod-eu", {"vpcConfig": network}), ENDPOINT)
    for other in ("reproduced", "non-prod", "non_production", "pre-prod", "product"):
        assert said(cluster(other, network, tags={"prod": "false"}), ENDPOINT) == []


def test_production_is_what_the_configuration_calls_so() -> None:
    staged = cluster(network={"subnetIds": []}, tags={"stage": "main"})
    for name in ("main", "Main"):
        assert said(staged, ENDPOINT, production=[name], productionTag="stage")
    assert said(cluster("my_main1", {"a": 1}), ENDPOINT, production=["my_main1"])
    assert said(staged, ENDPOINT, production=["main"], productionTag="environment") == []
