"""Who may become the daemon's role: the same answers that AWS gives."""

from typing import Any

import pytest

from components.write_policy import pod_identity_trust_document
from rehearsal.identity import NODE_PRINCIPAL, POD_IDENTITY_PRINCIPAL, trusts

CLUSTER = "arn:aws:eks:eu-west-1:123456789012:cluster/mine"
TRUST = pod_identity_trust_document(CLUSTER, "xray", "xray-daemon")
TAGS = {
    "eks-cluster-arn": CLUSTER,
    "kubernetes-namespace": "xray",
    "kubernetes-service-account": "xray-daemon",
}


def test_the_daemons_service_account_is_trusted() -> None:
    assert trusts(TRUST, POD_IDENTITY_PRINCIPAL, TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_another_cluster_namespace_or_service_account_is_not(tag: str) -> None:
    assert not trusts(TRUST, POD_IDENTITY_PRINCIPAL, {**TAGS, tag: "another"})


@pytest.mark.parametrize("tag", TAGS)
def test_a_session_that_does_not_say_who_it_is_for_is_not(tag: str) -> None:
    fewer = {key: value for key, value in TAGS.items() if key != tag}
    assert not trusts(TRUST, POD_IDENTITY_PRINCIPAL, fewer)


def test_another_service_is_not() -> None:
    assert not trusts(TRUST, NODE_PRINCIPAL, TAGS)


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Action": "sts:AssumeRole"},
        {"Condition": {"StringLike": {"aws:RequestTag/kubernetes-namespace": "*"}}},
        {"Principal": {"AWS": "*"}},
    ],
)
def test_a_statement_that_does_not_allow_it_does_not(change: dict[str, Any]) -> None:
    statement = {**TRUST["Statement"][0], **change}
    assert not trusts({"Statement": [statement]}, POD_IDENTITY_PRINCIPAL, TAGS)
