"""A new cluster is put where EKS takes it, and what is there stays until a setting changes it."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from components.cluster.subnets import takes_eks
from components.kubernetes_values import END_OF_STANDARD_SUPPORT, NEWEST
from tests.support.graph import waits_for
from tests.support.program import (
    configured,
    declare,
    only,
    run,
    settings_of,
    variant,
)

ONE, TWO = "subnet-01234567", "subnet-89abcdef"
NEITHER: Final = "Neither privateNetwork nor subnetIds is set; "


def described(zone: str, vpc: str = "vpc-1", outpost: str = "") -> SimpleNamespace:
    return SimpleNamespace(id="", vpc_id=vpc, availability_zone_id=zone, outpost_arn=outpost)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (described("euw1-az1"), None, f"subnetIds[1] is '{TWO}'; it must be a subnet of this acc"),
        (
            described("euw1-az1"),
            described("euw1-az2", "vpc-2"),
            f"subnetIds[1] is '{TWO}', which is in vpc-2 and euw1-az2; it must be in VPC vpc-1, ",
        ),
        (
            described("euw1-az1"),
            described("euw1-az1"),
            f"subnetIds[0] is '{ONE}', which is in vpc-1 and euw1-az1; it must be in 2 zones, all ",
        ),
        (
            described("use1-az3"),
            described("use1-az1"),
            f"subnetIds[0] is '{ONE}', which is in vpc-1 and use1-az3; it must be in an Availabil",
        ),
        (
            described("use1-az1"),
            described("use1-az2", outpost="arn:aws:outposts:1"),
            f"subnetIds[1] is '{TWO}', which is in vpc-1 and arn:aws:outposts:1; it must be in an",
        ),
    ],
)
def test_subnets_that_eks_refuses_are_refused_in_a_preview(
    first: Any, second: Any, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_subnet(**arguments: Any) -> Any:
        subnet = {ONE: first, TWO: second}[arguments["id"]]
        if subnet is None:
            raise RuntimeError("returned an error: no matching EC2 Subnet found")
        return subnet

    monkeypatch.setattr(aws.ec2, "get_subnet", get_subnet)
    with pytest.raises(pulumi.RunError) as refused:
        declare(subnetIds=[ONE, TWO], preview=True)
    assert str(refused.value).startswith(sentence)


def test_a_zone_that_eks_takes_is_an_availability_zone() -> None:
    zones = ("use1-az1", "use1-az3", "usw1-az2", "cac1-az3", "usw2-lax1-az1", "use1-wl1-bos-wlz1")
    assert [each for each in zones if takes_eks(each)] == ["use1-az1"]


def test_subnets_of_the_default_vpc_are_those_in_zones_that_eks_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def describe(asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": asked["id"], "availabilityZoneId": f"use1-az{int(asked['id'][-1]) + 1}"}

    project = configured(**{"aws:region": "us-east-1"})
    cluster = only(run(project, answers={"getSubnet": describe}).of_type("eks:index:Cluster"))
    assert cluster.inputs["vpcId"] == "vpc-0123456789abcdef0"
    assert [each[-1] for each in cluster.inputs["subnetIds"]] == ["0", "1", "3"]

    asked: list[Any] = []

    def get_subnets(**arguments: Any) -> Any:
        asked.extend((each["name"], each["values"]) for each in arguments["filters"])
        return SimpleNamespace(ids=cluster.inputs["subnetIds"][:1])

    monkeypatch.setattr(aws.ec2, "get_subnets", get_subnets)
    with pytest.raises(pulumi.RunError) as refused:
        declare(preview=True)
    assert str(refused.value) == (
        f"{NEITHER}the default VPC must have default subnets with public addresses in 2 zones that "
        "EKS takes for that, and vpc-0123456789abcdef0 has 1."
    )
    assert ("map-public-ip-on-launch", ["true"]) in asked


def test_a_region_without_a_default_vpc_is_told() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(configured(), preview=True, without=["getVpc"])
    assert str(refused.value).startswith(f"{NEITHER}the region must have a default VPC for that.")


def test_nodes_and_add_ons_follow_the_cluster_and_not_the_calendar() -> None:
    deployment = declare(addonVersions={"kube-proxy": "v1.36.0-eksbuild.2"})
    group = only(deployment.of_type("eks:index:ManagedNodeGroup"))
    assert group.inputs["version"] == "1.36"
    cluster = only(deployment.of_type("eks:index:Cluster")).inputs
    assert cluster["kubeProxyAddonOptions"]["version"] == "v1.36.0-eksbuild.2"
    addons = {each.name: each for each in deployment.of_type("aws:eks/addon:Addon")}
    assert addons.keys() == {"xray-pod-identity-agent", "xray-coredns"}
    assert not [each for each in addons.values() if each.inputs.get("addonVersion")]
    # CoreDNS is not active, and pulumi-eks not done, before there are nodes for its pods.
    assert "eks:ManagedNodeGroup xray-nodes-amd64" in waits_for(deployment, addons["xray-coredns"])


def options_of(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> dict[str, Any]:
    """Returns the options of the program's own resources, by their types."""
    options: dict[str, Any] = {}
    initialize = pulumi.Resource.__init__

    def note(resource: Any, kind: str, name: str, custom: bool, *more: Any, **others: Any) -> None:
        options[kind] = more[1]
        initialize(resource, kind, name, custom, *more, **others)

    monkeypatch.setattr(pulumi.Resource, "__init__", note)
    declare(**settings)
    return options


@pytest.mark.parametrize(
    ("settings", "kind", "ignored"),
    [
        ({}, "aws:eks/cluster:Cluster", ["first", "vpcConfig.subnetIds", "name"]),
        ({"privateNetwork": True}, "aws:eks/cluster:Cluster", ["first", "name"]),
        ({}, "aws:eks/nodeGroup:NodeGroup", ["first", "subnetIds"]),
        ({"subnetIds": [ONE, "subnet-0123456789abcdef0"]}, "aws:eks/nodeGroup:NodeGroup", None),
        ({}, "aws:kms/key:Key", None),
        ({}, "aws:eks/addon:Addon", ["first", "addonVersion"]),
        ({"addonVersions": {"kube-proxy": "v1.36.0-eksbuild.2"}}, "aws:eks/addon:Addon", None),
    ],
)
def test_what_is_there_does_not_follow_the_look_ups(
    settings: dict[str, Any], kind: str, ignored: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(monkeypatch, **settings)
    keep = only(options["xray-on-kubernetes:index:Cluster"].transforms)
    inside = pulumi.ResourceTransformArgs(
        True,
        kind,
        "x",
        {"addonName": "kube-proxy"},
        pulumi.ResourceOptions(ignore_changes=["first"]),
    )
    kept = keep(inside)
    assert (kept.opts.ignore_changes if kept else None) == ignored
    if "privateNetwork" in settings:
        assert options["aws:ec2/subnet:Subnet"].ignore_changes == ["availability_zone"]


def test_the_log_group_is_there_first_and_expires() -> None:
    deployment = variant("dev")
    logs = only(deployment.of_type("aws:cloudwatch/logGroup:LogGroup"))
    cluster = only(deployment.of_type("eks:index:Cluster"))
    assert logs.inputs["name"] == f"/aws/eks/{cluster.inputs['name']}/cluster"
    assert logs.inputs["retentionInDays"] == 90
    assert logs.urn in cluster.dependencies


def test_the_pinned_kubernetes_version_has_two_months_of_standard_support() -> None:
    version = settings_of("prod").kubernetes_version or ""
    assert version == NEWEST, "see EKS user guide, kubernetes-versions, for newer ones."
    assert END_OF_STANDARD_SUPPORT[version] - date.today() > timedelta(days=60), (
        "Add newer versions to END_OF_STANDARD_SUPPORT, and pin one in Pulumi.prod.yaml."
    )
