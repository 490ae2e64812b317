"""Pods, images and production, however and wherever they are written."""

from typing import Any, Final

import pytest

from policy.rules import Resource
from tests.policy.judging import said

HOSTILE: Final = {"hostNetwork": True, "containers": [{"name": "a", "image": "a:1"}]}


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        *(({each: True}, "no-host-namespaces") for each in ("hostNetwork", "hostPID", "hostIPC")),
        ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, "restricted-security-context"),
        ({"securityContext": {"runAsUser": 0}}, "restricted-security-context"),
        ({"securityContext": {"windowsOptions": {"hostProcess": True}}}, "no-privileged-pods"),
        ({"volumes": [{"name": "a", "image": {"reference": "a:1"}}]}, "image-digests"),
    ],
)
def test_a_patch_without_containers_is_judged(spec: dict[str, Any], rule: str) -> None:
    properties = {"spec": {"template": {"spec": spec}}}
    assert said(Resource("kubernetes:apps/v1:DeploymentPatch", "r", properties), rule)


@pytest.mark.parametrize(
    "spec",
    [
        {"jobTargetRef": {"template": {"spec": HOSTILE}}},
        {"replicatedJobs": [{"template": {"spec": {"template": {"spec": HOSTILE}}}}]},
        {"templates": [{"hostNetwork": True, "container": {"image": "a:1"}}]},
        {"podTemplate": HOSTILE},
        {"worker": {"deep": [{"er": HOSTILE}]}},
    ],
)
def test_pods_of_custom_kinds_are_found_by_their_shape(spec: dict[str, Any]) -> None:
    custom = Resource("kubernetes:example.com/v1:Custom", "r", {"spec": spec})
    assert said(custom, "no-host-namespaces")
    assert said(custom, "image-digests")


@pytest.mark.parametrize("digest", ["none", "latest", "sha256:0", ""])
def test_a_chart_s_digest_must_be_one(digest: str) -> None:
    values = {"values": {"image": {"repository": "a", "tag": "1", "digest": digest}}}
    assert said(Resource("kubernetes:helm.sh/v3:Release", "r", values), "image-digests")


@pytest.mark.parametrize("added", ["SYS_ADMIN", "ALL", "NET_RAW"])
def test_a_chart_adds_no_capability(added: str) -> None:
    values = {"values": {"web": {"capabilities": {"add": [added]}}}}
    release = Resource("kubernetes:helm.sh/v3:Release", "r", values)
    assert said(release, "restricted-security-context")


@pytest.mark.parametrize("network", ["0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/2", "2000::/3"])
@pytest.mark.parametrize("tag", ["Environment", "environment", "ENVIRONMENT"])
def test_half_of_the_world_is_too_much_for_production(network: str, tag: str) -> None:
    properties = {"vpcConfig": {"publicAccessCidrs": [network]}, "tags": {tag: "prod"}}
    cluster = Resource("aws:eks/cluster:Cluster", "r", properties, "dev")
    assert said(cluster, "eks-endpoint-in-production")
