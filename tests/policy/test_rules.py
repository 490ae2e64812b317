"""Every rule stops what it is for, in one clear sentence, and nothing else."""

from pathlib import Path

import pytest

from policy.rules import RULES, Resource
from tests.policy.bad_programs import BAD_PROGRAMS, GOOD, PRELUDE
from tests.policy.judging import judged, said
from tests.support.program import run_source


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_bad_program_breaks_its_rule_alone(name: str, tmp_path: Path) -> None:
    bad = BAD_PROGRAMS[name]
    assert judged(run_source(PRELUDE + bad.source, tmp_path)) == [(bad.rule, bad.says)]


def test_a_good_program_is_not_stopped(tmp_path: Path) -> None:
    assert judged(run_source(PRELUDE + GOOD, tmp_path)) == []
    assert {bad.rule for bad in BAD_PROGRAMS.values()} == {each.name for each in RULES}


def test_the_values_of_a_chart_are_judged() -> None:
    container = {"hostPort": 80, "securityContext": {"privileged": True, "runAsUser": 0}}
    values = {"values": {"image": "shop:1", "hostNetwork": True, "containers": [container]}}
    assert said(Resource("kubernetes:helm.sh/v3:Release", "shop", values)) == [
        "Release shop sets values.image to shop:1; it must have a digest, sha256:….",
        "Release shop has values.hostNetwork true; it must be false.",
        "Release shop has values.containers.0.hostPort 80; it must have no hostPort.",
        "Release shop has values.containers.0.securityContext.privileged true; it must be false.",
        "Release shop has values.containers.0.securityContext.runAsUser 0; it must not set it so.",
    ]


def test_a_host_port_that_is_allowed_is_no_violation() -> None:
    ports = [{"containerPort": 2000, "hostPort": 2000.0}, {"containerPort": 80, "hostPort": 80}]
    pod = {"spec": {"containers": [{"name": "a", "ports": ports}]}}
    assert said(Resource("kubernetes:v1:Pod", "a", pod), "no-host-ports", allowed=[2000.0]) == [
        "Pod a takes port 80 of its node in container a; it must have no hostPort other than 2000."
    ]


def test_required_tags_and_where_they_are_needed_are_configured() -> None:
    role = Resource("aws:iam/role:Role", "shop", {"tags": {"environment": "dev"}})
    file_system = Resource("aws:efs/fileSystem:FileSystem", "shop", {})
    assert said(role, "required-tags") == []
    assert said(role, "required-tags", required=["owner", "cost"]) == [
        "Role shop has no tags owner, cost; it must have owner, cost."
    ]
    assert said(file_system, "required-tags") == []
    assert said(file_system, "required-tags", moreTypes=[file_system.type])
    inside = ("xray-on-kubernetes:index:Cluster", "eks:index:Cluster", "eks:index:ServiceRole")
    of_eks = Resource("aws:iam/role:Role", "shop", {}, "dev", inside)
    assert said(of_eks, "required-tags") == []
    assert said(of_eks, "required-tags", notIn=[])
