"""Settings of the cluster, its nodes and its credentials that don't go together."""

from collections.abc import Iterator

from components import Architecture, Credentials
from components.architecture import architecture_of

from .disagreement import Disagreement, contrary, missing, unwanted
from .model import Settings

ADOPTED = {"clusterName", "kubeconfig"}
"""The settings by which a cluster that exists is named."""

NEW_CLUSTER_ONLY = (
    *("kubernetes_version", "auto_mode", "node_instance_types", "subnet_ids"),
    *("private_network", "public_access_cidrs", "protect_cluster"),
)
"""Settings that an adopted cluster leaves no meaning: they keep their defaults."""


def conflicts(settings: Settings) -> Iterator[Disagreement]:
    """Yields each conflict."""
    yield from _adopted_twice(settings)
    yield from _new_cluster_only(settings)
    yield from _node_role(settings)
    yield from _other_cluster(settings)
    yield from _auto_mode(settings)
    yield from _network(settings)
    yield from _architectures(settings)


def _adopted_twice(settings: Settings) -> Iterator[Disagreement]:
    if settings.cluster_name is not None and settings.kubeconfig is not None:
        yield unwanted(
            "clusterName",
            settings.cluster_name,
            {"kubeconfig"},
            "where kubeconfig is set, which leads to a cluster of its own",
        )


def _new_cluster_only(settings: Settings) -> Iterator[Disagreement]:
    if not settings.is_adopted():
        return
    for name in NEW_CLUSTER_ONLY:
        field, value = Settings.model_fields[name], getattr(settings, name)
        if value != field.get_default(call_default_factory=True):
            yield unwanted(
                str(field.alias),
                value,
                ADOPTED,
                "where clusterName or kubeconfig is set, since an adopted cluster is not changed",
            )


def _node_role(settings: Settings) -> Iterator[Disagreement]:
    needed = settings.is_adopted() and settings.credentials == Credentials.NODE_ROLE
    others = {*ADOPTED, "credentials"}
    if needed and settings.node_role_name is None:
        yield missing(
            "nodeRoleName",
            others,
            "the name of the nodes' IAM role where a cluster is adopted and credentials is "
            "node-role",
        )
    if not needed and settings.node_role_name is not None:
        yield unwanted(
            "nodeRoleName",
            settings.node_role_name,
            others,
            "unless a cluster is adopted and credentials is node-role",
        )


def _other_cluster(settings: Settings) -> Iterator[Disagreement]:
    other = settings.kubeconfig is not None
    if other and settings.credentials == Credentials.POD_IDENTITY:
        yield contrary(
            "credentials",
            settings.credentials.value,
            {"kubeconfig"},
            "irsa or node-role where kubeconfig is set, since EKS alone has Pod Identity",
        )
    if other and settings.vpc_endpoints:
        yield unwanted(
            "vpcEndpoints",
            [each.value for each in settings.vpc_endpoints],
            {"kubeconfig"},
            "where kubeconfig is set, which says nothing of the cluster's VPC",
        )
    needed = other and settings.credentials == Credentials.IRSA
    if needed and settings.oidc_provider_arn is None:
        yield missing(
            "oidcProviderArn",
            {"kubeconfig", "credentials"},
            "the ARN of the cluster's IAM OIDC provider where kubeconfig is set and credentials "
            "is irsa",
        )
    if not needed and settings.oidc_provider_arn is not None:
        yield unwanted(
            "oidcProviderArn",
            settings.oidc_provider_arn,
            {"kubeconfig", "credentials"},
            "unless kubeconfig is set and credentials is irsa",
        )


def _auto_mode(settings: Settings) -> Iterator[Disagreement]:
    if not settings.auto_mode:
        return
    if settings.credentials == Credentials.NODE_ROLE:
        yield contrary(
            "credentials",
            settings.credentials.value,
            {"autoMode"},
            "pod-identity or irsa where autoMode is true, whose nodes lend their role to no pod",
        )
    if settings.node_instance_types:
        yield unwanted(
            "nodeInstanceTypes",
            settings.node_instance_types,
            {"autoMode"},
            "where autoMode is true, since EKS chooses the instances then",
        )


def _network(settings: Settings) -> Iterator[Disagreement]:
    if settings.private_network and settings.subnet_ids:
        yield unwanted(
            "subnetIds",
            settings.subnet_ids,
            {"privateNetwork"},
            "where privateNetwork is true, which makes subnets of its own",
        )


def _architectures(settings: Settings) -> Iterator[Disagreement]:
    """What the nodes are and what the images are made for is the same."""
    have = {architecture_of(each) for each in settings.node_instance_types}
    wanted = {Architecture(each) for each in settings.architectures}
    if have and have != wanted and not settings.is_adopted():
        yield contrary(
            "architectures",
            [each.value for each in settings.architectures],
            {"nodeInstanceTypes", *ADOPTED},
            f"{_json_array(have)}, the architectures of nodeInstanceTypes",
        )


def _json_array(architectures: set[Architecture]) -> str:
    return "[" + ", ".join(f'"{each.value}"' for each in sorted(architectures)) + "]"
