"""What AWS would refuse is found: by its models, and by the rules that its documentation adds.

That it would take all that the stacks and the components' programs declare, `tests.support.program`
checks wherever a test runs one.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.program import run_source, variant
from tools.lab.aws_model import CALLS, RULES, findings, input_of
from tools.lab.deployment import Resource, label
from tools.lab.fake_provider import FakeProvider

AWS: Final = FakeProvider("eu-west-1")
POLICY: Final = '{"Statement": [{"Effect": "Allow", "Sid": "%s", "Action": "xray:*", "%s": "*"}]}'
SUBNETS: Final = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# fmt: off
BY_MODEL: Final[list[tuple[str, Mapping[str, Any], str]]] = [
    # A pattern, a length, a range, a choice, a type, a number of items, a member, a property.
    ("aws:Repository", {"name": "Xray"}, "repositoryName is Xray; it must be like"),
    ("aws:Role", {"name": "r" * 65}, "it must be at most 64 long."),
    ("aws:Role", {"permissionsBoundary": "admin"}, "value: 5, valid min length: 20."),
    ("aws:SamplingRule", {"priority": 0}, "Priority, value: 0, valid min value: 1."),
    ("aws:SamplingRule", {"fixedRate": 1.1}, "FixedRate is 1.1; it must be at most 1."),
    ("aws:LaunchTemplate", {"metadataOptions": {"httpTokens": "y"}}, "one of optional, required."),
    ("eks:Cluster", {"enabledClusterLogTypes": ["all"]}, "types[] is all; it must be one of api, "),
    ("eks:ManagedNodeGroup", {"scalingConfig": {"minSize": "two"}}, "valid types: <class 'int'>."),
    ("aws:SamplingRule", {"attributes": dict.fromkeys("abcdef", "1")}, "must be at most 5 long."),
    ("aws:SamplingRule", {"host": None}, 'Missing required parameter in SamplingRule: "Host".'),
    ("aws:Addon", {"addonVersoin": "v1"}, 'Unknown parameter in input: "addonVersoin", must be'),
    ("aws:SecurityGroup", {"ingress": [{"cidrBlock": ["10.0.0.0/8"]}]}, '"cidrBlock", must be one'),
]
"""A resource, inputs in place of its own, and a part of what is said."""

BY_RULE: Final[list[tuple[str, Mapping[str, Any], str]]] = [
    ("aws:Addon", {"tags": {"a": UNKNOWN}}, f"is {UNKNOWN}; it must be a known value."),
    ("aws:Vpc", {"tags": dict.fromkeys(map(str, range(51)), "")}, "at most 50 tags"),
    ("aws:Key", {"tags": {"a!": "b"}}, "TagKey is a!; it must be letters, digits"),
    ("aws:Repository", {"tags": {"AWS:a": "b"}}, "does not begin with aws:"),
    ("aws:Repository", {"tags": {"a": "b" * 257}}, "a value of at most 256"),
    ("aws:Vpc", {"tags": {"a" * 128: "b"}}, "a key of at most 127"),
    ("aws:Role", {"tags": {"Team": "a", "team": "b"}}, "differ by more than case"),
    ("aws:Policy", {"policy": POLICY % ("A b", "Resource")}, "a policy of at most 6144"),
    ("aws:Role", {"assumeRolePolicy": POLICY % ("A", "Resource")}, "a policy of at most 2048"),
    ("aws:RepositoryPolicy", {"policy": POLICY % ("A", "Resource")}, "a policy with Principal"),
    ("aws:Role", {"permissionsBoundary": "arn:aws-cn:iam::aws:policy/a"}, "of other partitions"),
    ("aws:PodIdentityAssociation", {"roleArn": "writer"}, "the ARN of an IAM role"),
    ("aws:RolePolicyAttachment", {"policyArn": "arn:aws:iam::aws:role/a"}, "ARN of an IAM policy"),
    ("eks:Cluster", {"publicAccessCidrs": ["8.8.8.0/24"] * 41}, "at most 40 networks"),
    ("eks:Cluster", {"publicAccessCidrs": ["10.1.0.0/16"]}, "neither private nor reserved"),
    ("eks:Cluster", {"privateSubnetIds": SUBNETS[:1]}, "subnets in 2 zones at least"),
    ("eks:Cluster", {"version": "v1.34"}, "a version such as 1.34"),
    ("eks:ManagedNodeGroup", {"nodeGroupName": "n" * 64}, "at most 63 characters long"),
    ("eks:ManagedNodeGroup", {"scalingConfig": {"minSize": 3, "desiredSize": 2, "maxSize": 2}},
     "minSize <= desiredSize <= maxSize"),
    ("aws:Subnet", {"cidrBlock": "10.0.0.0/29"}, "from /16 to /28"),
    ("aws:Subnet", {"availabilityZone": "us-east-1a"}, "a zone of the region"),
    ("aws:SecurityGroup", {"description": "a → b"}, "at most 255 letters"),
    ("aws:SecurityGroup", {"ingress": [{"cidrBlocks": ["here"]}]}, "an IPv4 network in CIDR"),
    ("aws:LaunchTemplate", {"name": "a b"}, "3 to 128 letters, digits and"),
    ("aws:VpcEndpoint", {"subnetIds": SUBNETS[:1] * 2}, "zones of their own"),
    ("aws:NatGateway", {"allocationId": "nat"}, "an id such as igw-"),
    ("aws:RouteTableAssociation", {"routeTableId": SUBNETS[0]}, "an id such as rtb-"),
    ("aws:VpcEndpoint", {"securityGroupIds": SUBNETS[:1]}, "an id such as sg-"),
    ("aws:NatGateway", {"subnetId": "vpc-01234567"}, "an id such as subnet-"),
    ("aws:Subnet", {"vpcId": SUBNETS[0]}, "an id such as vpc-"),
    ("aws:LogGroup", {"retentionInDays": 31}, "a number of days that CloudWatch Logs knows"),
    ("aws:Group", {"groupName": "Default"}, "another name than Default"),
]
# fmt: on


def declared(kind: str) -> Resource:
    stacks = map(variant, ("private", "dev", "another-account"))
    resources = (each for stack in stacks for each in stack.resources.values())
    return next(each for each in resources if label(each).startswith(f"{kind} "))


def said_of(kind: str, change: Mapping[str, Any], aws: FakeProvider = AWS) -> str:
    right = declared(kind)
    (said,) = findings(replace(right, inputs={**right.inputs, **change}), aws)
    assert said.startswith(f"{right.type} {right.name}: ")
    return said


@pytest.mark.parametrize(("kind", "change", "sentence"), BY_MODEL + BY_RULE)
def test_a_fault_is_found(kind: str, change: Mapping[str, Any], sentence: str) -> None:
    assert sentence in said_of(kind, change)


def test_a_control_plane_is_in_zones_that_have_eks() -> None:
    change = {"privateSubnetIds": SUBNETS, "encryptionConfigKeyArn": None}
    said = said_of("eks:Cluster", change, FakeProvider("us-west-1"))
    assert said.endswith(f"subnetIds[] is {SUBNETS[1]}; it must be in a zone that has EKS.")


def test_every_rule_is_tried() -> None:
    told = "".join(said_of(kind, change) for kind, change, _ in BY_RULE)
    untried = [each["must be"] for each in RULES if f"it must be {each['must be']}." not in told]
    assert untried == ["in a zone that has EKS"]


def test_a_type_without_a_call_is_found() -> None:
    (said,) = findings(replace(declared("aws:Addon"), type="aws:sns/topic:Topic"), AWS)
    assert "aws_calls.yaml does not name the call that creates it" in said


def test_a_test_that_declares_a_fault_fails(tmp_path: Path) -> None:
    source = "import pulumi_aws; pulumi_aws.ecr.Repository('a', name='A')"
    with pytest.raises(AssertionError, match=r"AWS would refuse .*\n.*valid min length: 2"):
        run_source(source, tmp_path)


@pytest.mark.parametrize("kind", CALLS)
def test_each_member_in_the_table_is_one_of_its_call(kind: str) -> None:
    for call in CALLS[kind]:
        shape = input_of(call["call"])
        assert call.get("given", {}).keys() <= shape.members.keys()
        for name, place in call.get("names", {}).items():
            inside = shape
            for member in (*name.split(".")[:-1], *place.split(".")):
                inside = inside.member if inside.type_name == "list" else inside
                inside = inside if member == "[]" else inside.members[member]
