"""What the agent's credentials let it do, tried on the APIs of AWS on this machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import ClientError

from tools.lab.fake_provider import ACCOUNT

from ..aws.cloud import AwsCredentials, Cloud

Arguments = Mapping[str, Any]

NEEDED: Final[Mapping[str, Arguments]] = {
    "xray:PutTraceSegments": {"TraceSegmentDocuments": []},
    "xray:PutTelemetryRecords": {"TelemetryRecords": [{"Timestamp": 0}]},
    "xray:GetSamplingRules": {},
    "xray:GetSamplingStatisticSummaries": {},
    "xray:GetSamplingTargets": {"SamplingStatisticsDocuments": []},
}
"""What the agent sends, and what SDKs ask through it (X-Ray developer guide, daemon), with
arguments to call it with. Written out here: the program's policy is held against it."""

ANY: Final = "any"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/{ANY}"

OTHERS: Final[Mapping[str, Arguments]] = {
    "xray:BatchGetTraces": {"TraceIds": ["-"]},
    "xray:GetTraceSummaries": {"StartTime": 0, "EndTime": 1},
    "s3:GetObject": {"Bucket": ANY, "Key": ANY},
    "s3:PutObject": {"Bucket": ANY, "Key": ANY},
    "iam:ListRoles": {},
    "iam:CreateAccessKey": {"UserName": ANY},
    "iam:AttachRolePolicy": {"RoleName": ANY, "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/{ANY}"},
    "sts:AssumeRole": {"RoleArn": ROLE, "RoleSessionName": ANY},
    "sts:GetFederationToken": {"Name": ANY},
    "kms:ListKeys": {},
    "kms:Decrypt": {"CiphertextBlob": b"-"},
    "ecr:DescribeRepositories": {},
    "ecr:DeleteRepository": {"repositoryName": ANY},
    "eks:ListClusters": {},
    "eks:DeleteCluster": {"name": ANY},
}
"""What an agent has no use for, with arguments to call it with: each is to be denied."""


@dataclass(frozen=True)
class Right:
    """One action that the agent tried."""

    action: str
    allowed: bool
    expected: bool


def try_rights(cloud: Cloud, credentials: AwsCredentials, *, writes: bool) -> list[Right]:
    """Returns what credentials can do, by calling the API.

    Args:
        cloud: Where their role is.
        credentials: The credentials.
        writes: Whether they are to write traces; a role that only assumes another does not.
    """
    return [
        Right(action, _tried(cloud, credentials, action, arguments), expected)
        for actions, expected in ((NEEDED, writes), (OTHERS, False))
        for action, arguments in actions.items()
    ]


def try_becoming(cloud: Cloud, role_arn: str, credentials: AwsCredentials) -> Right:
    """Returns whether credentials can assume a role."""
    arguments = {"RoleArn": role_arn, "RoleSessionName": "rehearsal"}
    allowed = _tried(cloud, credentials, "sts:AssumeRole", arguments)
    return Right(f"sts:AssumeRole {role_arn}", allowed, True)


def wrong_rights(role_name: str, rights: Sequence[Right]) -> str | None:
    """Returns a sentence about rights that are missing or too many; none where all is right."""
    missing = ", ".join(each.action for each in rights if each.expected and not each.allowed)
    too_many = ", ".join(each.action for each in rights if each.allowed and not each.expected)
    if missing:
        return f"the agent may not {missing}: no policy of role {role_name} allows it."
    return f"the agent may {too_many}, which it has no use for." if too_many else None


def _tried(cloud: Cloud, credentials: AwsCredentials, action: str, arguments: Arguments) -> bool:
    service, operation = action.split(":")
    call: Callable[..., Any] = getattr(cloud.client(service, credentials), xform_name(operation))
    try:
        call(**arguments)
    except ClientError as error:
        # moto says AccessDenied as XML, which botocore takes for a message where it expects JSON.
        if "AccessDenied" in str(error):
            return False
        if action in NEEDED:
            raise
    # A call that fails for another reason got past IAM.
    return True
