"""A new cluster is put where EKS takes it, and what is there stays until a setting changes it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime.proto import callback_pb2

from tests.support.graph import waits_for
from tests.support.program import configured, declare, only, run, settings_of, variant
from tools.lab.errors import NothingFoundError

ONE, TWO = "subnet-01234567", "subnet-89abcdef"
NEITHER: Final = "Neither privateNetwork nor subnetIds is set; "
OTHER_ZONE: Final = (
    "{}; it must be in vpc-1, as subnetIds[0] is, and in an Availability Zone of the region other "
    "than use1-az3, usw1-az2, cac1-az3."
)
BOUNDED: Final = {"permissionsBoundary": "arn:aws:iam::123456789012:policy/bound", "path": "/team/"}

END_OF_STANDARD_SUPPORT: Final = {
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
    "1.36": date(2027, 8, 2),
}
"""Of each Kubernetes version on EKS (EKS user guide, kubernetes-versions: release calendar)."""


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({}, f"subnetIds[1] is '{TWO}'; it must be a subnet of this account and region."),
        ({"availabilityZoneId": "use1-az1"}, "subnetIds are all in use1-az1; they must be in 2 zo"),
        *(
            (each, OTHER_ZONE.format(f"subnetIds[1] is '{TWO}', which is in {where}"))
            for each, where in (
                ({"availabilityZoneId": "use1-az2", "vpcId": "vpc-2"}, "vpc-2 and use1-az2"),
                ({"availabilityZoneId": "use1-az3"}, "vpc-1 and use1-az3"),
                ({"availabilityZoneId": "use1-bos1-az1"}, "vpc-1 and use1-bos1-az1"),
                ({"availabilityZoneId": "use1-az2", "outpostArn": "arn:o"}, "vpc-1 and arn:o"),
            )
        ),
    ],
)
def test_subnets_that_eks_refuses_are_refused_in_a_preview(
    second: dict[str, Any], sentence: str
) -> None:
    def describe(asked: Mapping[str, Any]) -> dict[str, Any]:
        found = {ONE: {"availabilityZoneId": "use1-az1"}, TWO: second}[asked["id"]]
        if not found:
            raise NothingFoundError("no matching EC2 Subnet found")
        return {"id": asked["id"], "vpcId": "vpc-1", "outpostArn": "", **found}

    with pytest.raises(pulumi.RunError) as refused:
        run(configured(subnetIds=[ONE, TWO]), preview=True, answers={"getSubnet": describe})
    assert str(refused.value).startswith(sentence)


def test_subnets_of_the_default_vpc_are_those_in_zones_that_eks_takes() -> None:
    asked: dict[str, Any] = {}

    def describe(subnet: Mapping[str, Any]) -> dict[str, Any]:
        zone = f"use1-az{int(subnet['id'][-1]) + 1}"
        return {"id": subnet["id"], "vpcId": "vpc-1", "availabilityZoneId": zone, "outpostArn": ""}

    def find_one(given: Mapping[str, Any]) -> dict[str, Any]:
        asked.update({each["name"]: each["values"] for each in given["filters"]})
        return {"ids": ["subnet-0"]}

    project = configured(**{"aws:region": "us-east-1"})
    cluster = only(run(project, answers={"getSubnet": describe}).of_type("eks:index:Cluster"))
    assert cluster.inputs["vpcId"] == "vpc-1"
    assert [each[-1] for each in cluster.inputs["subnetIds"]] == ["0", "1", "3"]
    with pytest.raises(pulumi.RunError) as refused:
        run(project, preview=True, answers={"getSubnet": describe, "getSubnets": find_one})
    assert str(refused.value) == (
        f"{NEITHER}the default VPC must have default subnets with public addresses in 2 zones that "
        "EKS takes for that, and vpc-0123456789abcdef0 has 1."
    )
    assert asked["map-public-ip-on-launch"] == ["true"]


def test_a_region_without_a_default_vpc_is_told() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(configured(), preview=True, without=["getVpc"])
    assert str(refused.value) == f"{NEITHER}the region must have a default VPC for that."


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


@pytest.mark.parametrize(
    ("settings", "kind", "ignored", "added"),
    [
        ({}, "eks/cluster:Cluster", ["name", "vpcConfig.subnetIds"], {}),
        ({"privateNetwork": True}, "eks/cluster:Cluster", ["name"], {}),
        ({"privateNetwork": True}, "ec2/subnet:Subnet", ["availabilityZone"], {}),
        ({}, "eks/nodeGroup:NodeGroup", ["subnetIds"], {}),
        ({"privateNetwork": True}, "eks/nodeGroup:NodeGroup", None, {}),
        ({}, "eks/addon:Addon", ["addonVersion"], {}),
        ({"addonVersions": {"kube-proxy": "v1.36.0-eksbuild.2"}}, "eks/addon:Addon", None, {}),
        ({}, "iam/role:Role", [], {}),
        (
            {"permissionsBoundary": BOUNDED["permissionsBoundary"], "rolePath": BOUNDED["path"]},
            "iam/role:Role",
            [],
            BOUNDED,
        ),
        ({}, "kms/key:Key", None, {}),
    ],
)
def test_what_pulumi_eks_makes_stays_and_is_bounded(
    settings: dict[str, Any],
    kind: str,
    ignored: list[str] | None,
    added: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transforms: list[Any] = []

    def register(_: Any, transform: Any) -> callback_pb2.Callback:
        transforms.append(transform)
        return callback_pb2.Callback()

    servicer = "pulumi.runtime._callbacks._CallbackServicer"
    monkeypatch.setattr(f"{servicer}.register_transform", register)
    declare(**settings)
    props, options = {"addonName": "kube-proxy"}, pulumi.ResourceOptions()
    resource = pulumi.ResourceTransformArgs(True, f"aws:{kind}", "inside", props, options)
    changed = only(transforms)(resource)
    assert (changed and (changed.opts.ignore_changes or [])) == ignored
    assert changed is None or changed.props == {**props, **added}


def test_the_log_group_is_there_first_and_expires() -> None:
    deployment = variant("dev")
    logs = only(deployment.of_type("aws:cloudwatch/logGroup:LogGroup"))
    cluster = only(deployment.of_type("eks:index:Cluster"))
    assert logs.inputs["name"] == f"/aws/eks/{cluster.inputs['name']}/cluster"
    assert logs.inputs["retentionInDays"] == 90
    assert logs.urn in cluster.dependencies


def test_the_pinned_kubernetes_version_has_two_months_of_standard_support() -> None:
    version = settings_of("prod").kubernetes_version or ""
    assert version == max(END_OF_STANDARD_SUPPORT), "see END_OF_STANDARD_SUPPORT for newer ones."
    assert END_OF_STANDARD_SUPPORT[version] - date.today() > timedelta(days=60), (
        "Add newer versions to END_OF_STANDARD_SUPPORT, and pin one in Pulumi.prod.yaml."
    )
