"""Who may become the daemon's role: the same answers that AWS gives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from components.access.policies import irsa_trust_document, pod_identity_trust_document
from components.cluster.nodes import node_trust_document
from tools.rehearsal.access.trust import Request, ServiceAccount, by_instance, trusts

DAEMON: Final = ServiceAccount(
    name="xray-daemon",
    namespace="xray",
    cluster_arn="arn:aws:eks:eu-west-1:123456789012:cluster/mine",
    oidc_provider_arn="arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/0A",
)

BY_POD_IDENTITY: Final = pod_identity_trust_document(DAEMON.cluster_arn, "xray", "xray-daemon")
BY_TOKEN: Final = irsa_trust_document(DAEMON.oidc_provider_arn, "xray", "xray-daemon")

WAYS: Final[Mapping[str, tuple[Mapping[str, Any], Request]]] = {
    "pod-identity": (BY_POD_IDENTITY, DAEMON.by_pod_identity()),
    "irsa": (BY_TOKEN, DAEMON.by_token()),
    "node-role": (node_trust_document("amazonaws.com"), by_instance("amazonaws.com")),
}


@pytest.mark.parametrize("way", WAYS)
def test_who_is_to_become_a_role_is_trusted(way: str) -> None:
    assert trusts(*WAYS[way])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("impostor", DAEMON.impostors())
def test_another_service_account_namespace_or_cluster_is_not(way: str, impostor: str) -> None:
    trust, _ = WAYS[way]
    other = DAEMON.impostors()[impostor]
    assert not trusts(trust, other.by_pod_identity())
    assert not trusts(trust, other.by_token())


def test_impostors_differ_from_the_daemon_in_one_thing_each() -> None:
    impostors = DAEMON.impostors().values()
    assert len(set(impostors)) == 3
    assert DAEMON not in impostors


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("other", WAYS)
def test_a_role_is_not_taken_by_another_way(way: str, other: str) -> None:
    trust, _ = WAYS[way]
    _, request = WAYS[other]
    assert trusts(trust, request) == (way == other)


@pytest.mark.parametrize("way", ["pod-identity", "irsa"])
def test_a_session_that_does_not_say_who_it_is_for_is_not_trusted(way: str) -> None:
    trust, request = WAYS[way]
    for key in request.context:
        fewer = {other: value for other, value in request.context.items() if other != key}
        assert not trusts(trust, replace(request, context=fewer))


def test_a_token_that_was_made_out_to_another_is_not_trusted() -> None:
    issuer = DAEMON.oidc_provider_arn.partition("/")[2]
    request = DAEMON.by_token()
    elsewhere = {**request.context, f"{issuer}:aud": "elsewhere.example.com"}
    assert not trusts(BY_TOKEN, replace(request, context=elsewhere))


def test_ec2_of_another_partition_is_not_trusted() -> None:
    trust, _ = WAYS["node-role"]
    assert not trusts(trust, by_instance("amazonaws.com.cn"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Action": "sts:GetCallerIdentity"},
        {"Condition": {"StringLike": {"aws:RequestTag/kubernetes-namespace": "*"}}},
        {"Principal": {"AWS": "*"}},
        {"Principal": "*"},
    ],
)
def test_a_statement_that_does_not_allow_it_does_not(way: str, change: dict[str, Any]) -> None:
    trust, request = WAYS[way]
    assert not trusts({"Statement": [{**trust["Statement"][0], **change}]}, request)
