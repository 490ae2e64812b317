"""Every rule stops what it is for, in one clear sentence, and nothing else."""

from pathlib import Path
from typing import Any, Final

import pytest

from policy.rules import RULES, Resource
from tests.policy.bad_programs import BAD_PROGRAMS, GOOD, PRELUDE
from tests.policy.judging import judged, said
from tests.support.program import run_source
from tests.support.restricted import violations

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"

UNSAFE_PODS: Final[list[dict[str, Any]]] = [
    *({field: True} for field in ("hostNetwork", "hostPID", "hostIPC")),
    {"volumes": [{"name": "a", "hostPath": {"path": "/"}}]},
]
UNSAFE_CONTAINERS: Final[list[dict[str, Any]]] = [
    {"ports": [{"hostPort": 2000}]},
    {"livenessProbe": {"httpGet": {"host": "a"}}},
    {"lifecycle": {"preStop": {"tcpSocket": {"host": "a"}}}},
]
UNSAFE_CONTEXTS: Final[list[dict[str, Any]]] = [
    {"runAsUser": 0},
    {"runAsNonRoot": False},
    *({f"{each}Profile": {"type": "Unconfined"}} for each in ("seccomp", "appArmor")),
    {"seLinuxOptions": {"user": "root"}},
    {"windowsOptions": {"hostProcess": True}},
]
UNSAFE_OF_CONTAINERS: Final[list[dict[str, Any]]] = [
    *UNSAFE_CONTEXTS,
    {"privileged": True},
    {"procMount": "Unmasked"},
    {"allowPrivilegeEscalation": True},
    {"capabilities": {}},
    {"capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}},
]
OF_PODS: Final = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
OF_CONTAINERS: Final = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def of_pod(spec: dict[str, Any], resource_type: str = DEPLOYMENT) -> Resource:
    return Resource(resource_type, "shop", {"spec": {"template": {"spec": spec}}})


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_bad_program_breaks_its_rule_alone(name: str, tmp_path: Path) -> None:
    bad = BAD_PROGRAMS[name]
    assert judged(run_source(PRELUDE + bad.source, tmp_path)) == [(bad.rule, bad.says)]


def test_a_good_program_is_not_stopped(tmp_path: Path) -> None:
    assert judged(run_source(PRELUDE + GOOD, tmp_path)) == []
    assert {bad.rule for bad in BAD_PROGRAMS.values()} == {each.name for each in RULES}


def test_a_patch_is_judged_by_what_it_says() -> None:
    patch, restricted = "kubernetes:apps/v1:DeploymentPatch", "restricted-security-context"
    escalating = {"name": "a", "securityContext": {"allowPrivilegeEscalation": True}}
    assert said(of_pod({"containers": [{"name": "a"}]}, patch), restricted) == []
    assert len(said(of_pod({"containers": [escalating]}, patch), restricted)) == 1


def restricted_pod(context: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    web = {"name": "web", "securityContext": OF_CONTAINERS, **container}
    return {"securityContext": {**OF_PODS, **context}, "containers": [web]}


def test_whatever_the_restricted_level_refuses_is_stopped() -> None:
    sysctls = {"sysctls": [{"name": "kernel.msgmax"}]}
    contexts = [{"securityContext": {**OF_CONTAINERS, **each}} for each in UNSAFE_OF_CONTAINERS]
    pods = [
        *({**restricted_pod({}, {}), **each} for each in UNSAFE_PODS),
        *(restricted_pod(each, {}) for each in (sysctls, *UNSAFE_CONTEXTS)),
        *(restricted_pod({}, each) for each in (*UNSAFE_CONTAINERS, *contexts)),
    ]
    assert violations(restricted_pod({}, {})) == []
    assert [each for each in pods if not violations(each)] == []


def test_a_pod_must_say_what_the_restricted_level_asks_for() -> None:
    assert len(violations({"containers": [{"name": "web"}]})) == 4


def test_the_values_of_a_chart_are_judged() -> None:
    container = {"hostPort": 80, "securityContext": {"privileged": True, "runAsUser": 0}}
    values = {"values": {"hostNetwork": True, "containers": [container]}}
    assert said(Resource("kubernetes:helm.sh/v3:Release", "shop", values)) == [
        "Release shop has values.hostNetwork true; it must be false.",
        "Release shop has values.containers.0.hostPort 80; it must have no hostPort.",
        "Release shop has values.containers.0.securityContext.privileged true; it must be false.",
        "Release shop has values.containers.0.securityContext.runAsUser 0; it must not set it so.",
    ]


def test_a_host_port_that_is_allowed_is_no_violation() -> None:
    ports = [{"containerPort": 2000, "hostPort": 2000.0}, {"containerPort": 80, "hostPort": 80}]
    resource = of_pod({"containers": [{"name": "a", "ports": ports}]})
    assert said(resource, "no-host-ports", allowed=[2000.0]) == [
        "Deployment shop takes port 80 of its node in container a; it must have no hostPort other "
        "than 2000."
    ]


def cluster_in(stack: str, tags: dict[str, str], **network: Any) -> Resource:
    properties = {"vpcConfig": {"subnetIds": [], **network}, "tags": tags}
    return Resource("aws:eks/cluster:Cluster", "shop", properties, stack)


@pytest.mark.parametrize(
    ("stack", "network", "stopped"),
    [
        ("Shop-Prod", {}, True),
        ("prod", {"publicAccessCidrs": ["0.0.0.0/1", "wrong"]}, True),
        ("dev", {}, False),
        ("reproduced", {}, False),
        ("prod", {"publicAccessCidrs": ["203.0.113.0/24"]}, False),
        ("prod", {"endpointPublicAccess": False}, False),
    ],
)
def test_production_has_no_endpoint_for_the_world(
    stack: str, network: dict[str, Any], stopped: bool
) -> None:
    assert bool(said(cluster_in(stack, {}, **network), "eks-endpoint-in-production")) == stopped


def test_production_is_what_the_configuration_calls_so() -> None:
    cluster, endpoint = cluster_in("dev", {"stage": "main"}), "eks-endpoint-in-production"
    assert said(cluster, endpoint) == []
    assert said(cluster, endpoint, production=["main"], productionTag="stage")


def test_required_tags_and_tagged_types_are_configured() -> None:
    role = Resource("aws:iam/role:Role", "shop", {"tags": {"environment": "dev"}})
    file_system = Resource("aws:efs/fileSystem:FileSystem", "shop", {})
    assert said(role, "required-tags") == []
    assert said(role, "required-tags", required=["owner", "cost"]) == [
        "Role shop has no tags owner, cost; it must have owner, cost."
    ]
    assert said(file_system, "required-tags") == []
    assert said(file_system, "required-tags", moreTypes=[file_system.type])


def test_resources_inside_pulumi_eks_need_no_tags() -> None:
    inside = ("xray-on-kubernetes:index:Cluster", "eks:index:Cluster", "eks:index:ServiceRole")
    role = Resource("aws:iam/role:Role", "shop", {}, "dev", inside)
    assert said(role, "required-tags") == []
    assert said(role, "required-tags", notIn=[])


@pytest.mark.parametrize(
    ("principal", "action", "stopped"),
    [
        ("arn:aws:iam::123456789012:root", "kms:*", False),
        ("123456789012", "kms:*", False),
        ("123456789012", "*", True),
        ("arn:aws:iam::123456789012:role/shop", "kms:*", True),
    ],
)
def test_a_key_is_left_to_the_iam_of_an_account_alone(
    principal: str, action: str, stopped: bool
) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = {"Statement": {**statement, "Principal": {"AWS": principal}}}
    key = Resource("aws:kms/key:Key", "shop", {"policy": document})
    assert bool(said(key, "iam-no-wildcard-actions")) == stopped
    assert said(key, "iam-no-wildcard-resources") == []


def test_a_statement_that_denies_is_no_violation() -> None:
    document = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    properties = {"policy": document, "tags": {"environment": "dev"}}
    assert said(Resource("aws:iam/policy:Policy", "shop", properties)) == []
