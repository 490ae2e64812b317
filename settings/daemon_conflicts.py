"""Settings of the daemon and its network that don't go together."""

from collections.abc import Iterator
from typing import Final

from components import IpFamily, Routing

from .cluster_conflicts import ADOPTED
from .disagreement import Disagreement, contrary, unwanted
from .model import Settings

PROXY_SINCE: Final = (3, 6, 1)
"""The first daemon that every source of credentials is found by where there is a proxy: 3.4.0 and
3.6.0 ask the node's metadata through it (aws/aws-xray-daemon, issue 255)."""

PREFER_NODE_SINCE: Final = (1, 34)
"""The first Kubernetes that knows `PreferSameNode` without being told to (KEP-3015)."""


def conflicts(settings: Settings) -> Iterator[Disagreement]:
    """Yields each conflict."""
    yield from _proxy(settings)
    yield from _routing(settings)
    yield from _ip_family(settings)
    yield from _ingress(settings)


def _proxy(settings: Settings) -> Iterator[Disagreement]:
    if settings.proxy_url is None and settings.no_proxy:
        yield unwanted("noProxy", settings.no_proxy, {"proxyUrl"}, "unless proxyUrl is set")
    if settings.proxy_url is not None and settings.daemon_release() < PROXY_SINCE:
        yield contrary(
            "daemonVersion",
            settings.daemon_version,
            {"proxyUrl"},
            "3.6.1 or newer where proxyUrl is set, since older daemons may look for the node's "
            "metadata behind the proxy",
        )


def _routing(settings: Settings) -> Iterator[Disagreement]:
    if settings.routing != Routing.PREFER_NODE or settings.kubernetes_version is None:
        return
    version = tuple(int(part) for part in settings.kubernetes_version.split("."))
    if version < PREFER_NODE_SINCE:
        yield contrary(
            "routing",
            settings.routing.value,
            {"kubernetesVersion"},
            "node or prefer-zone where kubernetesVersion is older than 1.34, which does not know "
            "prefer-node",
        )


def _ip_family(settings: Settings) -> Iterator[Disagreement]:
    if settings.ip_family != IpFamily.IPV4 and not settings.is_adopted():
        yield contrary(
            "ipFamily",
            settings.ip_family.value,
            ADOPTED,
            "ipv4 unless clusterName or kubeconfig is set, since a new cluster has IPv4 alone",
        )


def _ingress(settings: Settings) -> Iterator[Disagreement]:
    namespaces = settings.ingress_namespaces
    if settings.sample_services and namespaces and settings.namespace not in namespaces:
        yield contrary(
            "ingressNamespaces",
            namespaces,
            {"namespace", "sampleServices"},
            f"an array with {settings.namespace} in it where sampleServices is true, whose "
            "services are there",
        )
