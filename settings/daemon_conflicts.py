"""Settings of the daemon and its network that don't go together."""

from collections.abc import Iterator
from typing import Final

from components import Backend, IpFamily, Routing, Tracing

from .cluster_conflicts import ADOPTED
from .disagreement import Disagreement, contrary, unwanted
from .model import Settings

PROXY_SINCE: Final = (3, 6, 1)
"""The first daemon that every source of credentials is found by where there is a proxy: 3.4.0 and
3.6.0 ask the node's metadata through it (aws/aws-xray-daemon, issue 255)."""

KNOWN_SINCE: Final = {Routing.PREFER_NODE: "1.34", Routing.PREFER_ZONE: "1.31"}
"""The first Kubernetes that knows a routing without being told to (KEP-3015, KEP-4444)."""


def conflicts(settings: Settings) -> Iterator[Disagreement]:
    """Yields each conflict."""
    yield from _proxy(settings)
    yield from _routing(settings)
    yield from _ip_family(settings)
    yield from _ingress(settings)


def _proxy(settings: Settings) -> Iterator[Disagreement]:
    if settings.proxy_url is None and settings.no_proxy:
        yield unwanted("noProxy", settings.no_proxy, {"proxyUrl"}, "unless proxyUrl is set")
    old = settings.backend == Backend.DAEMON and settings.daemon_release() < PROXY_SINCE
    if settings.proxy_url is not None and old:
        yield contrary(
            "daemonVersion",
            settings.daemon_version,
            {"proxyUrl", "backend"},
            "3.6.1 or newer where proxyUrl is set, since older daemons may look for the node's "
            "metadata behind the proxy",
        )


def _routing(settings: Settings) -> Iterator[Disagreement]:
    since = KNOWN_SINCE.get(settings.routing)
    if since is None or settings.kubernetes_version is None:
        return
    if _version(settings.kubernetes_version) < _version(since):
        yield contrary(
            "routing",
            settings.routing.value,
            {"kubernetesVersion"},
            f"another where kubernetesVersion is older than {since}, which does not know it",
        )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _ip_family(settings: Settings) -> Iterator[Disagreement]:
    if settings.ip_family != IpFamily.IPV4 and not settings.is_adopted():
        yield contrary(
            "ipFamily",
            settings.ip_family.value,
            ADOPTED,
            "ipv4 unless clusterName or kubeconfig is set, since a new cluster has IPv4 alone",
        )
    by_sdk = Tracing.XRAY_SDK in (settings.service_a_tracing, settings.service_b_tracing)
    if settings.ip_family == IpFamily.IPV6 and settings.sample_services and by_sdk:
        yield contrary(
            "sampleServices",
            True,
            {"ipFamily", "serviceATracing", "serviceBTracing"},
            "false where ipFamily is ipv6 and serviceATracing or serviceBTracing is xray-sdk, "
            "since X-Ray's SDK for Python sends by IPv4 alone",
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
