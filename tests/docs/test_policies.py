"""The policies for those who deploy and preview allow what the stacks need, and nothing more."""

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
import yaml
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.components import test_policy_linters as linters
from tests.docs.test_environments import TRUST
from tests.support.program import ACCOUNT, ROOT, VARIANTS, settings_of, variant
from tools.lab.deployment import Resource

FOLDER: Final = ROOT / "docs/policies"
DEPLOY, PREVIEW, BOUNDARY = DOCUMENTS = [
    json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("deploy", "preview", "boundary")
]
CALLS: Final = yaml.safe_load((FOLDER / "calls.yaml").read_text(encoding="utf-8"))
ROWS: Final[Mapping[str, Mapping[str, list[str]]]] = CALLS["resources"]

MANAGED: Final = [
    f"arn:aws:iam::aws:policy/Amazon{each}"
    for each in (
        *("EKSWorkerNodePolicy", "EKS_CNI_Policy", "EC2ContainerRegistryPullOnly"),
        # What pulumi-eks attaches to the cluster's role and Auto Mode's (nodejs/eks/cluster.ts).
        *("EKSClusterPolicy", "EKSComputePolicy", "EKSBlockStoragePolicy"),
        *("EKSLoadBalancingPolicy", "EKSNetworkingPolicy", "EKSWorkerNodeMinimalPolicy"),
    )
]
"""The AWS managed policies of the stacks' roles."""

BOUND: Final = f"arn:aws:iam::{ACCOUNT}:policy/xray-boundary"
BOUNDED: Final = {"iam:PermissionsBoundary": BOUND}
OWN: Final = f"arn:aws:iam::{ACCOUNT}:policy/write-access-0"
ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
OURS: Final = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceTag/environment": "prod"}
ROLE: Final = "role/xray-0"
LINKED: Final = "role/aws-service-role/a"
LINKING: Final = "eks eks-nodegroup autoscaling application-signals.cloudwatch"
TEMPLATES: Final = "ec2:CreateLaunchTemplateVersion ec2:CreateTags ec2:ModifyLaunchTemplate"
STATE: Final = "arn:aws:s3:::example-pulumi-state/.pulumi"


def among(value: str, patterns: str | list[str]) -> bool:
    every = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value, each) for each in every)


def actions_of(*documents: Any) -> set[str]:
    allowing = [e for each in documents for e in each["Statement"] if e["Effect"] == "Allow"]
    found = [each["Action"] for each in allowing]
    return {*(a for each in found for a in ([each] if isinstance(each, str) else each))}


def allows(document: Any, action: str, on: str, request: Mapping[str, str]) -> bool:
    """Returns what IAM decides (its user guide, policy evaluation logic).

    It is tried on an ARN, or on what is in the account; `request` has values of condition keys.
    """
    service, values = action.partition(":")[0], {**OURS, **request}
    region = "" if service == "iam" else "eu-west-1"
    arn = on if on.startswith(("arn:", "*")) else f"arn:aws:{service}:{region}:{ACCOUNT}:{on}"

    def holds(operator: str, key: str, wanted: str | list[str]) -> bool:
        if operator == "Null":
            return (key not in values) == (wanted == "true")
        return among(values.get(key, ""), wanted) != (operator == "StringNotEquals")

    return {"Allow"} == {
        each["Effect"]
        for each in document["Statement"]
        if among(action, each["Action"]) and among(arn, each.get("Resource", "*"))
        if not among(arn, each.get("NotResource", []))
        for conditions in [each.get("Condition", {})]
        if all(
            holds(name, key, its) for name in conditions for key, its in conditions[name].items()
        )
    }


def declared() -> list[Resource]:
    return [each for name in VARIANTS for each in variant(name).resources.values()]


def test_every_resource_and_function_has_its_calls() -> None:
    kinds = {each.type for each in declared() if each.type.startswith(("aws:", "docker", "eks:"))}
    inside = {kind for row in ROWS.values() for kind in row.get("inside", [])}
    assert {*kinds, *inside} - ROWS.keys() == set()
    text = "".join(each.read_text("utf-8") for each in (ROOT / "components").rglob("*.py"))
    called = set(re.findall(r"aws\.(?:\w+\.)?(get_\w+?)(?:_output)?\(", text))
    assert called
    assert called - CALLS["functions"].keys() == set()


def test_who_deploys_may_call_what_the_stacks_need_and_who_previews_only_looks() -> None:
    reads = {call for calls in CALLS["functions"].values() for call in calls}
    reads |= {call for row in ROWS.values() for call in row["read"]}
    writes = {call for row in ROWS.values() for call in row["write"]}
    look, change = r".*:(Describe|List).*|s3:GetObject|kms:Decrypt", "|s3:(Put|Delete)Object"
    for document, needed, more in ((DEPLOY, reads | writes, change), (PREVIEW, reads, "")):
        allowed = actions_of(document)
        assert [each for each in needed if not among(each, [*allowed])] == []
        assert [each for each in allowed - needed if not re.fullmatch(look + more, each)] == []


def test_an_existing_cluster_does_not_need_what_is_to_be_taken_out() -> None:
    text = (ROOT / "docs/deploy.md").read_text("utf-8")
    section = text.partition("### Rights for an existing cluster")[2].partition("\n## ")[0]
    out, ends = (set(re.findall(r"`([A-Z]\w+)`", section)), ("PodIdentityAssociation", "Resource"))
    statements = {each["Sid"]: each for each in DEPLOY["Statement"]}
    assert out - {*ends} <= statements.keys()
    allowed = actions_of({"Statement": [statements[each] for each in statements.keys() - out]})
    allowed |= {each for each in statements["Clusters"]["Action"] if each.endswith(ends)}
    for name in ("existing", "existing-node-role"):
        rows = [ROWS[one.type] for one in variant(name).resources.values() if one.type in ROWS]
        needed = {call for row in rows for kind in ("read", "write") for call in row[kind]}
        assert [each for each in needed if not among(each, [*allowed])] == [], name


def test_who_deploys_may_change_what_has_the_names_of_the_stacks() -> None:
    changes = {
        linters.ROLE: ("iam:DeleteRole", "role"),
        linters.POLICY: ("iam:DeletePolicy", "policy"),
        "aws:ecr/repository:Repository": ("ecr:PutImage", "repository"),
        "eks:index:Cluster": ("eks:DeleteCluster", "cluster"),
    }
    for each in (each for each in declared() if each.type in changes):
        action, kind = changes[each.type]
        # Pulumi puts a random part behind a name.
        assert allows(DEPLOY, action, f"{kind}/{each.name}-0", {}), each.name
    new = {"aws:ResourceTag/environment": "", "ec2:CreateAction": "CreateLaunchTemplate"}
    assert allows(DEPLOY, "ec2:CreateTags", "launch-template/lt-0", new)


def services(names: str) -> list[str]:
    return [f"{each}.amazonaws.com" for each in names.split()]


@pytest.mark.parametrize(
    ("actions", "on", "key", "values"),
    [
        ("iam:CreateRole iam:PutRolePermissionsBoundary", ROLE, "iam:PermissionsBoundary", [BOUND]),
        ("iam:AttachRolePolicy iam:DetachRolePolicy", ROLE, "iam:PolicyARN", [OWN, *MANAGED]),
        ("iam:PassRole", ROLE, "iam:PassedToService", services("ec2 eks pods.eks")),
        ("iam:CreateServiceLinkedRole", LINKED, "iam:AWSServiceName", services(LINKING)),
        # Other teams' instances may have a role that can do more.
        (TEMPLATES, "launch-template/lt-0", "aws:ResourceTag/environment", ["prod"]),
    ],
)
def test_who_deploys_may_do_what_can_make_administrators_in_one_way(
    actions: str, on: str, key: str, values: list[str]
) -> None:
    for action in actions.split():
        for value in values:
            assert allows(DEPLOY, action, on, {**BOUNDED, key: value}), value
        for each in DOCUMENTS:
            assert not allows(each, action, on, {**BOUNDED, key: ADMINISTRATOR}), action


def test_nobody_changes_what_is_not_the_stack_s() -> None:
    right = {**BOUNDED, "iam:PolicyARN": OWN, "iam:PassedToService": "ec2.amazonaws.com"}
    for actions, on in (
        ("iam:AttachRolePolicy iam:PassRole iam:UpdateAssumeRolePolicy", "role/pulumi-prod"),
        ("iam:PutRolePolicy", ROLE),
        ("iam:CreateInstanceProfile", "instance-profile/shop"),
        ("iam:CreatePolicyVersion iam:DeletePolicy", "policy/xray-boundary"),
        ("iam:CreatePolicyVersion", "policy/shop"),
        ("s3:GetObject s3:PutObject", f"{STATE}/stacks/xray-on-kubernetes/shop.json"),
    ):
        for action in actions.split():
            assert [each for each in DOCUMENTS if allows(each, action, on, right)] == [], action


def test_a_preview_reads_the_state_and_no_data_even_with_read_only_access() -> None:
    with_more = {"Statement": [{"Effect": "Allow", "Action": "*"}, *PREVIEW["Statement"]]}
    reads = "s3:GetObject secretsmanager:GetSecretValue ssm:GetParameter dynamodb:Query"
    reads += " logs:GetLogEvents xray:BatchGetTraces ec2:DescribeInstanceAttribute"
    for action in reads.split():
        assert not allows(with_more, action, "arn:aws:s3:::shop/orders", {}), action
    assert allows(PREVIEW, "s3:GetObject", f"{STATE}/stacks/xray-on-kubernetes/prod.json", {})


def test_the_boundary_of_the_example_gives_roles_what_they_are_granted() -> None:
    assert settings_of("prod").permissions_boundary == BOUND
    managed = json.loads(aws_managed_policies_data)
    own = [json.loads(each.inputs["policy"]) for each in declared() if each.type == linters.POLICY]
    attached = [managed[arn.rpartition("/")[2]]["Document"] for arn in MANAGED]
    granted = actions_of(*own, *attached)
    # It changes user data. Kubernetes calls it to route between pods, which EKS has a VPC for.
    granted.remove("ec2:ModifyInstanceAttribute")
    assert [each for each in granted if not among(each, [*actions_of(BOUNDARY)])] == []


@pytest.mark.slow
def test_linters_find_no_mistake() -> None:
    policies = [(linters.POLICY, each) for each in DOCUMENTS]
    assert linters.findings_of_cfn_lint([*policies, (linters.ROLE, TRUST)]) == []
    # Networks and what is looked at have no names beforehand; parliament doesn't know aliases.
    known = ("RESOURCE_STAR", "UNKNOWN_CONDITION_FOR_ACTION Unknown condition kms:ResourceAliases")
    # Characters of a role's own policies (two) and of a boundary (IAM user guide, quotas), of which
    # some are left for longer names.
    for document, longest in zip(DOCUMENTS, (10_000, 10_000, 6_000), strict=True):
        assert len(json.dumps(document, separators=(",", ":"))) <= longest
        found = linters.findings_of_parliament(document)
        assert [each for each in found if not each.startswith(known)] == []
