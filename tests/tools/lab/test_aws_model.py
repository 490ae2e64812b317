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
from tools.lab.aws_model import RULES, findings
from tools.lab.deployment import label
from tools.lab.fake_provider import FakeProvider

POLICY: Final = '{"Statement": [{"Effect": "Allow", "Sid": "%s", "Action": "xray:*", "%s": "*"}]}'
SUBNETS: Final = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# fmt: off
BY_MODEL: Final[list[tuple[str, Mapping[str, Any], str]]] = [
    # A pattern, a length, a range, a choice, a type, a number of items, a member, a property.
    ("aws:Repository", {"name": "Xray"}, "repositoryName is Xray; it must be like"),
    ("aws:Role", {"name": "r" * 65}, "it must be at most 64 long."),
    ("aws:SamplingRule", {"priority": 0}, "Priority, value: 0, valid min value: 1."),
    ("aws:SamplingRule", {"fixedRate": 1.1}, "FixedRate is 1.1; it must be at most 1."),
    ("eks:Cluster", {"enabledClusterLogTypes": ["all"]}, "types[] is all; it must be one of api, "),
    ("eks:ManagedNodeGroup", {"scalingConfig": {"minSize": "two"}}, "valid types: <class 'int'>."),
    ("aws:SamplingRule", {"attributes": dict.fromkeys("abcdef", "1")}, "must be at most 5 long."),
    ("aws:SamplingRule", {"host": None}, 'Missing required parameter in SamplingRule: "Host".'),
    ("aws:SecurityGroup", {"ingress": [{"cidrBlock": ["10.0.0.0/8"]}]}, '"cidrBlock", must be one'),
]
"""A resource, inputs in place of its own, and a part of what is said."""

BY_RULE: Final[Mapping[str, list[Mapping[str, Any]]]] = {
    "aws:Vpc": [{"tags": dict.fromkeys(map(str, range(51)), "")}, {"tags": {"a" * 128: "b"}}],
    "aws:Addon": [{"tags": {"a": UNKNOWN}}],
    "aws:Key": [{"tags": {"a!": "b"}}],
    "aws:Repository": [{"tags": {"AWS:a": "b"}}, {"tags": {"a": "b" * 257}}],
    "aws:Policy": [{"policy": POLICY % ("A b", "Resource")}],
    "aws:RepositoryPolicy": [{"policy": POLICY % ("A", "Resource")}],
    "aws:Role": [{"tags": {"Team": "a", "team": "b"}},
                 {"assumeRolePolicy": POLICY % ("A", "Resource")},
                 {"permissionsBoundary": "arn:aws-cn:iam::aws:policy/a"}],
    "aws:RolePolicyAttachment": [{"policyArn": "arn:aws:iam::aws:role/a"}],
    "aws:PodIdentityAssociation": [{"roleArn": "writer"}],
    "eks:Cluster": [{"publicAccessCidrs": ["8.8.8.0/24"] * 41},
                    {"publicAccessCidrs": ["10.1.0.0/16"]},
                    {"privateSubnetIds": SUBNETS[:1]},
                    {"version": "v1.34"}],
    "eks:ManagedNodeGroup": [{"nodeGroupName": "n" * 64},
                             {"scalingConfig": {"minSize": 3, "desiredSize": 2, "maxSize": 2}}],
    "aws:Subnet": [{"cidrBlock": "10.0.0.0/29"}, {"availabilityZone": "us-east-1a"},
                   {"vpcId": SUBNETS[0]}],
    "aws:SecurityGroup": [{"description": "a → b"}, {"ingress": [{"cidrBlocks": ["here"]}]}],
    "aws:LaunchTemplate": [{"name": "a b"}],
    "aws:VpcEndpoint": [{"subnetIds": SUBNETS[:1] * 2}, {"securityGroupIds": SUBNETS[:1]}],
    "aws:NatGateway": [{"allocationId": "nat"}, {"subnetId": "vpc-01234567"}],
    "aws:RouteTableAssociation": [{"routeTableId": SUBNETS[0]}],
    "aws:LogGroup": [{"retentionInDays": 31}],
    "aws:Group": [{"groupName": "Default"}],
}
"""Resources, and inputs that break one rule each."""
# fmt: on


def said_of(kind: str, change: Mapping[str, Any], region: str = "eu-west-1") -> str:
    stacks = map(variant, ("private", "dev", "another-account"))
    resources = (each for stack in stacks for each in stack.resources.values())
    right = next(each for each in resources if label(each).startswith(f"{kind} "))
    changed = replace(right, inputs={**right.inputs, **change})
    (said,) = findings(changed, FakeProvider(region))
    assert said.startswith(f"{right.type} {right.name}: ")
    return said


@pytest.mark.parametrize(("kind", "change", "sentence"), BY_MODEL)
def test_what_a_model_excludes_is_found(
    kind: str, change: Mapping[str, Any], sentence: str
) -> None:
    assert sentence in said_of(kind, change)


def test_what_breaks_a_rule_is_found_by_that_rule_alone() -> None:
    told = [said_of(kind, change) for kind, changes in BY_RULE.items() for change in changes]
    without_eks = {"privateSubnetIds": SUBNETS, "encryptionConfigKeyArn": None}
    told.append(said_of("eks:Cluster", without_eks, "us-west-1"))
    assert len(told) == len(RULES)
    for wanted in (f"it must be {rule['must be']}." for rule in RULES):
        assert any(said.endswith(wanted) for said in told), wanted


def test_a_test_that_declares_a_fault_fails(tmp_path: Path) -> None:
    source = "import pulumi_aws; pulumi_aws.ecr.Repository('a', name='A')"
    with pytest.raises(AssertionError, match=r"AWS would refuse .*\n.*valid min length: 2"):
        run_source(source, tmp_path)
