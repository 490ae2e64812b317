"""The policies for those who deploy and preview allow what the stacks need, and nothing more."""

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from typing import Any, Final

import pytest
import yaml
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.components.test_policy_linters import (
    POLICY,
    ROLE,
    findings_of_cfn_lint,
    findings_of_parliament,
)
from tests.docs.test_environments import TRUST
from tests.support.iam import effects
from tests.support.program import ACCOUNT, ROOT, VARIANTS, settings_of, variant
from tools.lab.deployment import Resource

FOLDER: Final = ROOT / "docs/policies"
DEPLOY, PREVIEW, BOUNDARY = DOCUMENTS = [
    json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("deploy", "preview", "boundary")
]
CALLS: Final[dict[str, Any]] = yaml.safe_load((FOLDER / "calls.yaml").read_text(encoding="utf-8"))
ROWS: Final[dict[str, dict[str, list[str]]]] = CALLS["resources"]
READS: Final = {
    call
    for calls in (*(row["read"] for row in ROWS.values()), *CALLS["functions"].values())
    for call in calls
}
WRITES: Final = {call for row in ROWS.values() for call in row["write"]} - READS

MANAGED: Final = [
    *("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"),
    # What pulumi-eks attaches to the cluster's role and Auto Mode's (nodejs/eks/cluster.ts).
    *("AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy"),
    *("AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy"),
    "AmazonEKSWorkerNodeMinimalPolicy",
]
"""The AWS managed policies of the stacks' roles."""

IAM: Final = f"arn:aws:iam::{ACCOUNT}:"
AT: Final = f"eu-west-1:{ACCOUNT}:"
BOUND: Final = f"{IAM}policy/xray-boundary"
BOUNDED: Final = {"iam:PermissionsBoundary": BOUND}
OWN: Final = f"{IAM}policy/write-access-0"
TEMPLATE: Final = f"arn:aws:ec2:{AT}launch-template/lt-0"
LOGS: Final = f"arn:aws:logs:{AT}log-group:"
STATE: Final = "arn:aws:s3:::example-pulumi-state/.pulumi/"

Request = Mapping[str, str]
OURS: Final = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceTag/environment": "prod"}
OTHER: Final = {"aws:ResourceTag/environment": "shop"}

ON: Final[dict[str, list[str]]] = {
    "iam:CreateServiceLinkedRole": [f"{IAM}role/aws-service-role/a"],
    "iam:*OpenID*": [f"{IAM}oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A"],
    "iam:*Role*": [f"{IAM}role/write-access-0", f"{IAM}role/xray-0"],
    "iam:*": [OWN],
    "ecr:*": [f"arn:aws:ecr:{AT}repository/xray-daemon-0"],
    "eks:*": [
        f"arn:aws:eks:{AT}{each}/xray-0"
        for each in ("cluster", "nodegroup", "addon", "podidentityassociation")
    ],
    "logs:CreateLogStream": [f"{LOGS}aws/spans:*"],
    "logs:CreateLogGroup": [f"{LOGS}aws/spans:*", f"{LOGS}/aws/eks/xray-0/cluster:*"],
    "logs:*": [f"{LOGS}/aws/eks/xray-0/cluster:*"],
    "cloudtrail:*": [f"arn:aws:cloudtrail:{AT}channel/aws-service-channel/application-signals/0"],
    "kms:*": [f"arn:aws:kms:{AT}key/0"],
    "xray:*": [f"arn:aws:xray:{AT}group/faults/0"],
    "ec2:*": ["*", TEMPLATE],
    "*": ["*"],
}
"""What each action is tried on; the first pattern counts."""

WITH: Final[dict[str, list[Request]]] = {
    "iam:CreateServiceLinkedRole": [
        {"iam:AWSServiceName": f"{each}.amazonaws.com"}
        for each in ("eks", "eks-nodegroup", "autoscaling", "application-signals.cloudwatch")
    ],
    "iam:PassRole": [
        {"iam:PassedToService": f"{each}.amazonaws.com"} for each in ("ec2", "eks", "pods.eks")
    ],
    "iam:[AD]*tachRolePolicy": [
        {**BOUNDED, "iam:PolicyARN": each}
        for each in (OWN, *map("arn:aws:iam::aws:policy/{}".format, MANAGED))
    ],
    "iam:*Role*": [BOUNDED],
    "ec2:CreateTags": [{}, {**OTHER, "ec2:CreateAction": "CreateLaunchTemplate"}],
    "*": [{}],
}
"""What the request says besides."""


def actions_of(*documents: dict[str, Any]) -> list[str]:
    listed = [each["Action"] for document in documents for each in document["Statement"]]
    every = [[each] if isinstance(each, str) else each for each in listed]
    return sorted({action for actions in every for action in actions})


def allows(document: dict[str, Any], action: str, arn: str, request: Request) -> bool:
    return effects(document, action, arn, {**OURS, **request}) == {"Allow"}


def tries(action: str) -> list[tuple[str, Request]]:
    on = next(ON[each] for each in ON if fnmatchcase(action, each))
    return list(product(on, next(WITH[each] for each in WITH if fnmatchcase(action, each))))


@cache
def declared() -> list[Resource]:
    return [each for name in VARIANTS for each in variant(name).resources.values()]


def test_every_resource_and_function_has_its_calls() -> None:
    kinds = {each.type for each in declared() if each.type.startswith(("aws:", "docker", "eks:"))}
    inside = {kind for row in ROWS.values() for kind in row.get("inside", [])}
    assert {*kinds, *inside} - ROWS.keys() - {"eks:index:VpcCniAddon"} == set()
    text = "".join(each.read_text("utf-8") for each in (ROOT / "components").rglob("*.py"))
    called = set(re.findall(r"aws\.(?:\w+\.)?(get_\w+?)(?:_output)?\(", text))
    assert len(called) >= 8
    assert called - CALLS["functions"].keys() == set()


def test_whoever_deploys_may_change_what_has_the_names_of_the_stacks() -> None:
    changes = {
        ROLE: ("iam:DeleteRole", f"{IAM}role/"),
        POLICY: ("iam:DeletePolicy", f"{IAM}policy/"),
        "aws:ecr/repository:Repository": ("ecr:PutImage", f"arn:aws:ecr:{AT}repository/"),
    }
    for each in (each for each in declared() if each.type in changes):
        action, prefix = changes[each.type]
        # Pulumi puts a random part behind a name.
        assert allows(DEPLOY, action, f"{prefix}{each.name}-0", {}), each.name


@pytest.mark.parametrize("action", sorted(READS | WRITES))
def test_whoever_deploys_may_do_what_the_stacks_need_and_whoever_previews_only_looks(
    action: str,
) -> None:
    assert [each for each in tries(action) if not allows(DEPLOY, action, *each)] == []
    looks = action in READS or bool(re.search(r":(Describe|Get|List)", action))
    seen = [allows(PREVIEW, action, *each) for each in tries(action)]
    assert all(seen) if action in READS else looks or not any(seen)


def test_the_example_is_under_the_boundary_which_gives_its_roles_what_they_are_granted() -> None:
    roles = variant("prod").of_type(ROLE)
    assert settings_of("prod").permissions_boundary == BOUND
    for each in roles:
        request = {"iam:PermissionsBoundary": BOUND}
        assert allows(DEPLOY, "iam:CreateRole", f"{IAM}role/{each.name}-0", request)
    managed = json.loads(aws_managed_policies_data)
    own = [json.loads(each.inputs["policy"]) for each in declared() if each.type == POLICY]
    granted = actions_of(*own, *(managed[each]["Document"] for each in MANAGED))
    bounds = actions_of({"Statement": [e for e in BOUNDARY["Statement"] if e["Effect"] == "Allow"]})
    # It changes user data. Kubernetes calls it to route between pods, which EKS has a VPC for.
    granted.remove("ec2:ModifyInstanceAttribute")
    assert [each for each in granted if not any(fnmatchcase(each, b) for b in bounds)] == []


def test_a_preview_reads_no_data_even_with_read_only_access() -> None:
    reads = "s3:GetObject secretsmanager:GetSecretValue ssm:GetParameter dynamodb:Query"
    reads += " logs:GetLogEvents xray:BatchGetTraces ec2:DescribeInstanceAttribute"
    for action in reads.split():
        assert "Deny" in effects(PREVIEW, action, "arn:aws:s3:::shop/orders", OURS), action


XRAY: Final = f"{IAM}role/xray-nodes-0"
ITSELF: Final = f"{IAM}role/pulumi-prod"
USER: Final = f"{IAM}user/somebody"
EVERYTHING: Final = {**BOUNDED, "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}
BEYOND: Final[list[tuple[str, str, Request]]] = [
    ("CreateRole PutRolePermissionsBoundary", XRAY, {}),
    ("CreateRole PutRolePermissionsBoundary", XRAY, {"iam:PermissionsBoundary": ITSELF}),
    ("AttachRolePolicy PutRolePolicy DeleteRolePermissionsBoundary", XRAY, EVERYTHING),
    ("AttachRolePolicy", XRAY, {"iam:PolicyARN": OWN}),
    ("AttachRolePolicy PutRolePolicy UpdateAssumeRolePolicy DeleteRole", ITSELF, EVERYTHING),
    ("AttachUserPolicy PutUserPolicy CreateUser CreateAccessKey", USER, EVERYTHING),
    ("CreateInstanceProfile", f"{IAM}instance-profile/shop", {}),
    ("PassRole", ITSELF, {"iam:PassedToService": "ec2.amazonaws.com"}),
    ("PassRole", XRAY, {"iam:PassedToService": "lambda.amazonaws.com"}),
    ("CreatePolicyVersion DeletePolicyVersion DeletePolicy", BOUND, {}),
    ("CreateServiceLinkedRole", f"{IAM}role/aws-service-role/a", {"iam:AWSServiceName": "a"}),
    ("sts:AssumeRole", ITSELF, {}),
    # Other teams' instances, which may have a role that can do more.
    ("ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate ec2:CreateTags", TEMPLATE, OTHER),
    ("ec2:ModifyInstanceAttribute ec2:StopInstances", f"arn:aws:ec2:{AT}instance/i-0", {}),
    ("eks:CreateAccessEntry eks:AssociateAccessPolicy", f"arn:aws:eks:{AT}cluster/xray-0", {}),
    ("kms:Decrypt secretsmanager:GetSecretValue", "*", {}),
    ("s3:GetObject s3:PutObject", f"{STATE}stacks/xray-on-kubernetes/shop.json", {}),
]


@pytest.mark.parametrize(("actions", "arn", "request_"), BEYOND)
def test_whoever_deploys_becomes_no_administrator(
    actions: str, arn: str, request_: Request
) -> None:
    for action in actions.split():
        name = action if ":" in action else f"iam:{action}"
        assert [each for each in DOCUMENTS if allows(each, name, arn, request_)] == []


def test_one_writes_the_state_and_both_read_it() -> None:
    # What Pulumi's engine writes for a stack, with a state in a folder.
    for name in ("stacks/{}.json", "history/{}/prod-1.json", "locks/organization/{}/1.json"):
        arn = STATE + name.format("xray-on-kubernetes/prod")
        assert allows(DEPLOY, "s3:PutObject", arn, {})
        assert allows(PREVIEW, "s3:GetObject", arn, {})
        assert not allows(PREVIEW, "s3:PutObject", arn, {})


@pytest.mark.slow
# Characters of a role's own policies (two), and of a boundary (IAM user guide, quotas).
@pytest.mark.parametrize(
    ("document", "longest"), zip(DOCUMENTS, (10_240, 10_240, 6_144), strict=True)
)
def test_linters_find_no_mistake(document: dict[str, Any], longest: int) -> None:
    assert len(json.dumps(document, separators=(",", ":"))) <= longest
    assert findings_of_cfn_lint([(POLICY, document), (ROLE, TRUST)]) == []
    # Networks and what is looked at have no names beforehand; parliament doesn't know aliases.
    known = ("RESOURCE_STAR", "UNKNOWN_CONDITION_FOR_ACTION Unknown condition kms:ResourceAliases")
    found = findings_of_parliament(document)
    assert [each for each in found if not each.startswith(known)] == []
