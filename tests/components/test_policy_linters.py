"""Every policy of every stack, in every partition, as linters of IAM policies judge it.

cfn-lint, AWS's own, knows policies of every kind by their schemas, and every action; parliament
adds what makes a policy too wide or useless.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pytest

from components.aws_values import partition_of
from tests.support.program import VARIANTS, configured, run

pytestmark = pytest.mark.slow

Document = dict[str, Any]

REGIONS: Final = ("eu-west-1", "cn-north-1", "us-gov-west-1")
STACKS: Final = ("article", "another-account", "both-architectures", "host-port", "otlp", "canary")
"""Variants that have every policy between them, but those of one cluster's credentials."""

POLICY: Final = "aws:iam/policy:Policy"
ROLE: Final = "aws:iam/role:Role"
REPOSITORY: Final = "aws:ecr/repositoryPolicy:RepositoryPolicy"
LOGS: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    POLICY: ("policy", "AWS::IAM::ManagedPolicy", "PolicyDocument"),
    ROLE: ("assumeRolePolicy", "AWS::IAM::Role", "AssumeRolePolicyDocument"),
    REPOSITORY: ("policy", "AWS::ECR::Repository", "RepositoryPolicyText"),
    # cfn-lint reads no policy of CloudWatch Logs; where this one is, it reads those of any service.
    LOGS: ("policyDocument", "AWS::OpenSearchService::Domain", "AccessPolicies"),
}
"""Types with a policy: the input that it is in, and its place in CloudFormation."""


@cache
def policies_in(region: str) -> frozenset[tuple[str, str]]:
    """Returns the policies (JSON) that the stacks declare in a region, each with its type."""
    found: set[tuple[str, str]] = set()
    for stack, settings in map(VARIANTS.__getitem__, STACKS):
        there = json.dumps(settings).replace("arn:aws:", f"arn:{partition_of(region)[0]}:")
        deployment = run(configured(stack, **json.loads(there), **{"aws:region": region}))
        for kind, (key, _, _) in KINDS.items():
            found |= {(kind, each.inputs[key]) for each in deployment.of_type(kind)}
    return frozenset(found)


def findings_of_cfn_lint(policies: list[tuple[str, Document]]) -> list[str]:
    """Returns what cfn-lint, which takes long to load, finds, each with the place of its policy."""
    from cfnlint import ManualArgs
    from cfnlint.api import lint

    resources = {
        f"Policy{index}": {"Type": KINDS[kind][1], "Properties": {KINDS[kind][2]: document}}
        for index, (kind, document) in enumerate(policies)
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    found: Any = lint(json.dumps(template), config=ManualArgs(regions=list(REGIONS)))
    return [f"{match.path[1]}: {match.rule.id} {match.message}" for match in found]


def findings_of_parliament(document: Document) -> list[str]:
    from parliament import analyze_policy_string

    found = analyze_policy_string(json.dumps(document)).findings
    return [f"{finding.issue} {finding.detail}" for finding in found]


@pytest.mark.parametrize("region", REGIONS)
def test_linters_find_nothing_in_any_policy(region: str) -> None:
    policies = [(kind, json.loads(text)) for kind, text in policies_in(region)]
    assert {kind for kind, _ in policies} == KINDS.keys()
    assert len(policies) >= 9
    assert findings_of_cfn_lint(policies) == []
    # Parliament knows policies that grant; one that trusts names no resource, which it misses.
    granting = [document for kind, document in policies if kind == POLICY]
    assert [each for document in granting for each in findings_of_parliament(document)] == []


X_RAY: Final = {"Service": "xray.amazonaws.com"}
WRONG: Final[list[tuple[str, Document]]] = [
    (POLICY, {"Action": ["xray:PutSpanz"], "Resource": "*"}),
    (ROLE, {"Action": "sts:AssumeRolez", "Principal": {"Service": "a.b"}}),
    (REPOSITORY, {"Action": "ecr:BatchGetImage", "Principal": {"AWS": "somebody"}}),
    (LOGS, {"Action": "logs:PutLogEventz", "Principal": X_RAY, "Resource": "*"}),
]


def _document(statement: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def test_linters_find_what_is_wrong() -> None:
    found = findings_of_cfn_lint([(kind, _document(statement)) for kind, statement in WRONG])
    wrong = {each.partition(":")[0] for each in found}
    assert wrong == {f"Policy{index}" for index in range(len(WRONG))}
    for statement in (
        {"Action": "xray:Nothing", "Resource": "*"},
        {"Action": "sts:AssumeRole", "Resource": "arn:aws:s3:::bucket"},
    ):
        assert findings_of_parliament(_document(statement)), statement
