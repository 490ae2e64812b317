"""Who the agent's pods are to AWS, and who else can become that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import Facts

from ..aws.cloud import Cloud
from .trust import Request, ServiceAccount, by_instance, trusts

ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""By this EKS finds the role of a service account (EKS user guide, IRSA)."""

ASSOCIATION: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


def role_name_in(role_arn: str) -> str:
    """Returns the name of a role."""
    return role_arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Identity:
    """A role, and the way by which the agent's pods take it."""

    role_arn: str
    way: str
    impostors: Mapping[str, bool]
    """Who else tried to take the role, and whether it let them in."""

    @property
    def role_name(self) -> str:
        """Returns the role's name."""
        return role_name_in(self.role_arn)


def identify(cloud: Cloud, deployment: Deployment, facts: Facts) -> Identity:
    """Returns who the agent's pods are, after others tried to become the same.

    Raises:
        ToolError: The pods have no role that trusts them.
    """
    account = _service_account(cloud, deployment, facts)
    role_arn, way, request = _role_of(cloud, deployment, facts, account)
    name = role_name_in(role_arn)
    trust: Mapping[str, Any] = cloud.client("iam").get_role(RoleName=name)["Role"][
        "AssumeRolePolicyDocument"
    ]
    if not trusts(trust, request):
        raise ToolError(
            f"the agent's pods can't become {name}: its trust policy does not allow "
            f"{request.principal} for {way}."
        )
    impostors = {
        who: any(trusts(trust, each) for each in (impostor.by_pod_identity(), impostor.by_token()))
        for who, impostor in account.impostors().items()
    }
    return Identity(role_arn, way, impostors)


def _service_account(cloud: Cloud, deployment: Deployment, facts: Facts) -> ServiceAccount:
    """Returns the service account of the agent's pods; a cluster that is not EKS has no ARN."""
    (daemon_set,) = deployment.objects("DaemonSet")
    name = str(deployment.outputs["clusterName"])
    if facts.kubeconfig:
        cluster_arn, issuer = f"{name}, which is no EKS cluster", facts.issuer or name
    else:
        eks = FakeProvider(cloud.region)
        cluster_arn, issuer = eks.cluster(name)["arn"], eks.issuer(name).removeprefix("https://")
    return ServiceAccount(
        name=daemon_set["spec"]["template"]["spec"]["serviceAccountName"],
        namespace=daemon_set["metadata"]["namespace"],
        cluster_arn=cluster_arn,
        oidc_provider_arn=cloud.iam_arn(f"oidc-provider/{issuer}"),
    )


def _role_of(
    cloud: Cloud, deployment: Deployment, facts: Facts, account: ServiceAccount
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
            _check_provider(cloud, account.oidc_provider_arn)
            return annotated, f"its token (IRSA), as {name}", account.by_token()
    way = "the node's role, as every pod on the node"
    return _node_role_arn(cloud, deployment, facts), way, by_instance(cloud.dns_suffix)


def _node_role_arn(cloud: Cloud, deployment: Deployment, facts: Facts) -> str:
    for resource in deployment.of_type("eks:index:ManagedNodeGroup"):
        return str(resource.inputs["nodeRoleArn"])
    if facts.node_role_name is not None:
        return cloud.iam_arn(f"role/{facts.node_role_name}")
    raise ToolError(
        "the agent's pods have no role: there is no Pod Identity association for their service "
        "account, no role in its annotations, and the nodes' role is not known."
    )


def _check_provider(cloud: Cloud, provider_arn: str) -> None:
    try:
        cloud.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn)
    except ClientError:
        raise ToolError(
            f"the agent's pods can't become their role: there is no OIDC provider {provider_arn}, "
            "which their tokens are from."
        ) from None
