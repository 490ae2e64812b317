"""Who can become a role: a role's trust policy, judged as AWS judges it.

moto judges conditions only for users; here a condition that is not met, or not known, refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

POD_IDENTITY_PRINCIPAL: Final = "pods.eks.amazonaws.com"
IRSA_AUDIENCE: Final = "sts.amazonaws.com"

ANOTHER: Final = "another"
"""Stands for a service account, a namespace or a cluster that is not the agent's."""


@dataclass(frozen=True)
class Request:
    """Somebody who asks STS for a role."""

    principal_kind: str
    """`Service`, or `Federated` for whoever has a token."""

    principal: str
    actions: frozenset[str]
    """What the role's trust policy has to allow."""

    context: Mapping[str, str]
    """What the trust policy's conditions can ask for."""


@dataclass(frozen=True)
class ServiceAccount:
    """A service account of a cluster, by what AWS knows of it."""

    name: str
    namespace: str
    cluster_arn: str
    oidc_provider_arn: str

    def by_pod_identity(self) -> Request:
        """Returns how EKS Pod Identity asks for its role (EKS user guide, pod-id-abac)."""
        tags = {
            "aws:RequestTag/eks-cluster-arn": self.cluster_arn,
            "aws:RequestTag/kubernetes-namespace": self.namespace,
            "aws:RequestTag/kubernetes-service-account": self.name,
        }
        actions = frozenset({"sts:AssumeRole", "sts:TagSession"})
        return Request("Service", POD_IDENTITY_PRINCIPAL, actions, tags)

    def by_token(self) -> Request:
        """Returns how its pods ask for a role with their token (IRSA)."""
        issuer = self.oidc_provider_arn.partition(":oidc-provider/")[2]
        subject = f"system:serviceaccount:{self.namespace}:{self.name}"
        claims = {f"{issuer}:aud": IRSA_AUDIENCE, f"{issuer}:sub": subject}
        actions = frozenset({"sts:AssumeRoleWithWebIdentity"})
        return Request("Federated", self.oidc_provider_arn, actions, claims)

    def impostors(self) -> dict[str, "ServiceAccount"]:
        """Returns those who differ from it in one thing, by what that is."""
        return {
            "another service account": replace(self, name=ANOTHER),
            "another namespace": replace(self, namespace=ANOTHER),
            "another cluster": replace(
                self,
                cluster_arn=f"{self.cluster_arn}-{ANOTHER}",
                oidc_provider_arn=f"{self.oidc_provider_arn}-{ANOTHER}",
            ),
        }


def by_instance(dns_suffix: str) -> Request:
    """Returns how EC2, which has another name in China, asks for the role of an instance."""
    return Request("Service", f"ec2.{dns_suffix}", frozenset({"sts:AssumeRole"}), {})


def trusts(trust_policy: Mapping[str, Any], request: Request) -> bool:
    """Returns whether a role's trust policy lets somebody take the role."""
    return any(_allows(statement, request) for statement in trust_policy["Statement"])


def _allows(statement: Mapping[str, Any], request: Request) -> bool:
    principal, condition = statement.get("Principal"), statement.get("Condition", {})
    return (
        statement["Effect"] == "Allow"
        and isinstance(principal, dict)
        and request.principal in _as_list(principal.get(request.principal_kind))
        and request.actions <= set(_as_list(statement["Action"]))
        and not set(condition) - {"StringEquals"}
        and all(
            request.context.get(key) in _as_list(values)
            for key, values in condition.get("StringEquals", {}).items()
        )
    )


def _as_list(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else [value]
