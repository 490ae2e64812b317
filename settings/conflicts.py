"""Settings that are right alone and wrong together."""

from collections.abc import Iterator, Sequence

from components import Credentials, ImageSource

from .model import Settings
from .problems import Problem, shown

POD_IDENTITY_SINCE = (3, 6, 1)
"""The first daemon whose AWS SDK knows Pod Identity and takes no proxy there (FACTS, 1.3, 4)."""


def conflicts(settings: Settings) -> Iterator[tuple[frozenset[str], Problem]]:
    """Yields each conflict, with the keys of all the settings that make it."""
    yield from _node_role(settings)
    yield from _new_cluster_only(settings)
    yield from _pod_identity(settings)
    yield from _public_image(settings)
    rules, groups = settings.sampling_rules, settings.trace_groups
    yield from _duplicates("samplingRules", "name", [rule.name for rule in rules])
    yield from _duplicates("samplingRules", "priority", [rule.priority for rule in rules])
    yield from _duplicates("traceGroups", "name", [group.name for group in groups])


def _node_role(settings: Settings) -> Iterator[tuple[frozenset[str], Problem]]:
    keys = frozenset({"clusterName", "credentials", "nodeRoleName"})
    adopted = settings.cluster_name is not None
    needed = adopted and settings.credentials == Credentials.NODE_ROLE
    if needed and settings.node_role_name is None:
        yield (
            keys,
            Problem(
                "nodeRoleName",
                "nodeRoleName is not set; it must be the name of the nodes' IAM role where "
                "clusterName is set and credentials is node-role.",
            ),
        )
    if not needed and settings.node_role_name is not None:
        yield (
            keys,
            Problem(
                "nodeRoleName",
                f"nodeRoleName is {shown(settings.node_role_name)}; it must be left out unless "
                "clusterName is set and credentials is node-role.",
            ),
        )


def _new_cluster_only(settings: Settings) -> Iterator[tuple[frozenset[str], Problem]]:
    if settings.cluster_name is not None and settings.kubernetes_version is not None:
        yield (
            frozenset({"clusterName", "kubernetesVersion"}),
            Problem(
                "kubernetesVersion",
                f"kubernetesVersion is {shown(settings.kubernetes_version)}; it must be left out "
                "where clusterName is set, since an adopted cluster is not changed.",
            ),
        )


def _pod_identity(settings: Settings) -> Iterator[tuple[frozenset[str], Problem]]:
    version = tuple(int(part) for part in settings.daemon_version.split("."))
    if settings.credentials == Credentials.POD_IDENTITY and version < POD_IDENTITY_SINCE:
        yield (
            frozenset({"credentials", "daemonVersion"}),
            Problem(
                "daemonVersion",
                f"daemonVersion is {shown(settings.daemon_version)}; it must be 3.6.1 or newer "
                "where credentials is pod-identity, which older daemons don't know.",
            ),
        )


def _public_image(settings: Settings) -> Iterator[tuple[frozenset[str], Problem]]:
    if settings.image_source != ImageSource.PUBLIC:
        return
    if settings.repository_name is not None:
        yield (
            frozenset({"imageSource", "repositoryName"}),
            Problem(
                "repositoryName",
                f"repositoryName is {shown(settings.repository_name)}; it must be left out where "
                "imageSource is public, which makes no repository.",
            ),
        )
    if settings.sample_services and settings.sample_image is None:
        yield (
            frozenset({"imageSource", "sampleServices", "sampleImage"}),
            Problem(
                "sampleImage",
                "sampleImage is not set; it must be the reference of an image where imageSource is "
                "public, which builds none, or sampleServices must be false.",
            ),
        )


def _duplicates(
    key: str, part: str, values: Sequence[str | int]
) -> Iterator[tuple[frozenset[str], Problem]]:
    for index, value in enumerate(values):
        first = values.index(value)
        if first < index:
            where = f"{key}[{index}].{part}"
            yield (
                frozenset({key}),
                Problem(
                    where,
                    f"{where} is {shown(value)}; it must differ from {key}[{first}].{part}, "
                    "which has that already.",
                ),
            )
