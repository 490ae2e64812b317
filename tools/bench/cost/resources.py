"""What the pods of a set-up ask of a node, as their manifests say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from kubernetes.utils import parse_quantity

from components.agent.agents import DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB, Backend
from components.agent.collector.gateway import DEFAULT_GATEWAY_MEMORY_LIMIT_MIB
from components.agent.collector.program import collector_container, collector_pod_spec
from components.agent.daemon.program import daemon_pod_spec
from components.agent.trace_daemon import DEFAULT_MEMORY_LIMIT_MIB

from ..contenders import AWS_SAMPLES

GIB: Final = 1024**3


@dataclass(frozen=True)
class Requests:
    """What a pod asks for, and nothing else gets meanwhile."""

    cpus: float
    memory_gib: float

    def share(self, node_cpus: float, node_memory_gib: float) -> float:
        """Returns the share of a node that it takes: the larger one of its CPU and its memory."""
        return max(self.cpus / node_cpus, self.memory_gib / node_memory_gib)


def node_requests(backend: Backend) -> Requests:
    """Returns what the program's pod on each node asks for, its readiness gate included."""
    if backend == Backend.DAEMON:
        pod: Any = daemon_pod_spec(
            image="", region="", service_account="", memory_limit_mib=DEFAULT_MEMORY_LIMIT_MIB
        )
    else:
        pod = collector_pod_spec(
            image="",
            region="",
            service_account="",
            configuration="",
            memory_limit_mib=DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB,
        )
    return _requests_of(pod["containers"])


def gateway_requests() -> Requests:
    """Returns what each pod of the program's gateway asks for."""
    container: Any = collector_container(
        image="", ports=[], environment=[], memory_limit_mib=DEFAULT_GATEWAY_MEMORY_LIMIT_MIB
    )
    return _requests_of([container])


def article_requests() -> Requests:
    """Returns what the article's daemon asks for on each node (aws-samples/aws-xray-kubernetes)."""
    manifests = yaml.safe_load_all(AWS_SAMPLES.read_text(encoding="utf-8"))
    (daemon_set,) = (each for each in manifests if each["kind"] == "DaemonSet")
    return _requests_of(daemon_set["spec"]["template"]["spec"]["containers"])


def _requests_of(containers: Sequence[Any]) -> Requests:
    asked = [each["resources"]["requests"] for each in containers]
    return Requests(
        cpus=float(sum(parse_quantity(each["cpu"]) for each in asked)),
        memory_gib=float(sum(parse_quantity(each["memory"]) for each in asked)) / GIB,
    )
