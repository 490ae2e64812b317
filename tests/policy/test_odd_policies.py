"""Policies that name nobody, or give everything, wherever they are and however they are written."""

import json
import re
from typing import Any, Final

from policy.rules import Resource
from policy.rules.values import UNKNOWN
from tests.policy.judging import let_pass, said

ACTIONS: Final = "iam-no-wildcard-actions"
RESOURCES: Final = "iam-no-wildcard-resources"
PRINCIPALS: Final = "iam-no-wildcard-principals"
FULL_ACCESS: Final = "iam-no-full-access"
SUB: Final = "token.example.com:sub"
GOOD_SUB: Final = "repo:shop/web:environment:prod"
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


def test_a_subject_that_is_nobody_s_is_stopped() -> None:
    values = (
        *("*", "**", "repo:*", "repo:*/*", "re*", "?*", "system:serviceaccount:*:*", "system:*"),
        *("repo:s*/web:*", "repo:?????/web", "repo:${aws:PrincipalTag/a}/web", "repo:", ""),
        *("*:repo:shop/web", "repository_owner:*", "organization:*:project:web", "pulumi:deploy:*"),
        *("environment:prod", "environment:*", "ref:refs/heads/main", "pull_request", "workflow:a"),
        *("actor:*", "spiffe*", "spiffe://example.com/*", "{*", "eu-west-1:*", "project_path:s*/*"),
        *("aud:sts.amazonaws.com", "iss:https://token.actions.githubusercontent.com"),
        *("ref_protected:true", "run_attempt:1", "actor:a", "check_run_id:1", "refs/heads/main"),
        *(["*"], [GOOD_SUB, "*"], []),
    )
    assert let_pass(PRINCIPALS, *(trust({"StringLike": {SUB: each}}) for each in values)) == []


def test_a_subject_that_is_somebody_s_passes() -> None:
    values = (
        *(GOOD_SUB, [GOOD_SUB, "system:serviceaccount:shop:web"], "repo:shop/*", "auth0|1234"),
        *("organization:shop:project:*", "org/1234/project/5678/user/*", UNKNOWN, [UNKNOWN]),
        *("project_path:shop/*:ref:main", "repository_owner:shop", "pulumi:deploy:org:shop:*"),
        *(f"{{{'0f-9' * 9}}}:*", "eu-west-1:0f", "spiffe://example.com/ns/shop", "1234", "a@b.c"),
    )
    for operator in ("StringEquals", "stringlike", "ForAnyValue:StringLike"):
        trusts = [trust({operator: {SUB: each}}) for each in values]
        assert let_pass(PRINCIPALS, *trusts) == trusts


def test_a_condition_that_names_no_subject_is_stopped() -> None:
    operators = (
        *("StringNotEquals", "StringLikeIfExists", "ForAllValues:StringEquals", "Bool", "Null"),
        *("forallvalues:stringlike", "ForAnyValue:ArnNotLike", "ForAnyValue:StringLikeIfExists"),
    )
    conditions = (
        *({each: {SUB: GOOD_SUB}} for each in operators),
        *({"StringEquals": {f"token.example.com:{each}": "shop"}} for each in ("aud", "actor")),
        *({}, None),
    )
    assert let_pass(PRINCIPALS, *map(trust, conditions)) == []
    for action in ("sts:assumerolewithwebidentity", "STS:*", "sts:AssumeRole*"):
        assert said(trust({}, action), PRINCIPALS)


def test_a_key_or_value_that_names_no_caller_is_stopped() -> None:
    pairs = (
        ("aws:SecureTransport", "true"),
        *(("aws:PrincipalArn", each) for each in ("*", "arn:*", "arn:aws:iam::*:role/a")),
        *(("aws:PrincipalArn", f"arn:aws:iam::{each}:role/a") for each in ("?23456789012", "aws")),
        *(("aws:PrincipalOrgID", each) for each in ("*", "o-*", "o-?", "1234567890123")),
        *(("aws:PrincipalAccount", each) for each in ("anonymous", [ACCOUNT, "*"], [], "")),
        *(("aws:SourceArn", f"arn:aws:s3:::{each}") for each in ("*", "a*")),
        *(("aws:SourceVpc", "vpc-*"), ("aws:ResourceAccount", ACCOUNT)),
        *(("aws:UserAgent", "shop"), ("aws:CalledVia", "athena.amazonaws.com"), ("s3:prefix", "a")),
        *(("sts:ExternalId", ACCOUNT), ("aws:userid", "A:*"), ("aws:PrincipalTag/a", "b")),
    )
    conditions = [
        *({"StringLike": {key: value}} for key, value in pairs),
        {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    ]
    assert let_pass(PRINCIPALS, *map(shared, conditions)) == []


def test_a_condition_that_names_a_caller_passes() -> None:
    values = {
        "aws:PrincipalOrgID": "o-1234567890",
        "aws:PrincipalOrgPaths": "o-1234567890/*",
        "AWS:sourceaccount": [ACCOUNT],
        "aws:PrincipalArn": "arn:aws:iam::123456789012:role/*",
        "aws:SourceArn": "arn:aws:s3:::shop",
        "aws:SourceVpce": "vpce-0123456789abcdef0",
    }
    named = [shared({"StringLike": {key: value}}) for key, value in values.items()]
    assert let_pass(PRINCIPALS, *named) == named


def test_a_policy_is_found_by_its_shape_however_it_is_written() -> None:
    places = {
        **dict.fromkeys(("aws:sqs/x:X", "aws:sns/x:X", "aws:secretsmanager/x:X"), "policy"),
        "aws:opensearch/domain:Domain": "accessPolicies",
        "aws:cloudformation/stack:Stack": "templateBody",
        "aws-native:s3:BucketPolicy": "policyDocument",
        "kubernetes:s3.services.k8s.aws/v1alpha1:Bucket": "spec",
    }
    texts = (
        f'{{"statement":[{{"principal":"*",{SEND.lower()}}}]}}',
        f'{{"\\u0053tatement":{{"Principal":"\\u002a",{SEND}}}}}',
        f' {{"Statement":{{"Principal":["*"],{SEND}}}}}',
        f'{{"Statement":{{"Principal":{{"AWS":["{ROOT}","*"]}},{SEND}}}}}',
        f'{{"Statement":{{"Principal":{{"AWS":"arn:aws:iam::???:role/a"}},{SEND}}}}}',
        json.dumps(f'{{"Statement":{{"Principal":"*",{SEND}}}}}'),
        f'{{"Statement":{{"NotPrincipal":{{"AWS":"{ROOT}"}},{SEND}}}}}',
        f'[{{"A":{{"B":{json.dumps(f"""{{"Statement":{{"Principal":"*",{SEND}}}}}""")}}}}}]',
    )
    written = [Resource("aws:sqs/queuePolicy:X", "r", {"policy": text}) for text in texts]
    placed = [shared({}, where, key) for where, key in places.items()]
    assert let_pass(PRINCIPALS, *written, *placed) == []


def test_what_allows_everything_is_stopped() -> None:
    actions = ("s3:Get?bject", ["a:B", "S3:*"], "*")
    resources = (
        *("arn:*:x", "?*", "arn:aws:s3:::*/secret", "arn:aws:iam::*:role/*a"),
        *(f"arn:aws:iam::{ACCOUNT}:role/{each}*" for each in ("a", "ab", "?")),
    )
    deciding = ("PutResourcePolicy", "PutEncryptionConfig", "deleteresourcepolicy")
    broad = [
        *(policy(Resource=each) for each in resources),
        *(policy(Action=f"xray:{each}", Resource="*") for each in deciding),
        policy(NotResource=[]),
    ]
    assert let_pass(RESOURCES, *broad) == []
    assert let_pass(ACTIONS, *(policy(Action=each) for each in actions), policy(NotAction=[])) == []


def test_what_is_for_a_whole_account_says_so_and_may_be_allowed() -> None:
    deciding = policy(Action="xray:PutEncryptionConfig", Resource="*")
    (sentence,) = said(deciding, RESOURCES)
    assert sentence.endswith(" for a whole account; actionsWithoutResources must have it.")
    assert said(deciding, RESOURCES, actionsWithoutResources=["xray:PutEncryptionConfig"]) == []


def test_a_policy_that_only_limits_or_denies_is_none_that_allows() -> None:
    every: dict[str, Any] = {"Action": "*", "Resource": "*", "Principal": "*"}
    for where in (":organizations/policy:X", ":ec2/vpcEndpoint:X", "-native:ec2:VpcEndpoint"):
        assert said(policy(f"aws{where}", **every), ACTIONS, RESOURCES, PRINCIPALS) == []
    assert said(policy(**every, Effect="Deny"), ACTIONS, RESOURCES, PRINCIPALS) == []


def test_a_key_is_left_to_the_iam_of_one_account_alone() -> None:
    def key(action: str, *principals: str) -> Resource:
        by = {"AWS": [*principals]}
        return policy("aws:kms/key:Key", Action=action, Resource="*", Principal=by)

    left = [key("kms:*", ROOT), key("kms:*", ACCOUNT)]
    others = (key("*", ACCOUNT), key("kms:*", f"{ROOT[:-4]}role/a"), key("kms:*", ROOT, "1" * 12))
    assert let_pass(ACTIONS, *left, *others) == left
    assert let_pass(RESOURCES, *left) == left


def test_all_is_one_resource_in_a_policy_of_its_own() -> None:
    for where in ("ecr:Repository", "codeartifact:X", "backup:X", "vpclattice:X", "efs:X"):
        assert said(policy(f"aws-native:{where}", Resource="*", Principal=ROOT), RESOURCES) == []
        assert said(policy(f"aws-native:{where}", Resource="*"), RESOURCES)


def test_everybody_may_not_call() -> None:
    for where, key in {
        "lambda/permission:Permission": "principal",
        "ec2/vpcEndpointService:VpcEndpointService": "allowedPrincipals",
        "ec2/vpcEndpointServiceAllowedPrinciple:X": "principalArn",
    }.items():
        everybody = {key: ["*"] if key.endswith("s") else "*"}
        for more in ({}, {"sourceAccount": "*"}, {"condition": {"value": "o-*"}}):
            assert said(Resource(f"aws:{where}", "r", {**everybody, **more}), PRINCIPALS)
        organization = "o-1234567890"
        for named in (
            *({"principalOrgId": organization}, {"organizationId": organization}),
            *({"sourceArn": UNKNOWN}, {"condition": {"value": organization}}),
            *({"sourceAccount": ACCOUNT}, {key: ROOT}),
        ):
            assert said(Resource(f"aws:{where}", "r", {**everybody, **named}), PRINCIPALS) == []


def test_full_access_is_stopped() -> None:
    arn = "arn:aws:iam::aws:policy/"
    for full in (
        {"policyArns": [f"{arn}AdministratorAccess"]},
        {"managedPolicyArn": f"{arn}PowerUserAccess"},
        {"policyArn": f"{arn}job-function/SystemAdministrator"},
        {"policyArn": f"{arn}AdministratorAccess-Amplify"},
        {"policyArn": f"{arn}AWSCodeBuildAdminAccess"},
        {"policyArn": f"{arn}SecretsManagerReadWrite"},
        {"policyArn": f"{arn}AmazonS3FullAccess".lower()},
        {"templateBody": '["arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"]'},
        {"managedPolicyArns": ["arn:aws-cn:iam::aws:policy/AmazonDynamoDBFullAccess_v2"]},
    ):
        assert said(Resource("aws:x/y:Z", "r", full), FULL_ACCESS)
        for limit in ("permissionsBoundary", "Statement"):
            assert said(Resource("aws:x/y:Z", "r", {limit: full}), FULL_ACCESS) == []


def test_nobody_is_given_a_whole_cluster() -> None:
    def made(where: str, properties: dict[str, Any]) -> Resource:
        of_eks = r'"arn:aws:eks::aws:cluster-access-policy/AmazonEKS\1Policy"'
        text = re.sub(r'"((Cluster)?Admin(View)?)"', of_eks, json.dumps(properties))
        return Resource(where, "r", json.loads(text))

    access, rbac = "aws:eks/x:X", "kubernetes:rbac/v1:X"
    whole = [
        made(access, {"policyArn": "ClusterAdmin"}),
        made(access, {"policyArn": "Admin", "accessScope": {"type": "cluster"}}),
        made("aws-native:eks:X", {"accessPolicies": [{"policyArn": "ClusterAdmin"}]}),
        made(rbac, {"roleRef": {"name": "cluster-admin"}}),
        made(rbac, {"rules": [{"resources": ["*"], "verbs": ["*"]}]}),
        made(rbac, {"rules": [{"apiGroups": [""], "resources": ["*"], "verbs": ["create"]}]}),
        made(rbac, {"rules": [{"resources": ["clusterroles"], "verbs": ["*"]}]}),
        *(made(rbac, {"rules": [{"verbs": [each]}]}) for each in ("bind", "escalate")),
        made("kubernetes:rbac/v1:ClusterRoleBinding", {"roleRef": {"name": "admin"}}),
        made("aws:eks/accessEntry:AccessEntry", {"kubernetesGroups": ["system:masters"]}),
        made("kubernetes:core/v1:ConfigMap", {"data": "[{groups: [system:masters]}]"}),
        made("eks:index:Cluster", {"roleMappings": [{"groups": ["system:masters"]}]}),
    ]
    parts = [
        made(access, {"policyArn": "Admin", "accessScope": {"type": "namespace"}}),
        made(access, {"policyArn": "AdminView"}),
        made(rbac, {"roleRef": {"name": "view"}}),
        made("kubernetes:rbac/v1:RoleBinding", {"roleRef": {"name": "admin"}}),
        made(rbac, {"rules": [{"apiGroups": ["a.com"], "resources": ["*"], "verbs": ["*"]}]}),
        made(rbac, {"rules": [{"resourceNames": ["view"], "verbs": ["bind"]}]}),
        made(rbac, {"rules": [{"resources": ["*"], "verbs": ["get"]}]}),
    ]
    assert let_pass(FULL_ACCESS, *whole, *parts) == parts
