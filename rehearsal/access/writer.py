"""The role, of another account for example, that a daemon writes its traces as."""

import json
from dataclasses import replace

from moto.iam.models import iam_backends

from ..aws.cloud import Cloud
from ..aws.moto_server import allowing, session_of
from .rights import SAMPLING_ACTIONS, WRITES


def create_writer(cloud: Cloud, role_arn: str, trusted_role_arn: str) -> Cloud:
    """Makes the role, of another account for example, that the daemon is to write traces as.

    Its owner is to make it just so (README).

    Args:
        cloud: The cloud of the daemon's account.
        role_arn: The role.
        trusted_role_arn: The daemon's role, which may become it.

    Returns:
        The same cloud, as an administrator of the role's account sees it.
    """
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    administrator = iam_backends[account][cloud.partition].create_role(
        role_name="administrator",
        assume_role_policy_document="{}",
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    administrator.policies["everything"] = json.dumps(allowing("*"))
    owner = replace(cloud, administrator=session_of(administrator.arn))
    iam = owner.client("iam")
    trust = {
        **allowing("sts:AssumeRole", "sts:TagSession")["Statement"][0],
        "Principal": {"AWS": trusted_role_arn},
    }
    del trust["Resource"]
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.put_role_policy(
        RoleName=name,
        PolicyName="write-traces",
        PolicyDocument=json.dumps(allowing(*WRITES, *SAMPLING_ACTIONS)),
    )
    return owner
