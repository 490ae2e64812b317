"""Policies that name nobody, or give everything, wherever they are and however they are written."""

import json
from typing import Any, Final

import pytest

from policy.rules import Resource
from policy.rules.values import UNKNOWN
from tests.policy.judging import said

ACTIONS: Final = "iam-no-wildcard-actions"
RESOURCES: Final = "iam-no-wildcard-resources"
PRINCIPALS: Final = "iam-no-wildcard-principals"
SUB: Final = "token.example.com:sub"
GOOD_SUB: Final = "repo:shop/web:environment:prod"
POD: Final = "system:serviceaccount:shop:web"
ACCOUNT: Final = "123456789012"
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
READ: Final = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/a"}
SEND: Final = '"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"'


def trust(condition: Any, action: str = "sts:AssumeRoleWithWebIdentity") -> Resource:
    principal = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.example.com"}
    statement = {"Effect": "Allow", "Action": action, "Principal": principal}
    document = {"Statement": {**statement, "Condition": condition}}
    return Resource("aws:iam/role:Role", "r", {"assumeRolePolicy": json.dumps(document)})


def policy(where: str = "aws:iam/policy:Policy", key: str = "policy", **changes: Any) -> Resource:
    return Resource(where, "r", {key: json.dumps({"Statement": [{**READ, **changes}]})})


def shared(condition: Any, where: str = "aws:s3/bucket:Bucket", key: str = "policy") -> Resource:
    return policy(where, key, Principal="*", Condition=condition)


@pytest.mark.parametrize(
    "value",
    [
        *("*", "**", "repo:*", "repo:*/*", "re*", "?*", "system:serviceaccount:*:*", "system:*"),
        *("repo:s*/web:*", "repo:?????/web", "repo:${aws:PrincipalTag/a}/web", "repo:", ""),
        *("*:repo:shop/web", "repository_owner:*", "organization:*:project:web", "pulumi:deploy:*"),
        *("environment:prod", "environment:*", "ref:refs/heads/main", "pull_request", "workflow:a"),
        *("actor:*", "spiffe*", "spiffe://example.com/*", "pull_request", "{*", "eu-west-1:*"),
        *("aud:sts.amazonaws.com", "iss:https://token.actions.githubusercontent.com"),
        *(
            "ref_protected:true",
            "run_attempt:1",
            "actor:a",
            "job_workflow_sha:0f",
            "check_run_id:1",
        ),
        *(["*"], [GOOD_SUB, "*"], []),
    ],
)
def test_a_subject_that_is_nobody_s_is_stopped(value: Any) -> None:
    assert said(trust({"StringLike": {SUB: value}}), PRINCIPALS)


@pytest.mark.parametrize(
    "condition",
    [
        *({f"String{each}": {SUB: GOOD_SUB}} for each in ("NotEquals", "NotLike", "LikeIfExists")),
        *({f"ForAllValues:String{each}": {SUB: GOOD_SUB}} for each in ("Equals", "Like")),
        *(
            {each: {SUB: GOOD_SUB}}
            for each in ("forallvalues:stringlike", "ForAnyValue:ArnNotLike")
        ),
        *({each: {SUB: GOOD_SUB}} for each in ("ForAnyValue:StringLikeIfExists", "Bool")),
        {"Null": {SUB: "false"}},
        {"StringEquals": {"token.example.com:aud": "sts.amazonaws.com"}},
        {"StringEquals": {"token.example.com:actor": "shop"}},
        *({}, None),
    ],
)
def test_a_condition_that_names_no_subject_is_stopped(condition: Any) -> None:
    assert said(trust(condition), PRINCIPALS)


@pytest.mark.parametrize("action", ["sts:assumerolewithwebidentity", "STS:*", "sts:AssumeRole*"])
def test_an_action_is_one_in_any_case_and_by_wildcards(action: str) -> None:
    assert said(trust({}, action), PRINCIPALS)


@pytest.mark.parametrize(
    "value",
    [
        *(GOOD_SUB, [GOOD_SUB, POD], "repo:shop/*", "organization:shop:project:*", "auth0|1234"),
        *("org/1234/project/5678/user/*", UNKNOWN, [UNKNOWN]),
    ],
)
@pytest.mark.parametrize("operator", ["StringEquals", "stringlike", "ForAnyValue:StringLike"])
def test_a_trust_that_names_a_subject_passes(operator: str, value: Any) -> None:
    assert said(trust({operator: {SUB: value}}), PRINCIPALS) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:SecureTransport", "true"),
        *(("aws:PrincipalArn", each) for each in ("*", "arn:*", "arn:aws:iam::*:role/a")),
        *(("aws:PrincipalArn", f"arn:aws:iam::{each}:role/a") for each in ("?23456789012", "aws")),
        *(("aws:PrincipalOrgID", each) for each in ("*", "o-*", "o-?", "1234567890123")),
        *(("aws:PrincipalAccount", each) for each in ("anonymous", [ACCOUNT, "*"], [], "")),
        *(("aws:SourceArn", f"arn:aws:s3:::{each}") for each in ("*", "a*")),
        *(("aws:SourceVpc", each) for each in ("vpc-*", "*")),
        *((f"aws:Resource{each}", ACCOUNT) for each in ("Account", "OrgID")),
        *(("aws:PrincipalTag/a", "b"), ("aws:PrincipalType", "User"), ("aws:UserAgent", "shop")),
        *(("aws:CalledVia", "athena.amazonaws.com"), ("aws:Referer", "shop"), ("s3:prefix", "a")),
        *(("sts:ExternalId", ACCOUNT), ("aws:userid", "AROAEXAMPLE:*")),
    ],
)
def test_a_key_or_value_that_names_nobody_is_stopped(key: str, value: Any) -> None:
    assert said(shared({"StringLike": {key: value}}), PRINCIPALS)


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringNotEquals", "aws:PrincipalAccount", ACCOUNT),
        ("StringEqualsIfExists", "aws:SourceAccount", ACCOUNT),
        ("Null", "aws:PrincipalArn", "false"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    ],
)
def test_an_operator_that_lets_others_in_is_stopped(operator: str, key: str, value: str) -> None:
    assert said(shared({operator: {key: value}}), PRINCIPALS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalOrgID", "o-1234567890"),
        ("aws:PrincipalOrgPaths", "o-1234567890/*"),
        ("AWS:sourceaccount", [ACCOUNT]),
        ("aws:PrincipalArn", "arn:aws:iam::123456789012:role/*"),
        ("aws:SourceArn", "arn:aws:s3:::shop"),
        ("aws:SourceVpce", "vpce-0123456789abcdef0"),
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
        ("aws:cloudformation/stack:Stack", "templateBody"),
        ("aws-native:s3:BucketPolicy", "policyDocument"),
        ("kubernetes:s3.services.k8s.aws/v1alpha1:Bucket", "spec"),
    ],
)
def test_a_policy_is_found_by_its_shape(where: str, key: str) -> None:
    assert said(shared({}, where, key), PRINCIPALS)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"statement":[{{"principal":"*",{SEND.lower()}}}]}}',
        f'{{"\\u0053tatement":{{"Principal":"\\u002a",{SEND}}}}}',
        f' {{"Statement":{{"Principal":["*"],{SEND}}}}}',
        f'{{"Statement":{{"Principal":{{"AWS":["{ROOT}","*"]}},{SEND}}}}}',
        f'{{"Statement":{{"NotPrincipal":{{"AWS":"{ROOT}"}},{SEND}}}}}',
        f'[{{"A":{{"B":{json.dumps(f"""{{"Statement":{{"Principal":"*",{SEND}}}}}""")}}}}}]',
    ],
)
def test_however_it_is_written_everybody_is_everybody(text: str) -> None:
    assert said(Resource("aws:sqs/queuePolicy:QueuePolicy", "r", {"policy": text}), PRINCIPALS)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        *(({"Action": each}, ACTIONS) for each in ("s3:Get?bject", ["a:B", "S3:*"], "*")),
        *(
            ({each: []}, rule)
            for each, rule in (("NotAction", ACTIONS), ("NotResource", RESOURCES))
        ),
        *(
            ({"Resource": each}, RESOURCES)
            for each in ("arn:*:x", "?*", "arn:aws:s3:::*/secret", "arn:aws:iam::*:role/*a")
        ),
        ({"Resource": "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-*"}, RESOURCES),
        ({"Resource": "arn:aws:apigateway:eu-west-1::/restapis/*"}, RESOURCES),
        *(
            (
                {"Action": "iam:PassRole", "Resource": [f"arn:aws:iam::{ACCOUNT}:role/{each}*"]},
                RESOURCES,
            )
            for each in ("a", "ab", "?")
        ),
        *(
            ({"Action": f"xray:{each}", "Resource": "*"}, RESOURCES)
            for each in ("PutResourcePolicy", "PutEncryptionConfig", "deleteresourcepolicy")
        ),
    ],
)
def test_what_allows_everything_is_stopped(changes: dict[str, Any], rule: str) -> None:
    assert said(policy(**changes), rule)


def test_what_is_for_a_whole_account_says_so_and_may_be_allowed() -> None:
    deciding = policy(Action="xray:PutEncryptionConfig", Resource="*")
    (sentence,) = said(deciding, RESOURCES)
    assert sentence.endswith(" for a whole account; actionsWithoutResources must have it.")
    assert said(deciding, RESOURCES, actionsWithoutResources=["xray:PutEncryptionConfig"]) == []


@pytest.mark.parametrize("where", ["organizations/policy:Policy", "ec2/vpcEndpoint:VpcEndpoint"])
def test_a_policy_that_only_limits_is_none_that_allows(where: str) -> None:
    everything = {"Action": "*", "Resource": "*", "Principal": "*"}
    for rule in (ACTIONS, RESOURCES, PRINCIPALS):
        assert said(policy(f"aws:{where}", **everything), rule) == []


def test_a_key_is_left_to_one_account() -> None:
    several = {"AWS": [ROOT, "arn:aws:iam::111111111111:root"]}
    key = policy("aws:kms/key:Key", Action="kms:*", Resource="*", Principal=several)
    assert said(key, ACTIONS)
