"""Finds out who the agent is, what it can do, and who else can assume its role."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moto.iam.models import iam_backends

from components.canary.trace_canary import CANARY_NAME
from settings import Settings
from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError

from ..aws.cloud import AwsCredentials, Cloud, policy
from ..report import Report
from .identity import identify, role_name_in
from .rights import NEEDED, Right, try_becoming, try_rights, wrong_rights


@dataclass(frozen=True)
class Access:
    """What the agent has of AWS."""

    credentials: AwsCredentials
    """What its pods get."""

    canary: AwsCredentials | None
    """What the canary's pods get, where there is one."""

    traces: Cloud
    """Where its traces can be read: another account's, where a role of that one writes them."""


def check_access(
    cloud: Cloud, deployment: Deployment, settings: Settings, report: Report
) -> Access:
    """Tries the agent's rights, and reports them.

    Raises:
        ToolError: The agent has no role, too few rights or too many, or its role lets
            somebody else in.
    """
    identity = identify(cloud, deployment, settings)
    report.identity(identity)
    if identity.impostors:
        raise ToolError(f"{', '.join(identity.impostors)} can assume {identity.role_name} too.")

    canary = None
    if settings.trace_canary:
        canary = cloud.session_of(identify(cloud, deployment, settings, CANARY_NAME).role_arn)
    credentials, writer = cloud.session_of(identity.role_arn), settings.assume_role_arn
    if writer is None:
        rights = try_rights(cloud, credentials, writes=True)
        _judge(report, identity.role_name, rights)
        return Access(credentials, canary, cloud)
    owner = _create_writer(cloud, writer, identity.role_arn)
    rights = try_rights(cloud, credentials, writes=False)
    _judge(report, identity.role_name, [try_becoming(cloud, writer, credentials), *rights])
    rights = try_rights(owner, cloud.session_of(writer), writes=True)
    _judge(report, role_name_in(writer), rights)
    return Access(credentials, canary, owner)


def _judge(report: Report, role_name: str, rights: Sequence[Right]) -> None:
    report.rights(role_name, rights)
    wrong = wrong_rights(role_name, rights)
    if wrong is not None:
        raise ToolError(wrong)


def _create_writer(cloud: Cloud, role_arn: str, trusted_role_arn: str) -> Cloud:
    """Makes the role that the agent is to write traces as, as its owner is to make it (deploy.md).

    Returns:
        The same cloud, as an administrator of the role's account sees it.
    """
    account, name = role_arn.split(":")[4], role_name_in(role_arn)
    administrator = iam_backends[account][cloud.partition].create_role(
        role_name="administrator",
        assume_role_policy_document="{}",
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    administrator.policies["everything"] = policy(Action="*", Resource="*")
    owner = replace(cloud, administrator=cloud.session_of(administrator.arn))
    iam = owner.client("iam")
    trust = policy(Principal={"AWS": trusted_role_arn}, Action=["sts:AssumeRole", "sts:TagSession"])
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName=name,
        PolicyName="write-traces",
        PolicyDocument=policy(Action=list(NEEDED), Resource="*"),
    )
    return owner
