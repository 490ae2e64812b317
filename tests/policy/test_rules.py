"""Every rule stops what it is for, in one clear sentence, and nothing else."""

from pathlib import Path
from typing import Any, Final

import pytest

from policy.rules import RULES, Resource
from tests.policy.bad_programs import BAD_PROGRAMS, GOOD, PRELUDE
from tests.policy.judging import judged, rule
from tests.support.program import run_source
from tests.support.restricted import BREAKAGES, CONTEXT
from tools.lab.deployment import Manifest

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
CLUSTER: Final = "aws:eks/cluster:Cluster"


def of_pod(spec: dict[str, Any], resource_type: str = DEPLOYMENT) -> Resource:
    return Resource(resource_type, "shop", {"spec": {"template": {"spec": spec}}})


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_bad_program_breaks_its_rule_alone(name: str, tmp_path: Path) -> None:
    bad = BAD_PROGRAMS[name]
    assert judged(run_source(PRELUDE + bad.source, tmp_path)) == [(bad.rule, bad.says)]


def test_a_good_program_is_not_stopped(tmp_path: Path) -> None:
    assert judged(run_source(PRELUDE + GOOD, tmp_path)) == []
    assert {bad.rule for bad in BAD_PROGRAMS.values()} == {each.name for each in RULES}


def test_an_object_is_called_by_its_own_name_first() -> None:
    assert Resource("kubernetes:core/v1:Pod", "a", {"metadata": {"name": "b"}}).title == "Pod b"
    assert Resource("kubernetes:core/v1:Pod", "a", {"metadata": {}}).title == "Pod a"


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
def test_every_kind_of_container_is_looked_at(kind: str) -> None:
    bad = {"name": "a", "image": "a:1", "securityContext": {"privileged": True}}
    resource = of_pod({kind: [bad]})
    assert rule("image-digests").violations(resource)
    assert rule("no-privileged-pods").violations(resource)
    assert rule("restricted-security-context").violations(resource)


def test_pods_of_custom_kinds_and_of_lists_are_looked_at() -> None:
    spec = {"containers": [], "hostNetwork": True}
    rollout = of_pod(spec, "kubernetes:argoproj.io/v1alpha1:Rollout")
    manifest = {"kind": "Pod", "spec": spec}
    of_list = Resource("kubernetes:core/v1:List", "all", {"items": [manifest, manifest]})
    assert len(rule("no-host-namespaces").violations(rollout)) == 1
    assert len(rule("no-host-namespaces").violations(of_list)) == 2


def test_a_patch_is_judged_by_what_it_says() -> None:
    patch = "kubernetes:apps/v1:DeploymentPatch"
    restricted = rule("restricted-security-context")
    said = {"name": "a", "securityContext": {"allowPrivilegeEscalation": True}}
    assert restricted.violations(of_pod({"containers": [{"name": "a"}]}, patch)) == []
    assert len(restricted.violations(of_pod({"containers": [said]}, patch))) == 1


@pytest.mark.parametrize(("of_pod_", "of_container", "_"), BREAKAGES)
def test_whatever_the_restricted_level_refuses_is_stopped(
    of_pod_: Manifest, of_container: Manifest, _: str
) -> None:
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    of_pods = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    container = {"name": "web", CONTEXT: {**context, **of_container.get(CONTEXT, {})}}
    spec = {
        **of_pod_,
        CONTEXT: {**of_pods, **of_pod_.get(CONTEXT, {})},
        "containers": [{**of_container, **container}],
    }
    assert [each.name for each in RULES if each.violations(of_pod(spec))]


def test_the_values_of_a_chart_are_judged() -> None:
    container = {"hostPort": 80, "securityContext": {"privileged": True, "runAsUser": 0}}
    values = {"values": {"hostNetwork": True, "containers": [container]}}
    release = Resource("kubernetes:helm.sh/v3:Release", "shop", values)
    assert [sentence for each in RULES for sentence in each.violations(release)] == [
        "Release shop has values.hostNetwork true; it must be false.",
        "Release shop has values.containers[0].hostPort 80; it must have no hostPort.",
        "Release shop has values.containers[0].securityContext.privileged true; it must be false.",
        "Release shop has values.containers[0].securityContext.runAsUser 0; it must not set it so.",
    ]


def test_a_host_port_that_is_allowed_is_no_violation() -> None:
    ports = [{"containerPort": 2000, "hostPort": 2000.0}, {"containerPort": 80, "hostPort": 80}]
    resource = of_pod({"containers": [{"name": "a", "ports": ports}]})
    (sentence,) = rule("no-host-ports").violations(resource, {"allowed": [2000.0]})
    assert sentence == (
        "Deployment shop takes port 80 of its node in container a; it must have no hostPort other "
        "than 2000."
    )


@pytest.mark.parametrize(
    ("stack", "network", "stopped"),
    [
        ("prod", {}, True),
        ("Shop-Prod", {}, True),
        ("prod-eu", {"publicAccessCidrs": ["203.0.113.0/24", "::/0"]}, True),
        ("prod", {"publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}, True),
        ("dev", {}, False),
        ("reproduced", {}, False),
        ("prod", {"publicAccessCidrs": ["203.0.113.0/24"]}, False),
        ("prod", {"endpointPublicAccess": False}, False),
    ],
)
def test_production_has_no_endpoint_for_the_world(
    stack: str, network: dict[str, Any], stopped: bool
) -> None:
    cluster = Resource(CLUSTER, "shop", {"vpcConfig": {"subnetIds": [], **network}}, stack)
    assert bool(rule("eks-endpoint-in-production").violations(cluster)) == stopped


def test_production_and_tags_are_configured() -> None:
    endpoint = rule("eks-endpoint-in-production")
    properties = {"vpcConfig": {"subnetIds": []}, "tags": {"stage": "live"}}
    cluster = Resource(CLUSTER, "shop", properties, "dev")
    assert endpoint.violations(cluster) == []
    assert endpoint.violations(cluster, {"production": ["live"], "productionTag": "stage"})
    role = Resource("aws:iam/role:Role", "shop", {"tags": {"environment": "dev"}})
    file_system = Resource("aws:efs/fileSystem:FileSystem", "shop", {})
    tags = rule("required-tags")
    assert tags.violations(role) == []
    assert tags.violations(role, {"required": ["owner", "cost"]}) == [
        "Role shop has no tags owner, cost; it must have owner, cost."
    ]
    assert tags.violations(file_system) == []
    assert tags.violations(file_system, {"moreTypes": [file_system.type]})


def test_resources_inside_pulumi_eks_need_no_tags() -> None:
    inside = ("xray-on-kubernetes:index:Cluster", "eks:index:Cluster", "eks:index:ServiceRole")
    role = Resource("aws:iam/role:Role", "shop", {}, "dev", inside)
    assert rule("required-tags").violations(role) == []
    assert rule("required-tags").violations(role, {"notIn": []})


def test_a_key_is_left_to_the_iam_of_an_account_alone() -> None:
    def key(principal: str, action: str = "kms:*") -> Resource:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        document = {"Statement": {**statement, "Principal": {"AWS": principal}}}
        return Resource("aws:kms/key:Key", "shop", {"policy": document})

    actions = rule("iam-no-wildcard-actions")
    assert actions.violations(key("arn:aws:iam::123456789012:root")) == []
    assert actions.violations(key("123456789012")) == []
    assert actions.violations(key("123456789012", "*"))
    assert actions.violations(key("arn:aws:iam::123456789012:role/shop"))
    assert rule("iam-no-wildcard-resources").violations(key("*")) == []


def test_a_statement_that_denies_is_no_violation() -> None:
    document = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    resource = Resource("aws:iam/policy:Policy", "shop", {"policy": document})
    assert [each.name for each in RULES if each.violations(resource)] == ["required-tags"]
