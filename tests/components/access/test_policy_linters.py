"""Every policy of every stack, in every partition, as linters of IAM policies judge it.

cfn-lint, AWS's own, knows policies of every kind by their schemas, and every action; parliament
adds what makes a right that is granted too wide or useless.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint
from parliament import analyze_policy_string

from tests.support.program import MATRIX, VARIANTS, configured, run, variant
from tools.lab.deployment import Deployment

REGIONS: Final = ("eu-west-1", "cn-north-1", "us-gov-west-1")

Document = dict[str, Any]

LOGS: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "aws:iam/policy:Policy": ("policy", "AWS::IAM::ManagedPolicy", "PolicyDocument"),
    "aws:iam/role:Role": ("assumeRolePolicy", "AWS::IAM::Role", "AssumeRolePolicyDocument"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": (
        "policy",
        "AWS::ECR::Repository",
        "RepositoryPolicyText",
    ),
    # cfn-lint reads no policy of CloudWatch Logs; where this one is, it reads those of any service.
    LOGS: ("policyDocument", "AWS::OpenSearchService::Domain", "AccessPolicies"),
}
"""Types with a policy: the input that it is in, and its place in CloudFormation."""


def policies_in(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yields the policies (JSON) that a program declares, each with its resource's type."""
    for resource_type, (key, _, _) in KINDS.items():
        for resource in deployment.of_type(resource_type):
            yield resource_type, resource.inputs[key]


@cache
def all_policies() -> frozenset[tuple[str, str]]:
    """Returns every policy of every stack: those of the credentials, in each partition."""
    found = {policy for name in VARIANTS for policy in policies_in(variant(name))}
    for region in REGIONS:
        built = [name for name in MATRIX if name.endswith("-build")]
        for stack, settings in (VARIANTS[name] for name in (*built, "transaction-search", "otlp")):
            project = configured(stack, **settings, **{"aws:region": region})
            found |= set(policies_in(run(project)))
    return frozenset(found)


def findings_of_cfn_lint(resource_type: str, document: Document) -> list[str]:
    _, cloudformation_type, place = KINDS[resource_type]
    resource = {"Type": cloudformation_type, "Properties": {place: document}}
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Policy": resource}}
    found = lint(json.dumps(template), config=ManualArgs(regions=list(REGIONS)))
    return [f"{match.rule.id} {match.message}" for match in found]


def findings_of_parliament(document: Document) -> list[str]:
    found = analyze_policy_string(json.dumps(document)).findings
    return [f"{finding.issue} {finding.detail}" for finding in found]


def test_policies_of_every_kind_and_partition_are_looked_at() -> None:
    policies = all_policies()
    assert {resource_type for resource_type, _ in policies} == set(KINDS)
    assert any("arn:aws-cn:" in text for _, text in policies)
    assert any("arn:aws-us-gov:" in text for _, text in policies)
    assert len(policies) >= 15


def test_cfn_lint_finds_nothing_in_them() -> None:
    for resource_type, text in all_policies():
        assert findings_of_cfn_lint(resource_type, json.loads(text)) == [], text


def test_parliament_finds_nothing_in_what_the_daemon_is_granted() -> None:
    for resource_type, text in all_policies():
        # It knows policies that grant; one that trusts names no resource, which it misses.
        if resource_type == "aws:iam/policy:Policy":
            assert findings_of_parliament(json.loads(text)) == [], text


WRONG: Final[list[tuple[str, Document]]] = [
    ("aws:iam/policy:Policy", {"Action": ["xray:PutTraceSegmentz"], "Resource": "*"}),
    ("aws:iam/role:Role", {"Action": "sts:AssumeRolez", "Principal": {"Service": "a.b"}}),
    (
        "aws:iam/role:Role",
        {
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Condition": {"StringEqualz": {"a": "b"}},
        },
    ),
    (
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        {"Action": "ecr:BatchGetImage", "Principal": {"AWS": "somebody"}},
    ),
    ("aws:iam/policy:Policy", {"Action": ["xray:PutSpanz"], "Resource": "*"}),
    (
        LOGS,
        {
            "Action": "logs:PutLogEventz",
            "Principal": {"Service": "xray.amazonaws.com"},
            "Resource": "*",
        },
    ),
    (
        LOGS,
        {
            "Action": "logs:PutLogEvents",
            "Principal": {"Service": "xray.amazonaws.com"},
            "Resource": "*",
            "Condition": {"StringEqualz": {"aws:SourceAccount": "123456789012"}},
        },
    ),
]


@pytest.mark.parametrize(("resource_type", "statement"), WRONG)
def test_cfn_lint_finds_what_is_wrong(resource_type: str, statement: Document) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    assert findings_of_cfn_lint(resource_type, document)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "xray:Nothing", "Resource": "*"},
        {"Action": "sts:AssumeRole", "Resource": "arn:aws:s3:::bucket"},
    ],
)
def test_parliament_finds_what_is_wrong(statement: Document) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    assert findings_of_parliament(document)
