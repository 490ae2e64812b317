"""The pod that runs on every node, whatever agent is in it, and its drain sentinel.

The rendered files have both pods as a whole.
"""

from typing import Any, Final

import pulumi
import pytest

from tests.support import agents
from tests.support.agents import BOTH

every_agent = pytest.mark.parametrize("agent", ["daemon", "collector", "both"])

READINESS_SECONDS: Final = 4
"""How long after the end of the sentinel its pod may still count as ready: two probes, and the time
that the kubelet, the API server and kube-proxy take."""


def node_pod(*, agent: str, **inputs: Any) -> dict[str, Any]:
    return agents.node_pod(**(BOTH if agent == "both" else {"agent": agent}), **inputs)


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
    ports = [port for container in pod["containers"] for port in container["ports"]]
    on_host = {each["name"]: each["host_port"] for each in ports if "host_port" in each}
    assert on_host == {"segments": 2000, "proxy": 2000}
    assert "lifecycle" not in str(pod["containers"]), "no other pod is there to take over"
    assert _flush_seconds(pod) == _flush_seconds(with_sentinel) >= 10


@every_agent
def test_a_stopping_pod_is_unready_before_it_stops_listening(agent: str) -> None:
    *containers, sentinel = node_pod(agent=agent)["containers"]
    probe = sentinel["readiness_probe"]
    assert "lifecycle" not in sentinel, "it ends at once"
    assert probe["period_seconds"] * probe["failure_threshold"] <= 2
    for each in containers:
        assert each["lifecycle"]["pre_stop"]["sleep"]["seconds"] >= 2 * READINESS_SECONDS


@pytest.mark.parametrize("host_port", [False, True])
def test_both_are_the_daemon_as_it_is_and_a_collector_beside_it(host_port: bool) -> None:
    both, daemon, collector = (
        node_pod(agent=each, host_port=host_port, image="xray:1" if each != "collector" else "c:1")
        for each in ("both", "daemon", "collector")
    )
    (first, second, *sentinel), (alone, *its_sentinel) = both["containers"], daemon["containers"]
    assert ([first], sentinel) == ([alone], its_sentinel), "nothing of the daemon changes"
    beside = collector["containers"][0]
    assert [each["container_port"] for each in beside["ports"][:2]] == [2000, 2000]
    assert second == {**beside, "image": "collector:1", "ports": beside["ports"][2:]}
    assert _flush_seconds(both) == max(map(_flush_seconds, (daemon, collector)))


def test_an_agent_has_the_images_that_it_needs() -> None:
    with pytest.raises(pulumi.RunError, match=r"not set; it must be the image .* agent is both\."):
        agents.node_pod(agent="both")
    with pytest.raises(pulumi.RunError, match=r"is set; it must be left out where agent is daemon"):
        agents.node_pod(collector_image="collector:1")


def _flush_seconds(pod: dict[str, Any]) -> int:
    """Returns how long a pod may send once its agent is told to stop."""
    hook = pod["containers"][0].get("lifecycle", {"pre_stop": {"sleep": {"seconds": 0}}})
    return pod["termination_grace_period_seconds"] - hook["pre_stop"]["sleep"]["seconds"]
