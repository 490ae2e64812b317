"""IAM policy documents for the X-Ray daemon: what it may do, and who may assume its role.

Plain functions: they need neither Pulumi nor AWS.
"""

from typing import Final

from ..choices import CredentialSource
from ..policy_document import PolicyDocument, policy_document

WRITE_ACTIONS: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
"""The actions of the AWS managed policy AWSXRayDaemonWriteAccess, version 2."""

SPAN_ACTIONS: Final = ("xray:PutSpans", "xray:PutSpansForIndexing")
"""What X-Ray defines for spans, beside those (Service Authorization Reference, list_xray: to upload
OpenTelemetry spans, and to upload spans to be indexed)."""

POD_IDENTITY_PRINCIPAL: Final = "pods.eks.amazonaws.com"
"""The service that assumes a role for a pod, in every partition (EKS user guide, pod-id-role)."""

METRIC_NAMESPACE: Final = "XRayCanary"
"""Of a canary's metrics, as in its program (CloudWatch user guide, condition keys, namespaces)."""

IRSA_AUDIENCE: Final = "sts.amazonaws.com"
"""Whom EKS makes a pod's token out to (EKS user guide, associate-service-account-role)."""

ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""Names a service account's role for IRSA (EKS user guide, associate-service-account-role)."""


def write_policy_document(*, spans: bool = False) -> PolicyDocument:
    """Returns the policy that lets its holder send traces to X-Ray, and nothing else.

    X-Ray has no resource-level permissions for these actions, so the resource is `*`.

    With `spans` its holder sends spans to the OTLP endpoint too. The AWS guides name policies
    without `SPAN_ACTIONS` for it, its reference has them: with both, it works either way.
    """
    return policy_document(
        {
            "Sid": "WriteTraces",
            "Effect": "Allow",
            "Action": [*WRITE_ACTIONS, *(SPAN_ACTIONS if spans else ())],
            "Resource": "*",
        }
    )


def canary_policy_document() -> PolicyDocument:
    """Returns the policy of a canary: it reads traces by their ids, and writes its own metrics."""
    return policy_document(
        {
            "Sid": "ReadTraces",
            "Effect": "Allow",
            "Action": "xray:BatchGetTraces",
            "Resource": "*",
        },
        {
            "Sid": "WriteMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
        },
    )


def assume_role_policy_document(role_arn: str, source: CredentialSource) -> PolicyDocument:
    """Returns the policy that lets its holder assume one role, and nothing else.

    A session by Pod Identity passes its tags on to the role, which takes an action of its own (EKS
    user guide, pod-id-abac).
    """
    tags = ["sts:TagSession"] if source == CredentialSource.POD_IDENTITY else []
    return policy_document(
        {
            "Sid": "AssumeWriterRole",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", *tags],
            "Resource": role_arn,
        }
    )


def pod_identity_trust_document(
    cluster_arn: str, namespace: str, service_account: str
) -> PolicyDocument:
    """Returns the trust policy of a role for a service account of one cluster by Pod Identity."""
    return policy_document(
        {
            "Sid": "AssumeByPodIdentity",
            "Effect": "Allow",
            "Principal": {"Service": POD_IDENTITY_PRINCIPAL},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:RequestTag/eks-cluster-arn": cluster_arn,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                }
            },
        }
    )


def irsa_trust_document(
    oidc_provider_arn: str, namespace: str, service_account: str
) -> PolicyDocument:
    """Returns the trust policy of a role for a service account of one cluster by its token (IRSA).

    The ARN of the cluster's IAM OIDC provider ends in the cluster's issuer.
    """
    issuer = oidc_provider_arn.split(":oidc-provider/", 1)[1]
    return policy_document(
        {
            "Sid": "AssumeByToken",
            "Effect": "Allow",
            "Principal": {"Federated": oidc_provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{issuer}:aud": IRSA_AUDIENCE,
                    f"{issuer}:sub": f"system:serviceaccount:{namespace}:{service_account}",
                }
            },
        }
    )
