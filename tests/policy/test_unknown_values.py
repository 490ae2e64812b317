"""What a preview does not know yet is no violation; what is known beside it is judged."""

from typing import Any, Final

import pytest
from pulumi.runtime import rpc

from policy.rules import Resource, resource_of_urn
from policy.rules.values import UNKNOWN
from tests.policy.judging import said
from tests.policy.test_odd_pods import OF_CONTAINERS, OF_PODS

STATEMENT: Final = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": UNKNOWN}
UNKNOWN_CONTEXT: Final = {"allowPrivilegeEscalation": UNKNOWN, "procMount": UNKNOWN}
UNKNOWN_CONTAINER: Final = {
    "image": UNKNOWN,
    "ports": [{"hostPort": UNKNOWN}],
    "securityContext": {**UNKNOWN_CONTEXT, "capabilities": {"drop": [UNKNOWN]}},
}
UNKNOWN_KEY: Final = {"encryptionType": UNKNOWN}
POLICY: Final = "aws:iam/policy:Policy"
ROLE: Final = "aws:iam/role:Role"
REPOSITORY: Final = "aws:ecr/repository:Repository"
CLUSTER: Final = "aws:eks/cluster:Cluster"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"


def workload(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        (POLICY, {"policy": UNKNOWN}),
        (POLICY, {"policy": {"Statement": [STATEMENT, UNKNOWN]}}),
        (ROLE, {"inlinePolicies": UNKNOWN, "managedPolicyArns": UNKNOWN, "tags": UNKNOWN}),
        (ROLE, {"inlinePolicies": [{"policy": UNKNOWN}], "managedPolicyArns": [UNKNOWN]}),
        (REPOSITORY, {"imageTagMutability": UNKNOWN, "encryptionConfigurations": UNKNOWN}),
        (REPOSITORY, {"imageTagMutability": UNKNOWN, "encryptionConfigurations": [UNKNOWN_KEY]}),
        (CLUSTER, {"vpcConfig": UNKNOWN}),
        (CLUSTER, {"vpcConfig": {"endpointPublicAccess": UNKNOWN}}),
        *((CLUSTER, {"vpcConfig": {"publicAccessCidrs": each}}) for each in (UNKNOWN, [UNKNOWN])),
        (DEPLOYMENT, {"spec": UNKNOWN}),
        (DEPLOYMENT, workload(containers=UNKNOWN, volumes=UNKNOWN)),
        (DEPLOYMENT, workload(hostNetwork=UNKNOWN, containers=[{"securityContext": UNKNOWN}])),
        (DEPLOYMENT, workload(securityContext=UNKNOWN, containers=[UNKNOWN_CONTAINER])),
        (RELEASE, {"values": UNKNOWN}),
        (RELEASE, {"values": {"image": {"repository": UNKNOWN, "tag": "1"}, "hostPort": UNKNOWN}}),
    ],
)
def test_what_is_unknown_is_no_violation(resource_type: str, properties: dict[str, Any]) -> None:
    assert (
        said(Resource(resource_type, "shop", {"tags": {"environment": "a"}, **properties}, "prod"))
        == []
    )


def test_what_is_known_beside_it_is_judged() -> None:
    container = {"name": UNKNOWN, "image": UNKNOWN, "securityContext": {**OF_PODS, **OF_CONTAINERS}}
    spec = workload(containers=[container, {**container, "image": "shop:1"}])
    assert said(Resource(DEPLOYMENT, "shop", {"metadata": {"name": UNKNOWN}, **spec})) == [
        "Deployment shop runs shop:1 in a container; its image must end in a digest, @sha256:…."
    ]


def test_an_unknown_of_pulumi_s_is_known_as_one() -> None:
    assert rpc.UNKNOWN == UNKNOWN


def test_a_urn_tells_the_stack_and_what_a_resource_is_in() -> None:
    urn = "urn:pulumi:prod::shop::eks:index:Cluster$aws:iam/role:Role::web::role"
    expected = Resource("aws:iam/role:Role", "web::role", {}, "prod", ("eks:index:Cluster",))
    assert resource_of_urn(urn, {}) == expected
