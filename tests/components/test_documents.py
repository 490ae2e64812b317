import base64
import json
from typing import Any, Final

import pytest
from components.access.credentials import Credentials

from components.access.policies import (
    become_role_policy_document,
    irsa_trust_document,
    pod_identity_trust_document,
    write_policy_document,
)
from components.agent.environment import trace_environment
from components.cluster.kubeconfig import kubeconfig_for
from components.cluster.nodes import node_trust_document
from components.image.repository import lifecycle_policy_document, repository_policy_document
from components.xray.transaction_search import span_policy_document
from tests.support.program import ACCOUNT, only

CLUSTER_ARN: Final = f"arn:aws-cn:eks:cn-north-1:{ACCOUNT}:cluster/shop"
PROVIDER_ARN: Final = (
    f"arn:aws-cn:iam::{ACCOUNT}:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/0A"
)


def test_the_daemon_may_do_what_aws_s_own_write_policy_allows_and_nothing_else() -> None:
    statement = only(write_policy_document()["Statement"])
    assert statement == {
        "Sid": "WriteTraces",
        "Effect": "Allow",
        "Action": [
            "xray:GetSamplingRules",
            "xray:GetSamplingStatisticSummaries",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
        "Resource": "*",
    }


def test_who_sends_spans_may_do_two_more_things() -> None:
    segments, spans = (
        only(write_policy_document(spans=spans)["Statement"]) for spans in (False, True)
    )
    assert spans.pop("Action") == [
        *segments.pop("Action"),
        "xray:PutSpans",
        "xray:PutSpansForIndexing",
    ]
    assert spans == segments


def test_x_ray_may_keep_spans_of_its_own_account_and_region_and_nothing_else() -> None:
    statement = only(span_policy_document("aws-cn", "cn-north-1", ACCOUNT)["Statement"])
    assert statement == {
        "Sid": "KeepSpans",
        "Effect": "Allow",
        "Principal": {"Service": "xray.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": [
            f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:aws/spans:*",
            f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:/aws/application-signals/data:*",
        ],
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws-cn:xray:cn-north-1:{ACCOUNT}:*"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
    }


def test_only_the_daemon_s_service_account_in_its_cluster_may_take_its_role() -> None:
    statement = only(pod_identity_trust_document(CLUSTER_ARN, "xray", "daemon")["Statement"])
    assert statement == {
        "Sid": "BecomeByPodIdentity",
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {
                "aws:RequestTag/eks-cluster-arn": CLUSTER_ARN,
                "aws:RequestTag/kubernetes-namespace": "xray",
                "aws:RequestTag/kubernetes-service-account": "daemon",
            }
        },
    }


@pytest.mark.parametrize("dns_suffix", ["amazonaws.com", "amazonaws.com.cn"])
def test_only_ec2_may_take_the_nodes_role(dns_suffix: str) -> None:
    principal = {"Service": f"ec2.{dns_suffix}"}
    assert node_trust_document(dns_suffix)["Statement"] == [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    ]


def test_only_tokens_of_the_daemon_s_service_account_in_its_cluster_get_its_role() -> None:
    statement = only(irsa_trust_document(PROVIDER_ARN, "xray", "daemon")["Statement"])
    assert statement == {
        "Sid": "BecomeByToken",
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER_ARN},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                "oidc.eks.cn-north-1.amazonaws.com.cn/id/0A:aud": "sts.amazonaws.com",
                "oidc.eks.cn-north-1.amazonaws.com.cn/id/0A:sub": (
                    "system:serviceaccount:xray:daemon"
                ),
            }
        },
    }


@pytest.mark.parametrize(
    ("credentials", "actions"),
    [
        (Credentials.POD_IDENTITY, ["sts:AssumeRole", "sts:TagSession"]),
        (Credentials.IRSA, ["sts:AssumeRole"]),
        (Credentials.NODE_ROLE, ["sts:AssumeRole"]),
    ],
)
def test_who_writes_as_another_role_may_become_that_role_and_nothing_else(
    credentials: Credentials, actions: list[str]
) -> None:
    writer = "arn:aws:iam::111111111111:role/writer"
    statement = only(become_role_policy_document(writer, credentials)["Statement"])
    assert statement == {
        "Sid": "BecomeWriter",
        "Effect": "Allow",
        "Action": actions,
        "Resource": writer,
    }


def test_other_accounts_may_pull_an_image_and_nothing_else() -> None:
    document = repository_policy_document("aws-cn", ["111111111111", "000000000000"])
    assert only(document["Statement"]) == {
        "Sid": "PullFromOtherAccounts",
        "Effect": "Allow",
        "Principal": {
            "AWS": ["arn:aws-cn:iam::111111111111:root", "arn:aws-cn:iam::000000000000:root"]
        },
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
    }


def test_every_policy_document_has_the_version_that_knows_conditions() -> None:
    documents: list[Any] = [
        write_policy_document(),
        pod_identity_trust_document(CLUSTER_ARN, "xray", "daemon"),
        irsa_trust_document(PROVIDER_ARN, "xray", "daemon"),
        become_role_policy_document(CLUSTER_ARN, Credentials.IRSA),
        repository_policy_document("aws", ["111111111111"]),
        node_trust_document("amazonaws.com"),
        span_policy_document("aws", "eu-west-1", ACCOUNT),
    ]
    assert {document["Version"] for document in documents} == {"2012-10-17"}


def test_old_images_expire_and_untagged_ones_soon() -> None:
    untagged, old = lifecycle_policy_document()["rules"]
    assert untagged["selection"] == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 1,
    }
    assert old["selection"] == {
        "tagStatus": "any",
        "countType": "imageCountMoreThan",
        "countNumber": 10,
    }
    # ECR wants the rule for any image to come last.
    assert untagged["rulePriority"] < old["rulePriority"]
    assert untagged["action"] == old["action"] == {"type": "expire"}


def test_a_kubeconfig_asks_the_aws_cli_for_a_token_of_the_cluster_s_region() -> None:
    certificate = base64.b64encode(b"certificate").decode()
    config = json.loads(
        kubeconfig_for("shop", CLUSTER_ARN, "https://shop.example.com", certificate)
    )

    context = only(config["contexts"])
    cluster, user = only(config["clusters"]), only(config["users"])
    assert config["current-context"] == context["name"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert cluster["cluster"] == {
        "server": "https://shop.example.com",
        "certificate-authority-data": certificate,
    }
    assert user["user"]["exec"] == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", "cn-north-1", "eks", "get-token", "--cluster-name", "shop"],
    }


def test_an_application_is_traced_with_three_variables() -> None:
    assert trace_environment("checkout", "xray-service.xray:2000") == [
        {"name": "AWS_XRAY_DAEMON_ADDRESS", "value": "xray-service.xray:2000"},
        {"name": "AWS_XRAY_TRACING_NAME", "value": "checkout"},
        {"name": "AWS_XRAY_CONTEXT_MISSING", "value": "LOG_ERROR"},
    ]
