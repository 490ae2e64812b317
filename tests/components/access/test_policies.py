"""The exact IAM policies, and trust policies: what is granted, to whom, and nothing else."""

from typing import Any, Final

import pytest

from components import CredentialSource
from components.access.policies import (
    assume_role_policy_document,
    irsa_trust_document,
    pod_identity_trust_document,
    write_policy_document,
)
from components.cluster.nodes import node_trust_document
from components.policy_document import PolicyDocument
from components.xray.transaction_search import span_policy_document
from tests.support.program import ACCOUNT

CLUSTER_ARN: Final = f"arn:aws-cn:eks:cn-north-1:{ACCOUNT}:cluster/shop"
ISSUER: Final = "oidc.eks.cn-north-1.amazonaws.com.cn/id/0A"
WRITER: Final = "arn:aws:iam::111111111111:role/writer"
SEGMENTS: Final = [
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
]
SPANS: Final = ["xray:PutSpans", "xray:PutSpansForIndexing"]


def granting(sid: str, actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, **more}


def trusting(sid: str, principal: str, name: str, actions: Any, equal: Any) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {principal: name},
        "Action": actions,
        "Condition": {"StringEquals": equal},
    }


DOCUMENTS: Final[dict[str, tuple[PolicyDocument, dict[str, Any]]]] = {
    "segments": (write_policy_document(), granting("WriteTraces", SEGMENTS)),
    "spans": (write_policy_document(spans=True), granting("WriteTraces", SEGMENTS + SPANS)),
    **{
        f"another role by {source.value}": (
            assume_role_policy_document(WRITER, source),
            granting("AssumeWriterRole", actions, WRITER),
        )
        for source, actions in (
            (CredentialSource.POD_IDENTITY, ["sts:AssumeRole", "sts:TagSession"]),
            (CredentialSource.IRSA, ["sts:AssumeRole"]),
            (CredentialSource.NODE_ROLE, ["sts:AssumeRole"]),
        )
    },
    "pod identity": (
        pod_identity_trust_document(CLUSTER_ARN, "xray", "daemon"),
        trusting(
            *("AssumeByPodIdentity", "Service", "pods.eks.amazonaws.com"),
            ["sts:AssumeRole", "sts:TagSession"],
            {
                "aws:RequestTag/eks-cluster-arn": CLUSTER_ARN,
                "aws:RequestTag/kubernetes-namespace": "xray",
                "aws:RequestTag/kubernetes-service-account": "daemon",
            },
        ),
    ),
    "irsa": (
        irsa_trust_document(f"arn:aws-cn:iam::{ACCOUNT}:oidc-provider/{ISSUER}", "xray", "daemon"),
        trusting(
            *("AssumeByToken", "Federated", f"arn:aws-cn:iam::{ACCOUNT}:oidc-provider/{ISSUER}"),
            "sts:AssumeRoleWithWebIdentity",
            {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": "system:serviceaccount:xray:daemon",
            },
        ),
    ),
    "nodes": (
        node_trust_document("aws-cn"),
        {
            "Effect": "Allow",
            "Principal": {"Service": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]},
            "Action": "sts:AssumeRole",
        },
    ),
    "transaction search": (
        span_policy_document("aws-cn", "cn-north-1", ACCOUNT),
        granting(
            "KeepSpans",
            "logs:PutLogEvents",
            [
                f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:aws/spans:*",
                f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:/aws/application-signals/data:*",
            ],
            Principal={"Service": "xray.amazonaws.com"},
            Condition={
                "ArnLike": {"aws:SourceArn": f"arn:aws-cn:xray:cn-north-1:{ACCOUNT}:*"},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        ),
    ),
}


def test_ec2_has_another_name_in_china_alone() -> None:
    (statement,) = node_trust_document("aws-eusc")["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_policy_grants_what_is_needed_and_nothing_else(name: str) -> None:
    document, statement = DOCUMENTS[name]
    assert document == {"Version": "2012-10-17", "Statement": [statement]}
