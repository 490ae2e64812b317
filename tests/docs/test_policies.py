"""The policies for those who deploy and preview allow what the stacks need, and nothing more."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from re import findall
from typing import Any, Final

import pytest
import yaml

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
DEPLOY, PREVIEW, BOUNDARY = (
    json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("deploy", "preview", "boundary")
)
CALLS: Final[dict[str, Any]] = yaml.safe_load((FOLDER / "calls.yaml").read_text(encoding="utf-8"))
ROWS: Final[dict[str, dict[str, list[str]]]] = CALLS["resources"]

LONGEST: Final = {"deploy": 10_240, "preview": 10_240, "boundary": 6_144}
"""Characters of a role's own policies, and of a policy that is a boundary (IAM user guide,
quotas)."""

IAM: Final = f"arn:aws:iam::{ACCOUNT}:"
BOUNDED: Final = {"iam:PermissionsBoundary": f"{IAM}policy/xray-boundary"}
ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
IN_REGION: Final = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceTag/environment": "prod"}
DENIED_READS: Final = [
    *("s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "dynamodb:Query"),
    *("logs:GetLogEvents", "xray:BatchGetTraces", "xray:GetTraceSummaries"),
]

BOTH_LOGS: Final = ("logs:CreateLogGroup", "logs:PutRetentionPolicy")
"""What is called for the cluster's logs and, by X-Ray for its caller, for those of spans."""

Try = tuple[str, Mapping[str, str]]
"""The ARN that an action is tried on, and what its request says besides."""


def allows(document: dict[str, Any], action: str, arn: str, request: Mapping[str, str]) -> bool:
    return effects(document, action, arn, {**IN_REGION, **request}) == {"Allow"}


@cache
def declared() -> list[Resource]:
    """Returns what all kinds of stacks declare."""
    return [each for name in VARIANTS for each in variant(name).resources.values()]


def names_of(kind: str) -> set[str]:
    """Returns the names of resources, as Pulumi makes them: with a random part at their end."""
    return {f"{each.name}-0" for each in declared() if each.type == kind}


def tries(action: str) -> Iterator[Try]:
    """Yields what an action is tried on: what the stacks' own resources would be."""
    service = action.partition(":")[0]
    # Inside pulumi-eks: the cluster's role, and that of Auto Mode's nodes (nodejs/eks/cluster.ts).
    names = {*names_of(ROLE), "xray-eksRole-role-0", "xray-nodeRole-role-0"}
    roles = [f"{IAM}role/{name}" for name in names]
    linked = f"{IAM}role/aws-service-role"
    at = f"arn:aws:{service}:eu-west-1:{ACCOUNT}:"
    match service, action:
        case _, "iam:CreateServiceLinkedRole":
            for each in ("eks", "eks-nodegroup", "autoscaling", "application-signals.cloudwatch"):
                name = f"{each}.amazonaws.com"
                yield f"{linked}/{name}/AWSServiceRole", {"iam:AWSServiceName": name}
        case _, "iam:PassRole":
            for each in ("ec2", "eks", "pods.eks"):
                yield roles[0], {"iam:PassedToService": f"{each}.amazonaws.com"}
        case _, "iam:AttachRolePolicy" | "iam:DetachRolePolicy":
            kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
            given = {each.inputs["policyArn"] for each in declared() if each.type == kind}
            for each in {*given, *map("arn:aws:iam::aws:policy/{}".format, INSIDE)}:
                if "write-access" in each or ":aws:policy/" in each:  # Not those of `policyName`.
                    yield roles[0], {**BOUNDED, "iam:PolicyARN": each}
        case "iam", _ if "OpenID" in action:
            yield f"{IAM}oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A", {}
        case "iam", _ if ("Policy" in action and "Role" not in action) or "PolicyV" in action:
            yield from ((f"{IAM}policy/{name}", {}) for name in names_of(POLICY))
        case "iam", _:
            yield from ((role, BOUNDED) for role in roles)
            if action == "iam:GetRole":
                yield (
                    f"{linked}/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup",
                    {},
                )
        case "ecr", _:
            for name in names_of("aws:ecr/repository:Repository"):
                yield f"{at}repository/{name}", {}
        case "eks", _:
            for each in ("cluster", "nodegroup", "addon", "podidentityassociation"):
                yield f"{at}{each}/xray-eksCluster-0", {}
        case "logs", _:
            cluster, spans = "/aws/eks/xray-eksCluster-0/cluster", "aws/spans"
            both = [cluster, spans] if action in BOTH_LOGS else [cluster]
            for group in [spans] if action == "logs:CreateLogStream" else both:
                yield f"{at}log-group:{group}:*", {}
        case "kms", _:
            yield f"{at}key/0", {}
        case "xray", _:
            yield f"{at}group/faults/0", {}
        case "cloudtrail", _:
            yield f"{at}channel/aws-service-channel/application-signals/0", {}
        case _:
            yield "*", {}


INSIDE: Final = [
    *("AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy"),
    *("AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy"),
    *("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"),
]
"""What pulumi-eks attaches to the cluster's role and Auto Mode's (nodejs/eks/cluster.ts)."""

READS: Final = {call for row in ROWS.values() for call in row["read"]} | {
    call for calls in CALLS["functions"].values() for call in calls
}
WRITES: Final = {call for row in ROWS.values() for call in row["write"]} - READS


def test_every_resource_and_function_has_its_calls() -> None:
    kinds = {each.type for each in declared() if each.type.startswith(("aws:", "docker", "eks:"))}
    inside = {kind for row in ROWS.values() for kind in row.get("inside", [])}
    assert {*kinds, *inside} - ROWS.keys() - {"eks:index:VpcCniAddon"} == set()
    sources = [each.read_text(encoding="utf-8") for each in (ROOT / "components").rglob("*.py")]
    called = {name for text in sources for name in findall(r"aws\.(?:\w+\.)?(get_\w+)\(", text)}
    assert len(called) >= 8
    assert {name.removesuffix("_output") for name in called} - CALLS["functions"].keys() == set()


@pytest.mark.parametrize("action", sorted(READS | WRITES))
def test_whoever_deploys_may_do_what_the_stacks_need(action: str) -> None:
    assert [each for each in tries(action) if not allows(DEPLOY, action, *each)] == []


def test_whoever_previews_may_read_what_the_stacks_read_and_write_nothing() -> None:
    reads = [(call, each) for call in READS for each in tries(call)]
    assert [tried for tried in reads if not allows(PREVIEW, tried[0], *tried[1])] == []
    looks = {"ec2:Describe", "iam:Get", "iam:List", "eks:Describe", "kms:Describe"}
    writes = [call for call in WRITES if not call.startswith(tuple(looks))]
    assert len(writes) >= 100
    assert [call for call in writes for each in tries(call) if allows(PREVIEW, call, *each)] == []


def test_the_example_creates_its_roles_under_the_boundary() -> None:
    roles = variant("prod").of_type(ROLE)
    assert len(roles) >= 2
    request = {"iam:PermissionsBoundary": settings_of("prod").permissions_boundary or ""}
    for each in roles:
        assert allows(DEPLOY, "iam:CreateRole", f"{IAM}role/{each.name}-0", request)


@pytest.mark.parametrize("action", DENIED_READS)
def test_a_preview_reads_no_data_even_with_read_only_access(action: str) -> None:
    assert "Deny" in effects(PREVIEW, action, "arn:aws:s3:::shop/orders", IN_REGION)


XRAY: Final = f"{IAM}role/xray-nodes-0"
BEYOND: Final[list[tuple[str, str, Mapping[str, str]]]] = [
    ("iam:CreateRole", XRAY, {}),
    ("iam:CreateRole", XRAY, {"iam:PermissionsBoundary": ADMINISTRATOR}),
    ("iam:CreateRole", f"{IAM}role/administrator", BOUNDED),
    ("iam:AttachRolePolicy", XRAY, {**BOUNDED, "iam:PolicyARN": ADMINISTRATOR}),
    ("iam:AttachRolePolicy", XRAY, {"iam:PolicyARN": f"{IAM}policy/write-access-policy-0"}),
    ("iam:PassRole", f"{IAM}role/administrator", {"iam:PassedToService": "ec2.amazonaws.com"}),
    ("iam:PassRole", XRAY, {"iam:PassedToService": "lambda.amazonaws.com"}),
    ("iam:CreatePolicyVersion", f"{IAM}policy/xray-boundary", {}),
    ("iam:DeletePolicyVersion", f"{IAM}policy/xray-boundary", {}),
    ("iam:CreateServiceLinkedRole", f"{IAM}role/aws-service-role/a", {"iam:AWSServiceName": "a"}),
    *((f"iam:{each}RolePermissionsBoundary", XRAY, BOUNDED) for each in ("Put", "Delete")),
    *((f"iam:{each}", XRAY, BOUNDED) for each in ("PutRolePolicy", "CreateInstanceProfile")),
    *(
        (f"iam:{each}", f"{IAM}user/somebody", BOUNDED)
        for each in ("CreateUser", "CreateAccessKey", "AttachUserPolicy", "PutUserPolicy")
    ),
    *(
        (f"iam:{each}", f"{IAM}role/pulumi-prod", {**BOUNDED, "iam:PolicyARN": ADMINISTRATOR})
        for each in ("AttachRolePolicy", "UpdateAssumeRolePolicy", "PutRolePolicy", "DeleteRole")
    ),
    ("sts:AssumeRole", f"{IAM}role/administrator", {}),
]


@pytest.mark.parametrize(("action", "arn", "request_"), BEYOND)
def test_whoever_deploys_becomes_no_administrator(
    action: str, arn: str, request_: Mapping[str, str]
) -> None:
    for document in (DEPLOY, PREVIEW, BOUNDARY):
        assert not allows(document, action, arn, request_)


def test_the_boundary_lets_the_agent_write_and_keeps_secrets() -> None:
    granted = [
        (statement["Action"], statement["Resource"])
        for each in declared()
        if each.type == POLICY
        for statement in json.loads(each.inputs["policy"])["Statement"]
    ]
    assert len(granted) >= len(VARIANTS)
    for actions, resource in granted:
        assert [each for each in actions if not allows(BOUNDARY, each, resource, {})] == []
    for action in (*DENIED_READS, "kms:Decrypt", "iam:CreateUser"):
        assert effects(BOUNDARY, action, "*", IN_REGION) == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", LONGEST)
def test_linters_find_no_mistake(name: str) -> None:
    document = {"deploy": DEPLOY, "preview": PREVIEW, "boundary": BOUNDARY}[name]
    assert len(json.dumps(document, separators=(",", ":"))) <= LONGEST[name]
    assert findings_of_cfn_lint([(POLICY, document), (ROLE, TRUST)]) == []
    found = findings_of_parliament(document)
    # Networks and what is looked at have no names beforehand; parliament doesn't know aliases.
    known = ("RESOURCE_STAR", "UNKNOWN_CONDITION_FOR_ACTION Unknown condition kms:ResourceAliases")
    assert [each for each in found if not each.startswith(known)] == []
