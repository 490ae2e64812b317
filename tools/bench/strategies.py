"""The DaemonSets whose rollouts are timed: ours, ours with a host port, and Kubernetes' default.

A pod of kwok's has no process. How long it takes to be ready and to stop is what the same pod takes
on a real node, divided by `SPEEDUP`, so that a rollout over 1,000 nodes ends within minutes. The
controllers and the scheduler are the cluster's own, and not sped up.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import yaml

from tools.lab.deployment import Manifest
from tools.lab.project import PROJECT

from .simulated_nodes import LABEL

NAMESPACE: Final = "xray-rollout"

SPEEDUP: Final = 10
"""How much faster than on a real node a pod is ready, and gone."""

READY_SECONDS: Final = 2
"""About what a daemon takes on a real node that has its image, until its pod is ready."""

FLUSH_SECONDS: Final = 1
"""About what a daemon takes on a real node from SIGTERM to its end."""

READY_AFTER: Final = "xray-bench/ready-after"
GONE_AFTER: Final = "xray-bench/gone-after"
"""Annotations of the pod that kwok_stages.yaml reads."""

DEFAULT: Final[Manifest] = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}
"""What Kubernetes sets where a DaemonSet says nothing (pkg/apis/apps/v1/defaults.go)."""


@dataclass(frozen=True)
class Strategy:
    """One way to replace the daemon's pods."""

    name: str
    daemon_set: Manifest


def strategies() -> tuple[Strategy, ...]:
    """Returns what is timed.

    The first two are as the stacks `dev` and `article` declare them. The default has the second's
    pod, which stops nine times sooner than the first's: it is what others deploy, and the pod that
    the default is fastest with.
    """
    host_port = _declared("article")
    return (
        Strategy("ours (surge 10 %)", _declared("dev")),
        Strategy("ours with host port (10 %)", host_port),
        Strategy("Kubernetes' default (1 node)", with_strategy(host_port, DEFAULT)),
    )


def with_strategy(daemon_set: Manifest, update: Manifest) -> Manifest:
    """Returns a DaemonSet that differs in its update strategy alone."""
    changed = deepcopy(daemon_set)
    changed["spec"]["updateStrategy"] = deepcopy(update)
    return changed


def _declared(stack: str) -> Manifest:
    """Returns the DaemonSet of a stack as it goes to the simulated nodes, and to no others."""
    file = PROJECT / f"tests/snapshots/rendered/{stack}/daemonset-xray-daemon.yaml"
    daemon_set: Manifest = yaml.safe_load(file.read_text(encoding="utf-8"))
    daemon_set["metadata"]["namespace"] = NAMESPACE
    template = daemon_set["spec"]["template"]
    template["spec"]["nodeSelector"] = {LABEL: "true"}
    template["metadata"]["annotations"] |= {
        READY_AFTER: _simulated(READY_SECONDS),
        GONE_AFTER: _simulated(_sleep_seconds(template["spec"]["containers"]) + FLUSH_SECONDS),
    }
    return daemon_set


def _sleep_seconds(containers: list[dict[str, Any]]) -> int:
    """Returns how long the pod waits before its containers are told to stop."""
    hooks = [each.get("lifecycle", {}).get("preStop", {}) for each in containers]
    return max(hook.get("sleep", {}).get("seconds", 0) for hook in hooks)


def _simulated(seconds: int) -> str:
    return f"{seconds * 1000 // SPEEDUP}ms"
