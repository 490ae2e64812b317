"""The short-lived pod that sends one marked trace from its node."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from string import Template
from typing import Any, Final

import yaml

from tools.lab.cluster import ApiServer, asking_to

RUN_SECONDS: Final = 18
"""How long a probe runs: it sends for 3 s, and waits for 3 s at each of three ports, and for an
answer there."""

MANIFEST: Final = Path(__file__).with_name("probe.yaml")


@dataclass(frozen=True)
class ProbeResult:
    """How a probe fared.

    Attributes:
        resolved: Whether the agent's name stands for an address on its node.
        closed: The agent's TCP ports at which nothing answered, and what happened there.
        error: What failed; empty where nothing did.
        sent: When it began to send, by the node's clock, in epoch seconds.
        not_run: Why the probe did not run; empty where it did.
    """

    resolved: bool = False
    closed: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str = ""
    sent: float = 0
    not_run: str = ""


def new_trace_id() -> str:
    """Returns the id of a trace that begins now (X-Ray developer guide, "Tracing header")."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


@dataclass(frozen=True)
class Probe:
    """A pod for one node, and the traces that it sends."""

    node: str
    name: str = field(default_factory=lambda: f"xray-verify-{secrets.token_hex(4)}")
    trace_id: str = field(default_factory=new_trace_id)
    span_trace_id: str = field(default_factory=new_trace_id)
    """Of the trace that it sends by OTLP, where the agent takes spans."""

    def manifest(self, image: str, host: str, ports: list[int]) -> dict[str, Any]:
        """Returns the pod: it runs on its node, whatever its taints, and without any right."""
        values = {**asdict(self), "image": image, "host": host, "ports": json.dumps(ports)}
        text = Template(MANIFEST.read_text(encoding="utf-8"))
        return yaml.safe_load(text.substitute({each: json.dumps(values[each]) for each in values}))


def result_of(api_server: ApiServer, namespace: str, probe: Probe) -> ProbeResult:
    """Returns how a probe in a namespace fared; waits for one that still runs."""
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        with asking_to(f"show pod {probe.name}"):
            status = api_server.core.read_namespaced_pod(probe.name, namespace).status
        why = "; ".join(each.message for each in status.conditions or [] if each.message)
        still_runs = False
        for container in status.container_statuses or []:
            ended, waiting = container.state.terminated, container.state.waiting
            if ended is not None:
                return read_result(ended.message, ended.reason or "")
            if waiting is not None and waiting.message:
                why = f"{waiting.reason}: {' '.join(waiting.message.split())}"
            still_runs = container.state.running is not None
        if not still_runs or time.monotonic() > deadline:
            return ProbeResult(not_run=why or "it said nothing")
        time.sleep(1)


def read_result(message: str | None, reason: str) -> ProbeResult:
    """Returns how a probe fared that has ended, from its termination message and the reason."""
    try:
        said: Mapping[str, Any] = json.loads(message or "")
        return ProbeResult(said["resolved"], said["closed"], said["error"], said["sent"])
    except (ValueError, KeyError, TypeError):
        return ProbeResult(not_run=reason or "it said nothing")
