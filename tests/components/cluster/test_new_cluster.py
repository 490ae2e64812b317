"""A new cluster is put where EKS takes it, and what is there stays until a setting changes it."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]

from tests.support.program import configured, declare, only, run, settings_of
from tools.lab.errors import NothingFoundError

ONE, TWO = "subnet-01234567", "subnet-89abcdef"
BOUNDARY: Final = "arn:aws:iam::123456789012:policy/bound"

IGNORED: Final[dict[str, list[list[str] | None]]] = {
    "eks/cluster:Cluster": [["name", "vpcConfig.subnetIds"], ["name"]],
    "eks/nodeGroup:NodeGroup": [["subnetIds"], None],
    "eks/addon:Addon": [["addonVersion"], None],
    "ec2/subnet:Subnet": [["availabilityZone"], ["availabilityZone"]],
    "kms/key:Key": [None, None],
}
"""What stays as it is made, by default and with a network and a version of one's own."""

END_OF_STANDARD_SUPPORT: Final = {
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
    "1.36": date(2027, 8, 2),
}
"""Of each Kubernetes version on EKS (EKS user guide, kubernetes-versions: release calendar)."""


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (None, f"subnetIds[0] is '{ONE}'; it must be a subnet of this account and region."),
        ({"vpcId": "vpc-2"}, "which is in vpc-2 and use1-az2; it must be in vpc-1, as subnetIds"),
        ({"availabilityZoneId": "use1-az3"}, "which is in vpc-1 and use1-az3; it must be in vpc"),
        ({"availabilityZoneId": "use1-bos1-az1"}, "which is in vpc-1 and use1-bos1-az1; it must"),
        ({"outpostArn": "arn:o"}, "which is in vpc-1 and arn:o; it must be in vpc-1"),
        ({"availabilityZoneId": "use1-az1"}, "subnetIds are all in use1-az1; they must be in 2 z"),
    ],
)
def test_subnets_that_eks_refuses_are_refused_in_a_preview(
    second: dict[str, Any] | None, sentence: str
) -> None:
    def describe(asked: Mapping[str, Any]) -> dict[str, Any]:
        if second is None:
            raise NothingFoundError("no matching EC2 Subnet found")
        its = {"vpcId": "vpc-1", "availabilityZoneId": "use1-az1", "outpostArn": ""}
        other = {"availabilityZoneId": "use1-az2", **second} if asked["id"] == TWO else {}
        return {"id": asked["id"], **its, **other}

    with pytest.raises(pulumi.RunError, match=re.escape(sentence)):
        run(configured(subnetIds=[ONE, TWO]), preview=True, answers={"getSubnet": describe})


def test_the_default_vpc_lends_public_subnets_in_zones_that_eks_takes() -> None:
    asked: list[Any] = []

    def find_one(given: Mapping[str, Any]) -> dict[str, Any]:
        asked.extend(given["filters"])
        return {"ids": [ONE]}

    # One of the subnets there is in usw1-az2, and AWS would refuse what was declared with it.
    settings: dict[str, Any] = {"aws:region": "us-west-1"}
    assert only(declare(**settings).of_type("eks:index:Cluster")).inputs["subnetIds"]
    few = "in 2 zones that EKS takes for that, and vpc-0123456789abcdef0 has 1."
    with pytest.raises(pulumi.RunError, match=few):
        run(configured(), preview=True, answers={"getSubnets": find_one})
    assert {"name": "map-public-ip-on-launch", "values": ["true"]} in asked
    with pytest.raises(pulumi.RunError, match="the region must have a default VPC for that"):
        run(configured(), preview=True, without=["getVpc"])


def test_auto_mode_has_nodes_for_other_pods_too() -> None:
    with pytest.raises(pulumi.RunError, match=r"is \[arm64\]; it must include amd64"):
        declare(autoMode=True, architectures=["arm64"], preview=True)


def test_what_pulumi_eks_makes_stays_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    transforms: list[Any] = []

    registered: Any = _CallbackServicer.register_transform

    def register(servicer: Any, transform: Any) -> Any:
        transforms.append(transform)
        return registered(servicer, transform)

    monkeypatch.setattr(_CallbackServicer, "register_transform", register)
    versions = {"kube-proxy": "v1.36.0-eksbuild.2"}
    declare()
    declare(
        privateNetwork=True, addonVersions=versions, permissionsBoundary=BOUNDARY, rolePath="/team/"
    )
    props = {"addonName": "kube-proxy"}

    def changed(kind: str) -> list[Any]:
        options = pulumi.ResourceOptions()
        resource = pulumi.ResourceTransformArgs(True, f"aws:{kind}", "inside", props, options)
        return [transform(resource) for transform in transforms]

    for kind, ignored in IGNORED.items():
        assert [its and its.opts.ignore_changes for its in changed(kind)] == ignored
    plain, bounded = changed("iam/role:Role")
    assert plain.props == props
    assert bounded.props == {**props, "permissionsBoundary": BOUNDARY, "path": "/team/"}


def test_the_pinned_kubernetes_version_has_two_months_of_standard_support() -> None:
    version = settings_of("prod").kubernetes_version or ""
    assert version == max(END_OF_STANDARD_SUPPORT), "see END_OF_STANDARD_SUPPORT for newer ones."
    assert END_OF_STANDARD_SUPPORT[version] - date.today() > timedelta(days=60), (
        "Add newer versions to END_OF_STANDARD_SUPPORT, and pin one in Pulumi.prod.yaml."
    )
