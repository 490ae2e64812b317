"""Puts the program's objects on a cluster, with pods that reach AWS on this machine."""

import shlex
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from tools.lab.cluster import ApiServer
from tools.lab.deployment import Deployment, Manifest
from tools.lab.errors import ToolError

from ..agent_files import gateways_of
from ..report import Report
from ..stage import URL_OUTPUT, Agent, Stage, agent_addresses, traced_services
from .overlay import Overlay
from .waiting import await_pods

ROUTES_SECONDS: Final = 3
"""How long every node's kube-proxy may take to lead to pods that have become ready; it gathers
changes for a second, and nobody can be asked whether it is done."""

LOG_LINES: Final = 3
"""Lines of a pod's log that an error repeats."""

CONNECTIONS: Final = 32
"""Connections to the API server that are kept for the requests to Service-A."""


def set_stage_on_cluster(
    deployment: Deployment,
    agent: Agent,
    api_server: ApiServer,
    images: Mapping[str, str],
    report: Report,
) -> Stage:
    """Applies what the program declared and waits until every pod is ready."""
    overlay = Overlay(agent.endpoint, agent.credentials, images, agent.canary)
    manifests = overlay.apply(deployment.objects())
    with report.step(f"Applying {len(manifests)} objects to the cluster, to be deleted in the end"):
        gateways = gateways_of(manifests)
        for manifest in manifests:
            api_server.apply(manifest)
            if manifest in gateways:
                # As the program does it: a collector that looks for them too early has to wait
                # until the cluster's DNS forgets that there were none.
                await_pods(api_server, [manifest])
    workloads = [each for each in manifests if each["kind"] in ("DaemonSet", "Deployment")]
    with report.step("Waiting for the pods") as progress:
        await_pods(api_server, workloads, progress)
        time.sleep(ROUTES_SECONDS)
    pods = _Pods(api_server, workloads)
    path = path_through(str(deployment.outputs.get(URL_OUTPUT, "")))
    return Stage(
        url=api_server.client.configuration.host + path,
        services=traced_services(deployment.objects()),
        ask=f"kubectl --kubeconfig {shlex.quote(api_server.kubeconfig)} get --raw {path}",
        agent=agent_addresses(deployment.objects(), lambda _: "for its pods alone"),
        session=_session_for(api_server),
        check=pods.check,
        last_words=pods.last_words,
    )


def path_through(url: str) -> str:
    """Returns the path of an API server that leads to a URL such as `http://service-a.xray:8080`.

    An empty URL leads nowhere.
    """
    parts = urlsplit(url)
    if parts.hostname is None:
        return ""
    service, namespace = parts.hostname.split(".")[:2]
    proxy = f"/api/v1/namespaces/{namespace}/services/{service}:{parts.port}/proxy"
    return proxy + (parts.path or "/")


def _session_for(api_server: ApiServer) -> requests.Session:
    """Returns a session that the API server knows as the kubeconfig's user."""
    configuration: Any = api_server.client.configuration
    session = requests.Session()
    # Else a certificate authority named in the environment would stand in for the cluster's own.
    session.trust_env = False
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    session.verify = configuration.ssl_ca_cert or configuration.verify_ssl
    if configuration.cert_file:
        session.cert = (configuration.cert_file, configuration.key_file)
    for each in configuration.auth_settings().values():
        if each["in"] == "header" and each["value"]:
            session.headers[each["key"]] = each["value"]
    return session


def address_towards(api_server: ApiServer) -> str:
    """Returns the address of this machine that leads to the cluster's nodes."""
    addresses = [address for node in api_server.nodes() for address in node.status.addresses]
    internal = next((each.address for each in addresses if each.type == "InternalIP"), None)
    if internal is None:
        raise ToolError("the cluster has no node with an InternalIP.")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            # Sends nothing: the kernel only chooses the way.
            towards.connect((internal, 9))
            return towards.getsockname()[0]
        except OSError as error:
            raise ToolError(
                f"no way leads to the cluster's nodes ({error}): name the address of this machine "
                "that pods reach, by --reached-at."
            ) from None


@dataclass(frozen=True)
class _Pods:
    api_server: ApiServer
    workloads: Sequence[Manifest]

    def check(self) -> None:
        """Raises a ToolError where a container ended, and was started again."""
        for pod in self._all():
            for container in pod.status.container_statuses or []:
                if container.restart_count:
                    name = f"{container.name} of pod {pod.metadata.name}"
                    raise ToolError(f"{name} ended while it was traced.{self.last_words()}")

    def last_words(self) -> str:
        """Returns the last lines of the pods' logs, for the end of an error."""
        return "".join(
            f"\n{pod.metadata.name}: {line}"
            for pod in self._all()
            for line in self.api_server.log_of(pod, LOG_LINES).splitlines()
        )

    def _all(self) -> Sequence[Any]:
        return [pod for each in self.workloads for pod in self.api_server.pods_of(each)]
