"""The role, of another account for example, that a daemon writes its traces as."""

from dataclasses import replace

from moto.iam.models import iam_backends

from tools.lab.arns import role_name_in

from ..aws.cloud import Cloud
from ..aws.moto_server import session_of
from ..aws.policies import allowing, trusting
from .rights import SAMPLING, SPAN_ACTIONS, WRITES


def create_writer(cloud: Cloud, role_arn: str, trusted_role_arn: str, *, spans: bool) -> Cloud:
    """Makes the role, of another account for example, that the daemon is to write traces as.

    Its owner is to make it just so (README).

    Args:
        cloud: The cloud of the daemon's account.
        role_arn: The role.
        trusted_role_arn: The daemon's role, which may become it.
        spans: Whether traces are written as spans, by the OTLP endpoint.

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
    administrator.policies["everything"] = allowing("*")
    owner = replace(cloud, administrator=session_of(administrator.arn))
    iam = owner.client("iam")
    trust = trusting({"AWS": trusted_role_arn}, "sts:AssumeRole", "sts:TagSession")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName=name,
        PolicyName="write-traces",
        PolicyDocument=allowing(*WRITES, *SAMPLING, *(SPAN_ACTIONS if spans else ())),
    )
    return owner
