"""Who the agent is, what it can do, and that a rehearsal notices what is wrong with either."""

import io
import json
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from rich.console import Console

from components.cluster.nodes import node_trust_document
from tests.support.program import KUBECONFIG, NODE_ROLE, OIDC_PROVIDER, configured
from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.rehearsal.access.check import Access, check_access
from tools.rehearsal.access.rights import NEEDED
from tools.rehearsal.aws.cloud import Cloud, policy, start_cloud
from tools.rehearsal.program import check_settings, deploy
from tools.rehearsal.report import Report

POD_IDENTITY: Final = "Pod Identity, as service account xray/xray-daemon"
IRSA: Final = "its token (IRSA), as service account xray/xray-daemon"
NODE: Final = "the node's role"

STACKS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "dev": (POD_IDENTITY, {}),
    "irsa": (IRSA, {"credentialSource": "irsa"}),
    "existing-irsa": (IRSA, {"clusterName": "shop", "credentialSource": "irsa"}),
    "existing-node-role": (
        NODE,
        {"clusterName": "inn", "credentialSource": "node-role", **NODE_ROLE},
    ),
    "kops-irsa": (IRSA, {"kubeconfig": KUBECONFIG, "credentialSource": "irsa", **OIDC_PROVIDER}),
    "writer": (POD_IDENTITY, {"assumeRoleArn": "arn:aws:iam::111111111111:role/writer"}),
    "everything": (
        POD_IDENTITY,
        {
            "imageSource": "mirror",
            "architectures": ["amd64", "arm64"],
            "privateNetwork": True,
            "vpcEndpoints": ["xray", "ecr"],
            "pullAccounts": ["111111111111"],
            "transactionSearch": "enable",
        },
    ),
}
"""Every way to assume the agent's role, and stacks with every type of resource."""


class Rehearsed:
    """A stack that was deployed, whose access can be checked."""

    def __init__(self, cloud: Cloud, stack: str, settings: dict[str, Any], folder: Path) -> None:
        # One account has room for several stacks without rules of the same names.
        project = replace(configured("dev", samplingRules=[], **settings), stack=stack)
        self.cloud = cloud
        self.settings = check_settings(project)
        self.deployment: Deployment = deploy(project, self.settings, cloud, folder)

    def check(self, **changed: Any) -> tuple[Access, str]:
        """Returns what the agent has, and what was printed, on one line."""
        printed = io.StringIO()
        report = Report(Console(file=printed, width=200), Console(stderr=True))
        settings = replace(self.settings, **changed)
        access = check_access(self.cloud, self.deployment, settings, report)
        return access, " ".join(printed.getvalue().split())

    @property
    def role(self) -> str:
        """The name of the role that the agent's pods take."""
        (role,) = (
            each
            for each in self.deployment.of_type("aws:iam/role:Role")
            if each.name == "write-access-role"
        )
        return str(self.deployment.made[role.urn].id)


@pytest.fixture(scope="module")
def cloud() -> Generator[Cloud]:
    with start_cloud("eu-west-1") as started:
        yield started


@pytest.fixture(scope="module")
def rehearsed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Rehearsed]:
    deployed: dict[str, Rehearsed] = {}

    def of(stack: str) -> Rehearsed:
        if stack not in deployed:
            folder = tmp_path_factory.mktemp(stack)
            deployed[stack] = Rehearsed(cloud, stack, STACKS[stack][1], folder)
        return deployed[stack]

    return of


@pytest.mark.parametrize("stack", STACKS)
def test_the_agent_writes_traces_and_does_nothing_else(
    rehearsed: Callable[..., Rehearsed], stack: str
) -> None:
    access, printed = rehearsed(stack).check()
    assert f"the agent allowed by {STACKS[stack][0]}" in printed
    node_role = STACKS[stack][0] == NODE
    assert f"any pod of the node {'allowed' if node_role else 'denied'}" in printed
    for impostor in ("another service account", "another namespace", "another cluster"):
        assert (f"{impostor} denied" in printed) != node_role
    # Where another role writes, the agent's own is listed first.
    of_writer = printed.rpartition("What role ")[2]
    assert all(f"{action} allowed" in of_writer for action in NEEDED)
    denied = of_writer.partition("other actions denied:")[2]
    assert {each.split(":")[0] for each in denied.split()} >= {"s3", "iam", "sts", "xray", "kms"}
    if stack == "writer":
        own = printed.partition("What role ")[2].partition("What role ")[0]
        assert "sts:AssumeRole arn:aws:iam::111111111111:role/writer allowed" in own
        assert own.count("allowed") == 1
        assert access.traces.administrator != access.credentials


@pytest.mark.parametrize(
    ("stack", "key", "value", "sentence"),
    [
        ("dev", "kubernetes-namespace", "x", "can't assume write-access-role-.* does not allow"),
        ("dev", "kubernetes-namespace", None, "another namespace can assume write-access-role"),
        ("dev", "eks-cluster-arn", None, "another cluster can assume write-access-role"),
        ("dev", "kubernetes-namespace", "xray", "any pod of the node can assume write-access"),
        ("irsa", ":sub", None, "another service account, another namespace can assume"),
    ],
)
def test_a_role_that_trusts_others_is_noticed(
    rehearsed: Callable[..., Rehearsed], stack: str, key: str, value: str | None, sentence: str
) -> None:
    broken = rehearsed(stack)
    iam = broken.cloud.client("iam")
    trust = iam.get_role(RoleName=broken.role)["Role"]["AssumeRolePolicyDocument"]
    changed = json.loads(json.dumps(trust))
    if "any pod" in sentence:
        changed["Statement"] += node_trust_document("aws")["Statement"]
    conditions = changed["Statement"][0]["Condition"]["StringEquals"]
    (found,) = (each for each in conditions if each.endswith(key))
    del conditions[found]
    if value is not None:
        conditions[found] = value
    iam.update_assume_role_policy(RoleName=broken.role, PolicyDocument=json.dumps(changed))
    try:
        with pytest.raises(ToolError, match=sentence):
            broken.check()
    finally:
        iam.update_assume_role_policy(RoleName=broken.role, PolicyDocument=json.dumps(trust))


@pytest.mark.parametrize(
    ("effect", "action", "sentence"),
    [
        ("Deny", "xray:PutTraceSegments", "the agent may not xray:PutTraceSegments: no policy of"),
        ("Deny", "xray:GetSamplingTargets", "the agent may not xray:GetSamplingTargets"),
        ("Allow", "s3:*", "the agent may s3:GetObject, s3:PutObject, which it has no use for"),
        ("Allow", "xray:*", "the agent may xray:BatchGetTraces, .*which it has no use for"),
    ],
)
def test_missing_and_needless_rights_are_noticed(
    rehearsed: Callable[..., Rehearsed], effect: str, action: str, sentence: str
) -> None:
    broken = rehearsed("dev")
    iam = broken.cloud.client("iam")
    document = policy(Effect=effect, Action=action, Resource="*")
    iam.put_role_policy(RoleName=broken.role, PolicyName="broken", PolicyDocument=document)
    try:
        with pytest.raises(ToolError, match=sentence):
            broken.check()
    finally:
        iam.delete_role_policy(RoleName=broken.role, PolicyName="broken")


def test_an_agent_that_assumes_other_roles_is_noticed(rehearsed: Callable[..., Rehearsed]) -> None:
    broken = rehearsed("writer")
    another = "arn:aws:iam::222222222222:role/writer"
    with pytest.raises(ToolError, match=f"the agent may not sts:AssumeRole {another}"):
        broken.check(assume_role_arn=another)
    broken.cloud.client("iam").put_role_policy(
        RoleName=broken.role,
        PolicyName="broken",
        PolicyDocument=policy(Action="sts:AssumeRole", Resource="*"),
    )
    with pytest.raises(ToolError, match="the agent may sts:AssumeRole, which it has no use for"):
        broken.check(assume_role_arn="arn:aws:iam::333333333333:role/writer")


def test_tokens_of_an_unknown_provider_are_noticed(rehearsed: Callable[..., Rehearsed]) -> None:
    broken = rehearsed("kops-irsa")
    provider = "arn:aws:iam::123456789012:oidc-provider/elsewhere"
    with pytest.raises(ToolError, match=f"there is no OIDC provider {provider}"):
        broken.check(oidc_provider_arn=provider)
