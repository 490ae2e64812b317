"""The pod that runs on every node, whatever agent is in it, and its drain sentinel.

The rendered files have both pods as a whole.
"""

from typing import Any, Final

import pytest

from tests.support.agents import node_pod

every_agent = pytest.mark.parametrize("agent", ["daemon", "collector"])

READINESS_SECONDS: Final = 4
"""How long after the end of the sentinel its pod may still count as ready: two probes, and the time
that the kubelet, the API server and kube-proxy take."""


def affinity(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns what a pod asks of its node."""
    required = pod["affinity"]["node_affinity"][
        "required_during_scheduling_ignored_during_execution"
    ]
    (term,) = required["node_selector_terms"]
    return term["match_expressions"]


@every_agent
@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"architectures": ["arm64"]},
        {"node_selector": {"example.com/pool": "traced"}, "priority_class": "high"},
        {"host_port": True},
    ],
)
def test_a_pod_goes_to_every_linux_node_that_is_chosen(agent: str, inputs: dict[str, Any]) -> None:
    pod = node_pod(agent=agent, **inputs)
    chosen = inputs.get("node_selector", {})
    assert pod["node_selector"] == {**chosen, "kubernetes.io/os": "linux"}
    assert pod["tolerations"] == [{"operator": "Exists"}], "whatever a node's taints"
    assert pod.get("priority_class_name") == inputs.get("priority_class")
    not_fargate, *others = affinity(pod)
    assert not_fargate == {
        "key": "eks.amazonaws.com/compute-type",
        "operator": "NotIn",
        "values": ["fargate"],
    }
    assert [each["values"] for each in others] == (
        [inputs["architectures"]] if "architectures" in inputs else []
    )


@every_agent
def test_a_host_port_leads_to_port_2000_and_needs_no_sentinel(agent: str) -> None:
    pod, with_sentinel = node_pod(agent=agent, host_port=True), node_pod(agent=agent)
    (container,) = pod["containers"]
    on_host = {
        each["name"]: each["host_port"] for each in container["ports"] if "host_port" in each
    }
    assert on_host == {"segments": 2000, "proxy": 2000}
    assert "lifecycle" not in container, "no other pod is there to take over"
    assert _flush_seconds(pod) == _flush_seconds(with_sentinel) >= 10


@every_agent
def test_a_stopping_pod_is_unready_before_it_stops_listening(agent: str) -> None:
    container, sentinel = node_pod(agent=agent)["containers"]
    probe = sentinel["readiness_probe"]
    assert "lifecycle" not in sentinel, "it ends at once"
    assert probe["period_seconds"] * probe["failure_threshold"] <= 2
    assert container["lifecycle"]["pre_stop"]["sleep"]["seconds"] >= 2 * READINESS_SECONDS


def _flush_seconds(pod: dict[str, Any]) -> int:
    """Returns how long a pod may send once its agent is told to stop."""
    hook = pod["containers"][0].get("lifecycle", {"pre_stop": {"sleep": {"seconds": 0}}})
    return pod["termination_grace_period_seconds"] - hook["pre_stop"]["sleep"]["seconds"]
