"""Changes of settings of the daemon: its right, its image, its objects."""

from collections.abc import Mapping
from typing import Final

from .change import (
    ASSOCIATION,
    BUILT,
    CLUSTER,
    CONFIGURATION,
    COPY,
    DAEMON_SET,
    LAUNCH_TEMPLATE,
    LIFECYCLE,
    NAMESPACE,
    NETWORK_POLICY,
    NODE_ROLE_POLICY,
    POD_ROLE,
    POD_ROLE_POLICY,
    POLICY,
    REPOSITORY,
    SAMPLE_OBJECTS,
    SERVICE,
    SERVICE_ACCOUNT,
    Change,
)

_PROXY: Final = "http://proxy.example.com:3128"

_NAMESPACED: Final = frozenset(
    {ASSOCIATION, NAMESPACE, SERVICE_ACCOUNT, DAEMON_SET, SERVICE, NETWORK_POLICY, *SAMPLE_OBJECTS}
)


def _daemon_set(setting: str, value: object) -> Change:
    """Returns a change of the DaemonSet alone."""
    return Change({setting: value}, touched=frozenset({DAEMON_SET}))


OF_DAEMON: Final[Mapping[str, Change]] = {
    "credentials": Change(
        {"credentials": "irsa"},
        # The cluster gets an OIDC provider, and the account names its role.
        touched=frozenset({CLUSTER, POD_ROLE, DAEMON_SET, NETWORK_POLICY, SERVICE_ACCOUNT}),
        removed=frozenset({ASSOCIATION}),
    ),
    "credentials (node-role)": Change(
        {"credentials": "node-role"},
        # Instance metadata is a hop further from pods than from their node.
        touched=frozenset({LAUNCH_TEMPLATE, DAEMON_SET, NETWORK_POLICY}),
        made=frozenset({NODE_ROLE_POLICY}),
        removed=frozenset({ASSOCIATION, POD_ROLE, POD_ROLE_POLICY}),
    ),
    "policyName": Change(
        {"policyName": "writers"},
        touched=frozenset({POLICY, POD_ROLE_POLICY, DAEMON_SET}),
        replaced=frozenset({POLICY, POD_ROLE_POLICY}),
    ),
    "assumeRoleArn": Change(
        {"assumeRoleArn": "arn:aws:iam::111111111111:role/writer"},
        touched=frozenset({POLICY, DAEMON_SET}),
    ),
    "namespace": Change(
        {"namespace": "tracing"},
        touched=_NAMESPACED | {POD_ROLE},
        replaced=_NAMESPACED,
    ),
    "imageSource": Change(
        {"imageSource": "mirror"},
        touched=frozenset({DAEMON_SET}),
        made=frozenset({COPY}),
        removed=frozenset({BUILT}),
    ),
    # The digest is known once it is built: the DaemonSet follows then.
    "daemonVersion": Change({"daemonVersion": "3.6.5"}, touched=frozenset({BUILT})),
    "daemonDigest": Change(
        {"daemonDigest": f"sha256:{'0f' * 32}"},
        touched=frozenset({COPY, DAEMON_SET}),
        before={"imageSource": "mirror"},
    ),
    "repositoryName": Change(
        {"repositoryName": "xray-daemon"},
        touched=frozenset({REPOSITORY, LIFECYCLE, BUILT, DAEMON_SET}),
        replaced=frozenset({REPOSITORY, LIFECYCLE}),
    ),
    "pullAccounts": Change(
        {"pullAccounts": ["111111111111"]},
        made=frozenset({"aws:RepositoryPolicy xray-daemon-policy"}),
    ),
    "logLevel": _daemon_set("logLevel", "debug"),
    "memoryLimitMebibytes": _daemon_set("memoryLimitMebibytes", 256),
    # A namespace that admits it, too.
    "hostPort": Change({"hostPort": True}, touched=frozenset({DAEMON_SET, NAMESPACE})),
    "nodeSelector": _daemon_set("nodeSelector", {"example.com/pool": "traced"}),
    "priorityClass": _daemon_set("priorityClass", "system-node-critical"),
    "extraArguments": _daemon_set("extraArguments", ["-a", "shop"]),
    "podAnnotations": _daemon_set("podAnnotations", {"team": "shop"}),
    "labels": Change(
        {"labels": {"team": "shop"}},
        touched=frozenset({DAEMON_SET, SERVICE, NETWORK_POLICY, NAMESPACE, SERVICE_ACCOUNT}),
    ),
    "routing": Change({"routing": "prefer-zone"}, touched=frozenset({SERVICE})),
    "ingressNamespaces": Change(
        {"ingressNamespaces": ["xray"]}, touched=frozenset({NETWORK_POLICY})
    ),
    "proxyUrl": Change({"proxyUrl": _PROXY}, touched=frozenset({DAEMON_SET, NETWORK_POLICY})),
    "noProxy": Change(
        {"noProxy": [".example.org"]},
        touched=frozenset({DAEMON_SET}),
        before={"proxyUrl": _PROXY},
    ),
    "ipFamily": Change(
        {"ipFamily": "ipv6"},
        touched=frozenset({DAEMON_SET, SERVICE, NETWORK_POLICY}),
        before={"clusterName": "shop", "sampleServices": False},
    ),
    "ipFamily (dual-stack)": Change(
        {"ipFamily": "dual-stack"},
        touched=frozenset({DAEMON_SET, SERVICE, NETWORK_POLICY}),
        before={"clusterName": "shop", "sampleServices": False},
    ),
    "backend": Change(
        {"backend": "collector"},
        # The image comes from elsewhere, so that it is another resource, in the same repository.
        touched=frozenset({DAEMON_SET, SERVICE, NETWORK_POLICY}),
        made=frozenset({COPY, CONFIGURATION}),
        removed=frozenset({BUILT}),
    ),
}
"""By the setting's name."""
