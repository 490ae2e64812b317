"""Policies that name nobody, or give everything, wherever they are and however they are written."""

import json
from typing import Any, Final

import pytest

from policy.rules import Resource
from policy.rules.values import UNKNOWN
from tests.policy.judging import said

PRINCIPALS: Final = "iam-no-wildcard-principals"
SUB: Final = "token.example.com:sub"
GOOD_SUB: Final = "repo:shop/web:environment:prod"
POD: Final = "system:serviceaccount:shop:web"


def trust(condition: Any, action: str = "sts:AssumeRoleWithWebIdentity") -> Resource:
    principal = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.example.com"}
    statement = {"Effect": "Allow", "Action": action, "Principal": principal}
    document = {"Statement": {**statement, "Condition": condition}}
    return Resource("aws:iam/role:Role", "r", {"assumeRolePolicy": json.dumps(document)})


def shared(condition: Any, where: str = "aws:s3/bucket:Bucket", key: str = "policy") -> Resource:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/a"}
    document = {"Statement": [{**statement, "Principal": "*", "Condition": condition}]}
    return Resource(where, "r", {key: json.dumps(document)})


@pytest.mark.parametrize(
    "condition",
    [
        *({"StringLike": {SUB: value}} for value in ("*", "**", "repo:*", "repo:*/*", "re*", "?*")),
        *({"StringLike": {SUB: value}} for value in ("system:serviceaccount:*:*", "repo:s*/web:*")),
        *({"StringLike": {SUB: value}} for value in (["*"], [GOOD_SUB, "*"], [], "", "system:*")),
        {"StringNotEquals": {SUB: GOOD_SUB}},
        {"StringNotLike": {SUB: GOOD_SUB}},
        {"StringEqualsIfExists": {SUB: GOOD_SUB}},
        {"ForAllValues:StringEquals": {SUB: GOOD_SUB}},
        {"forallvalues:stringlike": {SUB: GOOD_SUB}},
        {"Null": {SUB: "false"}},
        {"StringEquals": {"token.example.com:aud": "sts.amazonaws.com"}},
        {},
        None,
    ],
)
def test_a_trust_that_names_no_subject_is_stopped(condition: Any) -> None:
    assert said(trust(condition), PRINCIPALS)


@pytest.mark.parametrize("action", ["sts:assumerolewithwebidentity", "STS:*", "sts:AssumeRole*"])
def test_an_action_is_one_in_any_case_and_by_wildcards(action: str) -> None:
    assert said(trust({}, action), PRINCIPALS)


@pytest.mark.parametrize("value", [GOOD_SUB, [GOOD_SUB, POD], "repo:shop/*", UNKNOWN, [UNKNOWN]])
@pytest.mark.parametrize("operator", ["StringEquals", "stringlike", "ForAnyValue:StringLike"])
def test_a_trust_that_names_a_subject_passes(operator: str, value: Any) -> None:
    assert said(trust({operator: {SUB: value}}), PRINCIPALS) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        *({"ArnLike": {"aws:PrincipalArn": each}} for each in ("*", "arn:aws:iam::*:role/a")),
        {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
        {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}},
        {"StringEquals": {"aws:UserAgent": "shop"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    ],
)
def test_a_condition_that_names_nobody_is_stopped(condition: Any) -> None:
    assert said(shared(condition), PRINCIPALS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalOrgID", "o-1234567890"),
        ("AWS:sourceaccount", ["123456789012"]),
        ("aws:PrincipalArn", "arn:aws:iam::123456789012:role/*"),
        ("aws:SourceArn", "arn:aws:s3:::shop"),
    ],
)
def test_a_condition_that_names_a_caller_passes(key: str, value: Any) -> None:
    assert said(shared({"StringLike": {key: value}}), PRINCIPALS) == []


@pytest.mark.parametrize(
    ("where", "key"),
    [
        *((f"aws:{each}", "policy") for each in ("sqs/queue:Queue", "sns/topic:Topic")),
        *((f"aws:{each}", "policy") for each in ("secretsmanager/secret:Secret", "efs/x:X")),
        ("aws:opensearch/domain:Domain", "accessPolicies"),
        ("aws:opensearch/domainPolicy:DomainPolicy", "accessPolicies"),
        ("aws-native:s3:BucketPolicy", "policyDocument"),
        ("kubernetes:s3.services.k8s.aws/v1alpha1:Bucket", "spec"),
    ],
)
def test_a_policy_is_found_by_its_shape(where: str, key: str) -> None:
    assert said(shared({}, where, key), PRINCIPALS)


def test_everybody_may_not_call_a_function() -> None:
    permission = "aws:lambda/permission:Permission"
    assert said(Resource(permission, "r", {"principal": "*"}), PRINCIPALS)
    named = {"principal": "*", "principalOrgId": "o-1234567890"}
    assert said(Resource(permission, "r", named), PRINCIPALS) == []


@pytest.mark.parametrize(
    ("where", "properties"),
    [
        ("aws:iam/x:RolePolicyAttachmentsExclusive", {"policyArns": ["AdministratorAccess"]}),
        ("aws:ssoadmin/x:ManagedPolicyAttachment", {"managedPolicyArn": "PowerUserAccess"}),
        ("aws:iam/x:RolePolicyAttachment", {"policyArn": "AdministratorAccess-Amplify"}),
        ("aws:iam/x:RolePolicyAttachment", {"policyArn": "job-function/SystemAdministrator"}),
        ("aws-native:iam:Role", {"managedPolicyArns": ["AmazonS3FullAccess"]}),
    ],
)
def test_full_access_is_stopped_by_every_road(where: str, properties: dict[str, Any]) -> None:
    arn = "arn:aws:iam::aws:policy/"
    full = {
        k: [arn + a for a in v] if isinstance(v, list) else arn + v for k, v in properties.items()
    }
    assert said(Resource(where, "r", full), "iam-no-full-access")


def test_nobody_administers_a_cluster_by_an_access_policy() -> None:
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    entry = Resource("aws:eks/x:AccessPolicyAssociation", "r", {"policyArn": arn})
    assert said(entry, "iam-no-full-access")
