"""Who the agent's pods are to AWS, and who else can assume its role.

Trust policies are judged here as AWS judges them. moto judges conditions only for users; here a
condition that is not met, or not known, refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from components.agent.service import AGENT_NAME
from components.choices import CredentialSource
from settings import Settings
from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.lab.fake_provider import FakeProvider

from ..agent_files import daemon_sets_of
from ..aws.cloud import Cloud

ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""By this EKS finds the role of a service account (EKS user guide, IRSA)."""

ASSOCIATION: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

ANOTHER: Final = "another"
"""Stands for a service account, a namespace or a cluster that is not the agent's."""


@dataclass(frozen=True)
class Identity:
    """A role, the way by which the agent's pods take it, and who else it let in that tried."""

    role_arn: str
    way: str
    others: Mapping[str, bool]
    impostors: list[str]
    """Those of the others who were let in, and are not to be."""

    @property
    def role_name(self) -> str:
        """Returns the role's name."""
        return role_name_in(self.role_arn)


@dataclass(frozen=True)
class Request:
    """Somebody who asks STS for a role, and what the role's trust policy has to allow."""

    principal_kind: str
    """`Service`, or `Federated` for whoever has a token."""

    principal: str
    actions: frozenset[str]
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
        return Request("Service", "pods.eks.amazonaws.com", actions, tags)

    def by_token(self) -> Request:
        """Returns how its pods ask for a role with their token (IRSA)."""
        issuer = self.oidc_provider_arn.partition(":oidc-provider/")[2]
        subject = f"system:serviceaccount:{self.namespace}:{self.name}"
        claims = {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}
        actions = frozenset({"sts:AssumeRoleWithWebIdentity"})
        return Request("Federated", self.oidc_provider_arn, actions, claims)

    def impostors(self) -> dict[str, "ServiceAccount"]:
        """Returns those who differ from it in one thing, by what that is."""
        cluster_arn, provider = self.cluster_arn, self.oidc_provider_arn
        elsewhere = {
            "cluster_arn": f"{cluster_arn}-{ANOTHER}",
            "oidc_provider_arn": f"{provider}-{ANOTHER}",
        }
        return {
            "another service account": replace(self, name=ANOTHER),
            "another namespace": replace(self, namespace=ANOTHER),
            "another cluster": replace(self, **elsewhere),
        }


BY_INSTANCE: Final = Request("Service", "ec2.amazonaws.com", frozenset({"sts:AssumeRole"}), {})
"""How EC2 asks for the role of an instance."""


def role_name_in(role_arn: str) -> str:
    """Returns the name of a role."""
    return role_arn.rsplit("/", 1)[-1]


def identify(
    cloud: Cloud, deployment: Deployment, settings: Settings, name: str = AGENT_NAME
) -> Identity:
    """Returns who the pods of a DaemonSet are, after others tried to assume the same role.

    Raises:
        ToolError: The pods have no role that trusts them.
    """
    account = _service_account(cloud, deployment, settings, name)
    role_arn, way, request = _role_of(cloud, deployment, settings, account)
    name = role_name_in(role_arn)
    trust = cloud.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    if not trusts(trust, request):
        raise ToolError(
            f"the agent's pods can't assume {name}: its trust policy does not allow "
            f"{request.principal} for {way}."
        )
    others = {"any pod of the node": trusts(trust, BY_INSTANCE)}
    if settings.credential_source == CredentialSource.NODE_ROLE:
        # Pods of other service accounts and namespaces are among them.
        return Identity(role_arn, way, others, [])
    for who, other in account.impostors().items():
        others[who] = trusts(trust, other.by_pod_identity()) or trusts(trust, other.by_token())
    return Identity(role_arn, way, others, [who for who, let_in in others.items() if let_in])


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


def _service_account(
    cloud: Cloud, deployment: Deployment, settings: Settings, daemon_set_name: str
) -> ServiceAccount:
    """Returns the service account of a DaemonSet's pods; a cluster that is not EKS has no ARN."""
    (daemon_set,) = daemon_sets_of(deployment.objects(), daemon_set_name)
    name, eks = str(deployment.outputs["clusterName"]), FakeProvider(cloud.region)
    if settings.kubeconfig is None:
        cluster_arn, issuer = eks.cluster(name)["arn"], eks.issuer(name).removeprefix("https://")
        provider_arn = cloud.iam_arn(f"oidc-provider/{issuer}")
    else:
        cluster_arn = f"{name}, which is no EKS cluster"
        provider_arn = settings.oidc_provider_arn or cloud.iam_arn(f"oidc-provider/{name}")
    return ServiceAccount(
        name=daemon_set["spec"]["template"]["spec"]["serviceAccountName"],
        namespace=daemon_set["metadata"]["namespace"],
        cluster_arn=cluster_arn,
        oidc_provider_arn=provider_arn,
    )


def _role_of(
    cloud: Cloud, deployment: Deployment, settings: Settings, account: ServiceAccount
) -> tuple[str, str, Request]:
    """Returns the role of the pods, the way by which they take it, and who asks for it."""
    owner = (account.namespace, account.name)
    name = f"service account {'/'.join(owner)}"
    cluster_name = account.cluster_arn.rsplit("/", 1)[-1]
    for inputs in (each.inputs for each in deployment.of_type(ASSOCIATION)):
        associated = inputs["clusterName"], inputs["namespace"], inputs["serviceAccount"]
        if associated == (cluster_name, *owner):
            return inputs["roleArn"], f"Pod Identity, as {name}", account.by_pod_identity()
    for metadata in (each["metadata"] for each in deployment.objects("ServiceAccount")):
        annotated = metadata.get("annotations", {}).get(ROLE_ANNOTATION)
        if annotated and (metadata["namespace"], metadata["name"]) == owner:
            provider = account.oidc_provider_arn
            known = cloud.client("iam").list_open_id_connect_providers()
            if {"Arn": provider} not in known["OpenIDConnectProviderList"]:
                raise ToolError(
                    "the agent's pods can't assume their role: there is no OIDC provider "
                    f"{provider}, which their tokens are from."
                )
            return annotated, f"its token (IRSA), as {name}", account.by_token()
    way, request = "the node's role", BY_INSTANCE
    for group in deployment.of_type("eks:index:ManagedNodeGroup"):
        return str(group.inputs["nodeRoleArn"]), way, request
    if settings.node_role_name is not None:
        return cloud.iam_arn(f"role/{settings.node_role_name}"), way, request
    raise ToolError(
        "the agent's pods have no role: there is no Pod Identity association for their service "
        "account, no role in its annotations, and the nodes' role is not known."
    )
