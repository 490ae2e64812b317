"""Pods, images and production, however and wherever they are written."""

from typing import Any, Final

import pytest

from policy.rules import Resource
from tests.policy.judging import said
from tests.policy.test_rules import OF_CONTAINERS, OF_PODS

NAMESPACES: Final = "no-host-namespaces"
PORTS: Final = "no-host-ports"
PRIVILEGED: Final = "no-privileged-pods"
RESTRICTED: Final = "restricted-security-context"
IMAGES: Final = "image-digests"
ENDPOINT: Final = "eks-endpoint-in-production"
DIGEST: Final = f"@sha256:{'0f' * 32}"
SAFE: Final = {"image": f"a{DIGEST}", "securityContext": {**OF_PODS, **OF_CONTAINERS}}
HOSTILE: Final = {"name": "a", "image": "a:1", "securityContext": {"privileged": True}}
APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/web"


def custom(properties: Any, kind: str = "example.com/v1:Custom") -> Resource:
    return Resource(f"kubernetes:{kind}", "r", {"spec": properties})


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        *(({each: True}, NAMESPACES) for each in ("hostNetwork", "hostPID", "hostIPC")),
        ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, RESTRICTED),
        ({"volumes": [{"name": "a", "nfs": {"server": "a"}}]}, RESTRICTED),
        ({"securityContext": {"runAsUser": 0}}, RESTRICTED),
        ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, RESTRICTED),
        ({"securityContext": {"windowsOptions": {"hostProcess": True}}}, PRIVILEGED),
        ({"volumes": [{"name": "a", "image": {"reference": "a:1"}}]}, IMAGES),
    ],
)
@pytest.mark.parametrize("kind", ["DeploymentPatch", "StatefulSetPatch"])
def test_a_patch_without_containers_is_judged(spec: dict[str, Any], rule: str, kind: str) -> None:
    assert said(custom({"template": {"spec": spec}}, f"apps/v1:{kind}"), rule)


@pytest.mark.parametrize(
    "spec",
    [
        {"jobTargetRef": {"template": {"spec": {"containers": [HOSTILE]}}}},
        {"replicatedJobs": [{"template": {"spec": {"containers": [HOSTILE]}}}]},
        {"jobTemplate": {"spec": {"template": {"spec": {"containers": [HOSTILE]}}}}},
        {"podTemplate": {"containers": [SAFE], "initContainers": [HOSTILE]}},
        {"containers": [SAFE], "initContainers": [{**HOSTILE, "restartPolicy": "Always"}]},
        {"ephemeralContainers": [HOSTILE]},
        *({"templates": [{each: HOSTILE}]} for each in ("container", "script")),
        {"templates": [{"container": SAFE, "sidecars": [HOSTILE]}]},
        {"steps": [HOSTILE]},
        {"worker": {"deep": [{"er": {"containers": [HOSTILE]}}]}},
    ],
)
@pytest.mark.parametrize("rule", [PRIVILEGED, RESTRICTED, IMAGES])
def test_pods_of_any_kind_are_found_by_their_shape(spec: dict[str, Any], rule: str) -> None:
    assert said(custom(spec), rule)


@pytest.mark.parametrize(
    "spec",
    [
        {"hostPath": {"path": "/"}},
        {"securityContext": {"runAsUser": 0}},
        {"container": {**SAFE, "securityContext": {"seLinuxOptions": {"type": "spc_t"}}}},
        {"containers": [{**SAFE, "securityContext": {"procMount": "Unmasked"}}]},
        {"template": {"metadata": {"annotations": {APPARMOR: "unconfined"}}}},
    ],
)
def test_whatever_the_restricted_level_refuses_is_found(spec: dict[str, Any]) -> None:
    assert said(custom(spec), RESTRICTED)


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [SAFE], "sidecars": {"istio": True}},
        {"templates": [{"steps": [[{"name": "a", "template": "b"}]]}]},
        {"selector": {"matchExpressions": [{"key": "a", "values": ["image", "true"]}]}},
    ],
)
def test_what_only_looks_like_a_pod_passes(spec: dict[str, Any]) -> None:
    assert said(custom(spec)) == []


@pytest.mark.parametrize("image", ["a:1", "a@sha256:0f", f"a{DIGEST}\n", f"a{DIGEST}:1", "a"])
def test_an_image_ends_in_its_digest(image: str) -> None:
    assert said(custom({"containers": [{**SAFE, "image": image}]}), IMAGES)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        *(
            ({"image": {"repository": "a", "tag": "1", "digest": each}}, IMAGES)
            for each in ("none", "latest", "sha256:0", "")
        ),
        ({"proxy": {"repository": "a", "tag": "1"}}, IMAGES),
        ({"images": ["a:1"]}, IMAGES),
        ({"image": {"registry": "example.com", "name": "a"}}, IMAGES),
        ({"sidecars": [{"image": "a:1"}]}, IMAGES),
        *(({"web": {"capabilities": {"add": [each]}}}, RESTRICTED) for each in ("ALL", "NET_RAW")),
        ({"podSecurityContext": {"seccompProfile": {"type": "Unconfined"}}}, RESTRICTED),
        ({"containerSecurityContext": {"runAsUser": "0"}}, RESTRICTED),
        ({"extraVolumes": [{"name": "a", "hostPath": {"path": "/"}}]}, RESTRICTED),
        ({"agent": {"privileged": "true"}}, PRIVILEGED),
        *(
            (each, NAMESPACES)
            for each in (
                {"hostNetwork": "true"},
                {"useHostPID": True},
                {"hostNetwork": {"enabled": True}},
            )
        ),
        ({"controller": {"hostPort": {"enabled": True}}}, PORTS),
        ({"ports": [{"hostPort": 80}]}, PORTS),
    ],
)
def test_the_values_of_every_kind_of_chart_are_judged(values: dict[str, Any], rule: str) -> None:
    assert said(Resource("kubernetes:helm.sh/v3:Release", "r", {"values": values}), rule)
    assert said(custom({"values": values}, "helm.toolkit.fluxcd.io/v2:HelmRelease"), rule)
    application = {"source": {"helm": {"valuesObject": values}}}
    assert said(custom(application, "argoproj.io/v1alpha1:Application"), rule)


def test_what_a_chart_may_be_told_passes() -> None:
    image = {"repository": "a", "tag": "1", "digest": DIGEST[1:]}
    values = {"image": image, "hostNetwork": False, "unprivileged": True, "hostPort": None}
    assert said(Resource("kubernetes:helm.sh/v3:Release", "r", {"values": values})) == []


@pytest.mark.parametrize("key", ["valueYamlFiles", "postrender"])
def test_what_can_t_be_judged_of_a_chart_stops_it(key: str) -> None:
    assert said(Resource("kubernetes:helm.sh/v3:Release", "r", {key: "a"}), RESTRICTED) == [
        f"Release r has {key}, which can't be judged; it must set values instead."
    ]


def cluster(stack: str = "dev", networks: tuple[str, ...] = (), **more: Any) -> Resource:
    properties = {"vpcConfig": {"publicAccessCidrs": networks or None}, **more}
    return Resource("aws:eks/cluster:Cluster", "r", properties, stack)


@pytest.mark.parametrize(
    "networks",
    [
        *(("0.0.0.0/1", "128.0.0.0/1"), ("0.0.0.0/1",), ("64.0.0.0/2",), ("203.0.113.1/0",)),
        *(("3.0.0.0/8", "5.0.0.0/8"), ("::/0",), ("2000::/3",), ("2600::/12",)),
        ("203.0.113.0/24", "0.0.0.0/2", "64.0.0.0/2"),
    ],
)
def test_a_part_of_the_world_is_too_much_for_production(networks: tuple[str, ...]) -> None:
    assert said(cluster("prod", networks), ENDPOINT)
    assert said(cluster("dev", networks), ENDPOINT) == []


def test_networks_of_an_owner_are_not_the_world() -> None:
    assert said(cluster("prod", ("10.0.0.0/8", "172.16.0.0/12", "2001:db8::/32")), ENDPOINT) == []


@pytest.mark.parametrize(
    "marked",
    [
        *({"tags": {each: "prod"}} for each in ("Environment", "ENVIRONMENT", "env", "stage")),
        *({"tags": {"env": each}} for each in ("Production", "PRD", "live", "prod/eu")),
        *({"stack": each} for each in ("shop_prod_eu", "prd", "eu-live", "shop.production")),
        {"name": "shop-prod"},
    ],
)
def test_production_is_known_by_any_name(marked: dict[str, Any]) -> None:
    assert said(cluster(**marked), ENDPOINT)
