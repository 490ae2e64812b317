"""What AWS would refuse is found: by its models, and by the rules that its documentation adds.

That it would take all that the stacks and the components' programs declare, `tests.support.program`
checks wherever a test runs one.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import regex

from tests.support.program import run_source, variant
from tools.lab.aws_model import CALLS, CHECKS, RULES, Conversion, findings, input_of
from tools.lab.fake_provider import FakeProvider

Inputs = Mapping[str, Any]

POLICY: Final = '{"Statement": [{"Effect": "Allow", "Sid": "%s", "Action": "xray:*", "%s": "*"}]}'
TWO_SUBNETS: Final = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]

WRONG: Final[list[tuple[str, Inputs, str]]] = [
    # By AWS's models: a pattern, a length, a range, a choice, a type, a number of items, a member.
    ("aws:ecr/repository:Repository", {"name": "Xray"}, "repositoryName is Xray; it must be like"),
    ("aws:iam/role:Role", {"description": "→"}, "Description is →; it must be like"),
    ("aws:iam/role:Role", {"name": "r" * 65}, "it must be 1 to 64 long"),
    ("aws:iam/role:Role", {"permissionsBoundary": "admin"}, "it must be 20 to 2048 long"),
    ("aws:xray/samplingRule:SamplingRule", {"priority": 0}, "Priority is 0; it must be 1 to 9999."),
    ("aws:xray/samplingRule:SamplingRule", {"fixedRate": 1.1}, "is 1.1; it must be 0 to 1."),
    (
        "aws:xray/samplingRule:SamplingRule",
        {"attributes": dict.fromkeys("abcdef", "1")},
        "it must be 0 to 5 long",
    ),
    ("aws:xray/samplingRule:SamplingRule", {"host": None}, "Host is missing"),
    ("eks:index:ManagedNodeGroup", {"amiType": "AL2023"}, "amiType is AL2023; it must be one of"),
    ("eks:index:Cluster", {"enabledClusterLogTypes": ["all"]}, "types[] is all; it must be one of"),
    (
        "aws:ec2/launchTemplate:LaunchTemplate",
        {"metadataOptions": {"httpTokens": "yes"}},
        "HttpTokens is yes; it must be one of optional, required.",
    ),
    (
        "eks:index:ManagedNodeGroup",
        {"scalingConfig": {"minSize": "two"}},
        "minSize is two; it must",
    ),
    ("aws:kms/key:Key", {"rotationPeriodInDays": 30}, "is 30; it must be 90 to 2560."),
    # Properties that nothing takes.
    ("aws:eks/addon:Addon", {"addonVersoin": "v1"}, "addonVersoin is no property that"),
    (
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"cidrBlock": ["10.0.0.0/8"]}]},
        "ingress.cidrBlock is no property that a call takes.",
    ),
    # By the rules beside the models.
    ("aws:kms/key:Key", {"tags": {"a!": "b"}}, "TagKey is a!; it must be letters, digits"),
    ("aws:eks/addon:Addon", {"tags": {"a": "b?"}}, "tags[].value is b?; it must be letters"),
    ("aws:ecr/repository:Repository", {"tags": {"AWS:a": "b"}}, "does not begin with aws:."),
    ("aws:iam/role:Role", {"tags": {"Team": "a", "team": "b"}}, "differ by more than case"),
    ("aws:ec2/vpc:Vpc", {"tags": dict.fromkeys(map(str, range(51)), "")}, "be at most 50 tags"),
    ("aws:iam/policy:Policy", {"policy": POLICY % ("A", "Principal")}, "must be a policy of"),
    ("aws:iam/policy:Policy", {"policy": POLICY % ("A b", "Resource")}, "must be a policy of"),
    ("aws:iam/policy:Policy", {"policy": POLICY % ("A" * 6144, "Resource")}, "at most 6144"),
    ("aws:iam/role:Role", {"assumeRolePolicy": POLICY % ("A", "Resource")}, "without Resource"),
    ("aws:iam/role:Role", {"assumeRolePolicy": "{"}, "AssumeRolePolicyDocument is {; it must be"),
    (
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"policyArn": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"},
        "other partitions than the region's",
    ),
    ("eks:index:Cluster", {"publicAccessCidrs": ["10.1.0.0/16"]}, "neither private nor reserved"),
    ("eks:index:Cluster", {"publicAccessCidrs": ["here"]}, "is here; it must be an IPv4"),
    ("eks:index:Cluster", {"privateSubnetIds": TWO_SUBNETS[:1]}, "subnets in 2 zones at least"),
    (
        "eks:index:ManagedNodeGroup",
        {"scalingConfig": {"minSize": 3, "desiredSize": 2, "maxSize": 2}},
        "minSize <= desiredSize <= maxSize",
    ),
    (
        "aws:ec2/subnet:Subnet",
        {"availabilityZone": "us-east-1a"},
        "be a zone of the region",
    ),
    ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/29"}, "from /16 to /28"),
    ("aws:ec2/subnet:Subnet", {"vpcId": "subnet-0123456789abcdef0"}, "an id such as vpc-"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", {"subnetIds": TWO_SUBNETS[:1] * 2}, "zones of their own"),
    ("aws:ec2/securityGroup:SecurityGroup", {"description": "a → b"}, "at most 255 letters"),
    ("aws:xray/group:Group", {"groupName": "Default"}, "another name than Default"),
]
"""A type, inputs of it in place of a stack's own, and a part of what is said."""


@pytest.mark.parametrize(("kind", "change", "sentence"), WRONG)
def test_a_fault_is_found(kind: str, change: Inputs, sentence: str) -> None:
    (right, *_) = variant("private").of_type(kind)
    aws = FakeProvider("eu-west-1")
    wrong = replace(right, inputs={**right.inputs, **change})
    (said, *more) = findings(wrong, aws)
    assert said.startswith(f"{kind} {right.name}: ")
    assert sentence in said
    assert not more


@pytest.mark.parametrize(
    ("region", "zone", "taken"), [("us-east-1", "c", False), ("eu-west-1", "c", True)]
)
def test_a_control_plane_is_in_zones_that_have_eks(region: str, zone: str, taken: bool) -> None:
    (subnet, *_) = variant("private").of_type("aws:ec2/subnet:Subnet")
    (cluster,) = variant("private").of_type("eks:index:Cluster")
    aws = FakeProvider(region)
    made = [
        aws.create(replace(subnet, name=each, inputs={"availabilityZone": f"{region}{each}"})).id
        for each in ("a", zone)
    ]
    plain = {"privateSubnetIds": made, "version": "1.34"}
    assert (findings(replace(cluster, inputs=plain), aws) == []) is taken


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "/aws/eks/a"}, {"retentionInDays": 31}),
        (
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            {"url": "https://oidc.example.com/id", "clientIdLists": ["sts.amazonaws.com"]},
            {"thumbprintLists": ["0"]},
        ),
    ],
)
def test_a_type_that_no_stack_has_is_known(kind: str, right: Inputs, wrong: Inputs) -> None:
    (addon, *_) = variant("dev").of_type("aws:eks/addon:Addon")
    for inputs, count in ((right, 0), ({**right, **wrong}, 1)):
        declared = replace(addon, type=kind, inputs=inputs)
        assert len(findings(declared, FakeProvider("eu-west-1"))) == count


def test_a_type_without_a_call_is_found() -> None:
    (addon, *_) = variant("dev").of_type("aws:eks/addon:Addon")
    (said,) = findings(replace(addon, type="aws:sns/topic:Topic"), FakeProvider("eu-west-1"))
    assert "aws_calls.yaml does not name the call that creates it" in said


def test_a_test_that_declares_a_fault_fails(tmp_path: Path) -> None:
    source = "import pulumi_aws; pulumi_aws.ecr.Repository('a', name='A')"
    with pytest.raises(AssertionError, match=r"AWS would refuse .*\n.*it must be 2 to 256 long"):
        run_source(source, tmp_path)


@pytest.mark.parametrize("kind", CALLS)
def test_each_member_in_the_table_is_one_of_its_call(kind: str) -> None:
    for call in CALLS[kind]:
        shape, names = input_of(call["call"]), call.get("names", {})
        assert call.get("given", {}).keys() <= shape.members.keys()
        around = {name.partition(".")[0]: dict[str, Any]() for name in names if "." in name}
        for name in names:
            outer, _, inner = name.partition(".")
            around.get(outer, {}).update({inner: ["x"]} if inner else {})
        properties = {name: ["x"] for name in names if "." not in name} | around
        Conversion(call).structure(shape, properties, "", {})  # A KeyError names another member.


def test_each_rule_is_one_that_can_be_asked() -> None:
    used = {rule["check"] for rule in RULES if "check" in rule}
    assert used == CHECKS.keys()
    assert all(regex.compile(rule["matches"]) for rule in RULES if "matches" in rule)
