"""Who may assume the agent's role: the same answers that AWS gives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from components.access.policies import irsa_trust_document, pod_identity_trust_document
from components.cluster.nodes import node_trust_document
from tools.rehearsal.access.identity import BY_INSTANCE, Request, ServiceAccount, trusts

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
    "node-role": (node_trust_document("aws"), BY_INSTANCE),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("other", WAYS)
def test_a_role_is_taken_by_its_own_way_alone(way: str, other: str) -> None:
    trust, _ = WAYS[way]
    _, request = WAYS[other]
    assert trusts(trust, request) == (way == other)


@pytest.mark.parametrize("way", WAYS)
def test_impostors_are_not_trusted(way: str) -> None:
    trust, _ = WAYS[way]
    impostors = DAEMON.impostors().values()
    assert len({DAEMON, *impostors}) == 4
    for other in impostors:
        assert not trusts(trust, other.by_pod_identity())
        assert not trusts(trust, other.by_token())


@pytest.mark.parametrize("way", ["pod-identity", "irsa"])
def test_a_request_that_lacks_or_changes_a_condition_is_refused(way: str) -> None:
    trust, request = WAYS[way]
    for key in request.context:
        fewer = {other: value for other, value in request.context.items() if other != key}
        assert not trusts(trust, replace(request, context=fewer))
        assert not trusts(trust, replace(request, context={**fewer, key: "another"}))


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
