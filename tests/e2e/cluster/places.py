"""An agent and its canary in a namespace of their own, so that each can fail in its own way."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

from kubernetes.client.exceptions import ApiException

from components.agent.service import AGENT_NAME
from components.canary.trace_canary import CANARY_NAME
from tests.e2e.cluster.x_ray_front import Front
from tests.support.program import containers_of, declare
from tools.lab.cluster import ApiServer
from tools.lab.deployment import Manifest
from tools.rehearsal.agent_files import gateways_of
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud
from tools.rehearsal.on_cluster.images import replacements
from tools.rehearsal.on_cluster.overlay import Overlay
from tools.rehearsal.on_cluster.waiting import await_pods


@cache
def images(agent: str) -> Mapping[str, str]:
    """Returns what the nodes have in the place of the images that pods name."""
    named = (os.environ.get(f"{each}IMAGE") or None for each in ("", "DAEMON_", "COLLECTOR_"))
    sample, daemon, collector = named
    on_nodes = collector if agent == "collector" else daemon
    deployment = declare("dev", agent=agent, traceCanary=True)
    return replacements(deployment, sample, on_nodes, collector, os.environ.get("LOAD"))


class Place:
    """One namespace, by whose name its cluster goes in metrics.

    Attributes:
        cloud: AWS on this machine.
        front: What its agent has in the place of X-Ray.
        manifests: Its objects, as they go to the cluster.
        comes_up: Whether its pods become ready.
    """

    def __init__(
        self,
        api_server: ApiServer,
        cloud: Cloud,
        address: str,
        name: str,
        settings: Mapping[str, Any],
    ) -> None:
        self.cloud, self.namespace, self.api_server = cloud, f"xray-{name}", api_server
        self.front = Front(address, cloud.endpoint)
        given: dict[str, Any] = {"agent": "both", **settings}
        given |= {"namespace": self.namespace, "clusterName": self.namespace}
        self._objects = declare("dev", traceCanary=True, **given).objects()
        self._images = images(given["agent"])
        self.comes_up, self._old = True, set[str]()
        self.lead(f"http://{self.front.at}")

    def lead(self, url: str, keys: AwsCredentials | None = None) -> None:
        """Leads the agent to an X-Ray API at a URL, with an administrator's keys or others."""
        own, objects = self.cloud.administrator, self._objects
        agents = Overlay(url, keys or own, self._images).apply(objects)
        canary = Overlay(self.cloud.endpoint, own, self._images, own).apply(objects)
        self.manifests = [each for each in agents if each["metadata"]["name"] != CANARY_NAME]
        for each in self.workloads:
            # Else a changed ConfigMap makes no new pods.
            each["spec"]["template"]["metadata"]["annotations"] = {"test": url}
        self.manifests += [each for each in canary if each["metadata"]["name"] == CANARY_NAME]
        # Of the program's own, without the sample services.
        self.manifests = [e for e in self.manifests if e["metadata"]["name"].startswith("xray")]
        for each in self.manifests:
            # A cause changes them in place (Kubernetes, ConfigMaps, immutable-configmaps).
            each.pop("immutable", None)
        for each in self.workloads:
            # Nothing here waits for the last traces.
            each["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
            for container in containers_of(each):
                container.pop("lifecycle", None)
                # There are many on a node, and a limit alone is a request too (Kubernetes,
                # manage-resources-containers).
                container["resources"]["requests"] = {"cpu": "1m", "memory": "1Mi"}

    @property
    def workloads(self) -> list[Manifest]:
        return [each for each in self.manifests if each["kind"] in ("DaemonSet", "Deployment")]

    @property
    def agent(self) -> Manifest:
        """The agent's DaemonSet."""
        return self.find("DaemonSet")

    @property
    def canary(self) -> Manifest:
        """The canary's DaemonSet."""
        return self.find("DaemonSet", CANARY_NAME)

    def find(self, kind: str, name: str = AGENT_NAME) -> Manifest:
        """Returns an object."""
        (found,) = (e for e in self.manifests if (e["kind"], e["metadata"]["name"]) == (kind, name))
        return found

    def set_variables(self, without: str = "", **variables: str) -> None:
        """Gives the agent's containers variables, without those whose names begin so."""
        for each in containers_of(self.agent):
            kept = [e for e in each["env"] if not (without and e["name"].startswith(without))]
            kept = [e for e in kept if e["name"] not in variables]
            each["env"] = kept + [{"name": e, "value": variables[e]} for e in variables]

    def apply(self) -> None:
        """Applies everything; what is behind a gateway that is not there yet would wait for it."""
        gateways = gateways_of(self.manifests)
        for each in self.manifests:
            self.api_server.apply(each)
            if each in gateways:
                await_pods(self.api_server, gateways)

    def close(self) -> None:
        self.front.server_close()

    def break_by(self, cause: Callable[["Place"], None]) -> None:
        """Makes a cause; pods of what it changes end at once."""
        before = deepcopy(self.manifests)
        cause(self)
        core, ended = self.api_server.core, {"grace_period_seconds": 0}
        for each in [each for each in self.manifests if each not in before]:
            self.api_server.apply(each)
            for pod in self.api_server.pods_of(each) if each in self.workloads else []:
                self._old.add(pod.metadata.uid)
                # Its controller may have deleted it.
                with suppress(ApiException):
                    core.delete_namespaced_pod(pod.metadata.name, self.namespace, **ended)

    def is_settled(self) -> bool:
        """Returns whether there are as many pods as there are to be, all new, and ready if ever."""
        return all(self._is_new(each) for each in self.workloads)

    def _is_new(self, workload: Manifest) -> bool:
        state, pods = self.api_server.state_of(workload), self.api_server.pods_of(workload)
        status, on_nodes = state["status"], workload["kind"] == "DaemonSet"
        wanted = status["desiredNumberScheduled"] if on_nodes else state["spec"]["replicas"]
        updated = status.get("updatedNumberScheduled" if on_nodes else "updatedReplicas", 0)
        ready = status.get("numberReady" if on_nodes else "readyReplicas", 0)
        return (
            len(pods) == wanted == updated
            and (ready == wanted or not self.comes_up)
            and status["observedGeneration"] == state["metadata"]["generation"]
            and all(each.status.phase == "Running" for each in pods)
            and self._old.isdisjoint(each.metadata.uid for each in pods)
        )
