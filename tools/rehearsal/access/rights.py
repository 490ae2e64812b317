"""What the daemon's credentials let it do, tried on the APIs of AWS on this machine."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicy, PermissionResult

from ..aws.cloud import ACCOUNT, AwsCredentials, Cloud

SAMPLING: Final[Mapping[str, Mapping[str, Any]]] = {
    "xray:GetSamplingRules": {},
    "xray:GetSamplingStatisticSummaries": {},
    "xray:GetSamplingTargets": {"SamplingStatisticsDocuments": []},
}
"""What SDKs ask through the daemon, with arguments to call it with (X-Ray developer guide, daemon).

Written out here, not taken from the program's policy, which it is held against.
"""

SPAN_ACTIONS: Final = ("xray:PutSpans", "xray:PutSpansForIndexing")
"""What is needed beside these to send spans to the OTLP endpoint, and for nothing else."""

WRITES: Final[Mapping[str, Mapping[str, Any]]] = {
    "xray:PutTraceSegments": {"TraceSegmentDocuments": []},
    "xray:PutTelemetryRecords": {"TelemetryRecords": [{"Timestamp": 0}]},
}
"""What the daemon sends itself, with arguments to call it with."""

ANY: Final = "any"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/{ANY}"
DOCUMENT: Final = json.dumps({"Version": "2012-10-17", "Statement": []})

OTHERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "xray:BatchGetTraces": {"TraceIds": ["-"]},
    "xray:GetServiceGraph": {"StartTime": 0, "EndTime": 1},
    "xray:GetTraceGraph": {"TraceIds": ["-"]},
    "xray:GetTraceSummaries": {"StartTime": 0, "EndTime": 1},
    "s3:ListBuckets": {},
    "s3:CreateBucket": {"Bucket": ANY},
    "s3:ListObjectsV2": {"Bucket": ANY},
    "s3:PutObject": {"Bucket": ANY, "Key": ANY},
    "iam:ListUsers": {},
    "iam:ListRoles": {},
    "iam:CreateUser": {"UserName": ANY},
    "iam:CreateAccessKey": {"UserName": ANY},
    "iam:CreateRole": {"RoleName": ANY, "AssumeRolePolicyDocument": DOCUMENT},
    "iam:AttachRolePolicy": {"RoleName": ANY, "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/{ANY}"},
    "iam:PutRolePolicy": {"RoleName": ANY, "PolicyName": ANY, "PolicyDocument": DOCUMENT},
    "sts:AssumeRole": {"RoleArn": ROLE, "RoleSessionName": ANY},
    "sts:GetFederationToken": {"Name": ANY},
    "kms:CreateKey": {},
    "kms:ListKeys": {},
    "kms:Decrypt": {"CiphertextBlob": b"-"},
    "ecr:DescribeRepositories": {},
    "ecr:CreateRepository": {"repositoryName": ANY},
    "ecr:DeleteRepository": {"repositoryName": ANY},
    "eks:ListClusters": {},
    "eks:DeleteCluster": {"name": ANY},
    "eks:DeleteNodegroup": {"clusterName": ANY, "nodegroupName": ANY},
}
"""What a daemon has no use for, with arguments to call it with: each is to be denied."""


@dataclass(frozen=True)
class Right:
    """One action that the daemon tried, or that IAM was asked about."""

    action: str
    allowed: bool
    expected: bool
    tried: bool
    """Whether the API was called; else moto, which lacks the call, judged the policies alone."""


def try_rights(
    cloud: Cloud, role_name: str, credentials: AwsCredentials, *, writes: bool, spans: bool
) -> list[Right]:
    """Returns what credentials can do, tried on the API where moto has the call.

    Args:
        cloud: Where their role is.
        role_name: The role that they are of.
        credentials: The credentials.
        writes: Whether they are to write traces; a role that only becomes another does not.
        spans: Whether traces are written as spans, by the OTLP endpoint.
    """
    rights = [
        Right(action, _tried(cloud, credentials, action, arguments), writes, True)
        for action, arguments in (*WRITES.items(), *SAMPLING.items())
    ]
    policies = [IAMPolicy(document) for document in _policies_of(cloud, role_name)]
    rights += [
        Right(action, _judged(policies, action), writes and spans, False) for action in SPAN_ACTIONS
    ]
    return rights + [
        Right(action, _tried(cloud, credentials, action, arguments), False, True)
        for action, arguments in OTHERS.items()
    ]


def try_becoming(cloud: Cloud, role_arn: str, credentials: AwsCredentials) -> Right:
    """Returns whether credentials can become a role."""
    arguments = {"RoleArn": role_arn, "RoleSessionName": "rehearsal"}
    allowed = _tried(cloud, credentials, "sts:AssumeRole", arguments)
    return Right(f"sts:AssumeRole {role_arn}", allowed, True, True)


def wrong_rights(role_name: str, rights: Sequence[Right]) -> str | None:
    """Returns a sentence about rights that are missing or too many; none where all is right."""
    missing = [right.action for right in rights if right.expected and not right.allowed]
    too_many = [right.action for right in rights if right.allowed and not right.expected]
    sentences = [
        f"the daemon may not {', '.join(missing)}: no policy of role {role_name} allows it"
        if missing
        else "",
        f"the daemon may {', '.join(too_many)}, which it has no use for" if too_many else "",
    ]
    said = "; and ".join(sentence for sentence in sentences if sentence)
    return f"{said}." if said else None


def _tried(
    cloud: Cloud, credentials: AwsCredentials, action: str, arguments: Mapping[str, Any]
) -> bool:
    service, operation = action.split(":")
    call: Callable[..., Any] = getattr(cloud.client(service, credentials), xform_name(operation))
    try:
        call(**arguments)
    except ClientError as error:
        # moto says AccessDenied as XML, which botocore takes for a message where it expects JSON.
        if "AccessDenied" in str(error):
            return False
        if action in WRITES or action in SAMPLING:
            raise
    # A call that fails for another reason got past IAM.
    return True


def _judged(policies: Sequence[IAMPolicy], action: str) -> bool:
    verdicts = [policy.is_action_permitted(action) for policy in policies]
    return PermissionResult.PERMITTED in verdicts and PermissionResult.DENIED not in verdicts


def _policies_of(cloud: Cloud, role_name: str) -> Iterator[str]:
    iam = cloud.client("iam")
    for attached in iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = iam.get_policy_version(
            PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
        )
        yield json.dumps(version["PolicyVersion"]["Document"])
    for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
        inline = iam.get_role_policy(RoleName=role_name, PolicyName=name)
        yield json.dumps(inline["PolicyDocument"])
