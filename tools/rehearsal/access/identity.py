"""Who the daemon's pods are to AWS, and who else can become that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from tools.lab.arns import role_name_in
from tools.lab.deployment import Deployment, Manifest
from tools.lab.errors import ToolError
from tools.lab.project import Facts

from ..aws.cloud import Cloud
from .trust import Request, ServiceAccount, by_instance, trusts

ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""By this EKS finds the role of a service account (EKS user guide, IRSA)."""


@dataclass(frozen=True)
class Identity:
    """A role, and the way by which the daemon's pods take it."""

    role_arn: str
    way: str
    request: Request
    """Who takes the role for the pods."""

    trust_policy: Mapping[str, Any]
    """Whom the role trusts."""

    @property
    def role_name(self) -> str:
        """Returns the role's name."""
        return role_name_in(self.role_arn)


@dataclass(frozen=True)
class Impostor:
    """Somebody who is not the daemon, and whether the daemon's role lets them in."""

    name: str
    refused: bool


def identity_of_daemon(
    cloud: Cloud, deployment: Deployment, facts: Facts, account: ServiceAccount
) -> Identity:
    """Returns who the daemon's pods are.

    Args:
        cloud: Where their role is.
        deployment: What the program declared.
        facts: What the stack's settings say.
        account: The service account that they run as.

    Raises:
        ToolError: The pods have no role that trusts them.
    """
    name = f"service account {account.namespace}/{account.name}"
    associated = _associated_role(deployment, account)
    if associated is not None:
        return _trusted(cloud, associated, f"Pod Identity, as {name}", account.by_pod_identity())
    annotated = _annotated_role(deployment, account)
    if annotated is not None:
        _check_provider(cloud, account.oidc_provider_arn)
        return _trusted(cloud, annotated, f"its token (IRSA), as {name}", account.by_token())
    role_arn = _node_role_arn(cloud, deployment, facts.node_role_name)
    way = "the node's role, as every pod on the node"
    return _trusted(cloud, role_arn, way, by_instance(cloud.dns_suffix))


def try_impostors(identity: Identity, account: ServiceAccount) -> list[Impostor]:
    """Returns who else tried to become the daemon's role, each by token and by Pod Identity."""
    trust = identity.trust_policy
    return [
        Impostor(name, not any(trusts(trust, request) for request in _ways(impostor)))
        for name, impostor in account.impostors().items()
    ]


def _ways(account: ServiceAccount) -> tuple[Request, Request]:
    return account.by_pod_identity(), account.by_token()


def service_account_of_daemon(cloud: Cloud, deployment: Deployment, facts: Facts) -> ServiceAccount:
    """Returns the service account that the daemon's pods run as."""
    (daemon_set,) = deployment.objects("DaemonSet")
    cluster_arn, issuer = _cluster(cloud, deployment, facts)
    return ServiceAccount(
        name=daemon_set["spec"]["template"]["spec"]["serviceAccountName"],
        namespace=daemon_set["metadata"]["namespace"],
        cluster_arn=cluster_arn,
        oidc_provider_arn=cloud.iam_arn(f"oidc-provider/{issuer}"),
    )


def _cluster(cloud: Cloud, deployment: Deployment, facts: Facts) -> tuple[str, str]:
    """Returns the cluster's ARN and its OIDC issuer; one that is not EKS has no ARN."""
    name = str(deployment.outputs["clusterName"])
    if facts.kubeconfig:
        return f"{name}, which is no EKS cluster", facts.issuer or name
    cluster = cloud.client("eks").describe_cluster(name=name)["cluster"]
    return cluster["arn"], cluster["identity"]["oidc"]["issuer"].removeprefix("https://")


def _associated_role(deployment: Deployment, account: ServiceAccount) -> str | None:
    cluster_name = account.cluster_arn.rsplit("/", 1)[-1]
    for resource in deployment.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation"):
        inputs = resource.inputs
        if (inputs["clusterName"], inputs["namespace"], inputs["serviceAccount"]) == (
            cluster_name,
            account.namespace,
            account.name,
        ):
            return str(inputs["roleArn"])
    return None


def _annotated_role(deployment: Deployment, account: ServiceAccount) -> str | None:
    for manifest in deployment.objects("ServiceAccount"):
        metadata: Manifest = manifest["metadata"]
        if (metadata["namespace"], metadata["name"]) == (account.namespace, account.name):
            return metadata.get("annotations", {}).get(ROLE_ANNOTATION)
    return None


def _node_role_arn(cloud: Cloud, deployment: Deployment, node_role_name: str | None) -> str:
    for resource in deployment.of_type("eks:index:ManagedNodeGroup"):
        return str(resource.inputs["nodeRoleArn"])
    if node_role_name is not None:
        return cloud.iam_arn(f"role/{node_role_name}")
    raise ToolError(
        "the daemon's pods have no role: there is no Pod Identity association for their service "
        "account, no role in its annotations, and the nodes' role is not known."
    )


def _check_provider(cloud: Cloud, provider_arn: str) -> None:
    try:
        cloud.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn)
    except ClientError:
        raise ToolError(
            f"the daemon's pods can't become their role: there is no OIDC provider {provider_arn}, "
            "which their tokens are from."
        ) from None


def _trusted(cloud: Cloud, role_arn: str, way: str, request: Request) -> Identity:
    role = cloud.client("iam").get_role(RoleName=role_name_in(role_arn))["Role"]
    identity = Identity(role_arn, way, request, role["AssumeRolePolicyDocument"])
    if not trusts(identity.trust_policy, request):
        raise ToolError(
            f"the daemon's pods can't become {identity.role_name}: its trust policy does not allow "
            f"{request.principal} for {way}."
        )
    return identity
