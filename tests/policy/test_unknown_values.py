"""What a preview does not know yet is no violation; what is known beside it is judged."""

from typing import Any, Final

import pytest

from policy.rules import RULES, Resource, resource_of_urn
from policy.rules.values import UNKNOWNS
from tests.policy.judging import rule

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
TAGS: Final = {"tags": {"environment": "dev"}}
STATEMENT: Final = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": UNKNOWN}
CONTEXT: Final = {
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}


def workload(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("aws:iam/policy:Policy", {"policy": UNKNOWN, **TAGS}),
        ("aws:iam/policy:Policy", {"policy": {"Statement": UNKNOWN}, **TAGS}),
        ("aws:iam/policy:Policy", {"policy": {"Statement": [STATEMENT, UNKNOWN]}, **TAGS}),
        ("aws:iam/role:Role", {"inlinePolicies": UNKNOWN, "tags": UNKNOWN}),
        ("aws:iam/role:Role", {"inlinePolicies": [{"policy": UNKNOWN}], "tags": UNKNOWN}),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"policyArn": UNKNOWN}),
        (
            "aws:ecr/repository:Repository",
            {"imageTagMutability": UNKNOWN, "encryptionConfigurations": UNKNOWN, **TAGS},
        ),
        (
            "aws:ecr/repository:Repository",
            {
                "imageTagMutability": "IMMUTABLE",
                "encryptionConfigurations": [{"encryptionType": UNKNOWN}],
                **TAGS,
            },
        ),
        ("aws:eks/cluster:Cluster", {"vpcConfig": UNKNOWN, **TAGS}),
        ("aws:eks/cluster:Cluster", {"vpcConfig": {"endpointPublicAccess": UNKNOWN}, **TAGS}),
        ("aws:eks/cluster:Cluster", {"vpcConfig": {"publicAccessCidrs": UNKNOWN}, **TAGS}),
        ("aws:eks/cluster:Cluster", {"vpcConfig": {"publicAccessCidrs": [UNKNOWN]}, **TAGS}),
        ("kubernetes:apps/v1:Deployment", {"spec": UNKNOWN}),
        ("kubernetes:apps/v1:Deployment", workload(containers=UNKNOWN, volumes=UNKNOWN)),
        (
            "kubernetes:apps/v1:Deployment",
            workload(hostNetwork=UNKNOWN, containers=[{"securityContext": UNKNOWN}]),
        ),
        (
            "kubernetes:apps/v1:Deployment",
            workload(
                securityContext=UNKNOWN,
                containers=[
                    {
                        "image": UNKNOWN,
                        "ports": [{"hostPort": UNKNOWN}],
                        "securityContext": {
                            "allowPrivilegeEscalation": UNKNOWN,
                            "capabilities": {"drop": [UNKNOWN]},
                            "procMount": UNKNOWN,
                        },
                    }
                ],
            ),
        ),
        ("kubernetes:helm.sh/v3:Release", {"values": UNKNOWN}),
        (
            "kubernetes:helm.sh/v3:Release",
            {"values": {"image": {"repository": UNKNOWN, "tag": "1"}, "hostPort": UNKNOWN}},
        ),
    ],
)
def test_what_is_unknown_is_no_violation(resource_type: str, properties: dict[str, Any]) -> None:
    resource = Resource(resource_type, "shop", properties, "prod")
    assert [each.violations(resource) for each in RULES] == [[] for _ in RULES]


def test_what_is_known_beside_it_is_judged() -> None:
    container = {"name": UNKNOWN, "image": UNKNOWN, "securityContext": CONTEXT}
    other = {**container, "image": "shop:1"}
    resource = Resource(
        "kubernetes:apps/v1:Deployment",
        "shop",
        {"metadata": {"name": UNKNOWN}, **workload(containers=[container, other])},
    )
    assert rule("image-digests").violations(resource) == [
        "Deployment shop runs shop:1 in a container; its image must end in a digest, @sha256:…."
    ]
    assert rule("restricted-security-context").violations(resource) == []


def test_every_unknown_of_pulumi_s_is_known_as_one() -> None:
    from pulumi.runtime import rpc

    assert rpc.UNKNOWN in UNKNOWNS
    assert len(UNKNOWNS) == 7


def test_a_urn_tells_the_stack_and_what_a_resource_is_in() -> None:
    urn = "urn:pulumi:prod::shop::eks:index:Cluster$aws:iam/role:Role::web::role"
    resource = resource_of_urn(urn, {})
    assert (resource.stack, resource.type, resource.name, resource.inside) == (
        "prod",
        "aws:iam/role:Role",
        "web::role",
        ("eks:index:Cluster",),
    )
