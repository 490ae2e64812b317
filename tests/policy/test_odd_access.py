"""Access that is given to everybody, or to everything, by other roads than a policy's text."""

import json
from typing import Any, Final

import pytest

from policy.rules import Resource
from policy.rules.values import UNKNOWN
from tests.policy.judging import said

PRINCIPALS: Final = "iam-no-wildcard-principals"
FULL_ACCESS: Final = "iam-no-full-access"


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ("aws:lambda/permission:Permission", "principal"),
        ("aws:lambda/layerVersionPermission:LayerVersionPermission", "principal"),
        ("aws:cloudwatch/eventPermission:EventPermission", "principal"),
        ("aws:ec2/vpcEndpointService:VpcEndpointService", "allowedPrincipals"),
    ],
)
def test_everybody_may_not_call(where: str, key: str) -> None:
    everybody = {key: ["*"] if key.endswith("s") else "*"}
    assert said(Resource(where, "r", everybody), PRINCIPALS)
    assert said(Resource(where, "r", {**everybody, "sourceAccount": "*"}), PRINCIPALS)
    for named in ({"principalOrgId": "o-1234567890"}, {"sourceArn": UNKNOWN}):
        assert said(Resource(where, "r", {**everybody, **named}), PRINCIPALS) == []


@pytest.mark.parametrize(
    ("where", "properties"),
    [
        ("aws:iam/x:RolePolicyAttachmentsExclusive", {"policyArns": ["AdministratorAccess"]}),
        ("aws:ssoadmin/x:ManagedPolicyAttachment", {"managedPolicyArn": "PowerUserAccess"}),
        *(
            ("aws:iam/x:RolePolicyAttachment", {"policyArn": each})
            for each in (
                *("AdministratorAccess-Amplify", "job-function/SystemAdministrator"),
                *("AmazonDynamoDBFullAccess_v2", "AmazonAPIGatewayAdministrator"),
                *("AmazonCognitoPowerUser", "AWSCodeBuildAdminAccess"),
            )
        ),
        ("aws-native:iam:Role", {"managedPolicyArns": ["AmazonS3FullAccess"]}),
    ],
)
@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_full_access_is_stopped(where: str, properties: dict[str, Any], partition: str) -> None:
    arn = f"arn:{partition}:iam::aws:policy/"
    full = {
        k: [arn + a for a in v] if isinstance(v, list) else arn + v for k, v in properties.items()
    }
    assert said(Resource(where, "r", full), FULL_ACCESS)
    assert said(Resource(where, "r", {"permissionsBoundary": full}), FULL_ACCESS) == []


@pytest.mark.parametrize(
    ("where", "properties", "stopped"),
    [
        ("aws:eks/x:X", {"policyArn": "ClusterAdmin"}, True),
        ("aws:eks/x:X", {"policyArn": "Admin", "accessScope": {"type": "cluster"}}, True),
        ("aws:eks/x:X", {"policyArn": "Admin", "accessScope": {"type": "namespace"}}, False),
        ("aws:eks/x:X", {"policyArn": "AdminView"}, False),
        ("aws-native:eks:AccessEntry", {"accessPolicies": [{"policyArn": "ClusterAdmin"}]}, True),
        ("kubernetes:rbac/v1:RoleBinding", {"roleRef": {"name": "cluster-admin"}}, True),
        ("kubernetes:rbac/v1:RoleBinding", {"roleRef": {"name": "view"}}, False),
        ("kubernetes:rbac/v1:Role", {"rules": [{"resources": ["*"], "verbs": ["*"]}]}, True),
        ("kubernetes:rbac/v1:Role", {"rules": [{"resources": ["*"], "verbs": ["get"]}]}, False),
        (
            "kubernetes:core/v1:ConfigMap",
            {"data": {"mapRoles": "[{groups: [system:masters]}]"}},
            True,
        ),
        ("eks:index:Cluster", {"roleMappings": [{"groups": ["system:masters"]}]}, True),
    ],
)
def test_nobody_is_given_a_whole_cluster(
    where: str, properties: dict[str, Any], stopped: bool
) -> None:
    text = json.dumps(properties)
    for name in ("ClusterAdmin", "AdminView", "Admin"):
        arn = f'"arn:aws:eks::aws:cluster-access-policy/AmazonEKS{name}Policy"'
        text = text.replace(f'"{name}"', arn)
    assert bool(said(Resource(where, "r", json.loads(text)), FULL_ACCESS)) == stopped
