from typing import Any, Final

import pytest

from tests.support.program import VARIANTS, collector_files, only, variant
from tools.lab.deployment import Deployment

HOST_PORT: Final = ("article", "adopted-node-role", "host-port")

READINESS_SECONDS: Final = 4
"""How long after the end of the gate its pod may still count as ready: two probes, and the time
that the kubelet, the API server and kube-proxy take."""


def pod_of(deployment: Deployment) -> dict[str, Any]:
    return only(deployment.objects("DaemonSet"))["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in HOST_PORT])
def test_a_pod_told_to_stop_is_not_ready_long_before_its_daemon_stops_listening(name: str) -> None:
    daemon, gate = pod_of(variant(name))["containers"]

    probe = gate["readinessProbe"]
    assert "lifecycle" not in gate
    assert probe["periodSeconds"] * probe["failureThreshold"] <= 2
    assert daemon["lifecycle"]["preStop"]["sleep"]["seconds"] >= 2 * READINESS_SECONDS


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in HOST_PORT])
def test_the_gate_listens_where_its_probe_looks_and_where_the_daemon_does_not(name: str) -> None:
    daemon, gate = pod_of(variant(name))["containers"]

    (port,) = gate["ports"]
    assert gate["readinessProbe"]["tcpSocket"] == {"port": port["name"]}
    assert port["containerPort"] not in {each["containerPort"] for each in daemon["ports"]}
    anywhere, nowhere = ("[::]", "[::1]") if name == "ipv6" else ("0.0.0.0", "127.0.0.1")
    listens = f"{anywhere}:{port['containerPort']}"
    if files := collector_files(variant(name)):
        assert gate["args"] == ["--config=/etc/collector/gate.yaml"]
        assert files["gate.yaml"]["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == listens
        return
    proxy = gate["args"][gate["args"].index("-t") + 1]
    segments = gate["args"][gate["args"].index("-b") + 1]
    assert proxy == listens
    assert segments.startswith(f"{nowhere}:")


def test_the_gate_needs_no_image_but_the_daemon_s(declared: Deployment) -> None:
    images = {container["image"] for container in pod_of(declared)["containers"]}
    assert len(images) == 1


def test_the_daemon_may_finish_sending_after_its_sleep(declared: Deployment) -> None:
    pod = pod_of(declared)
    sleep = pod["containers"][0].get("lifecycle", {"preStop": {"sleep": {"seconds": 0}}})
    left = pod["terminationGracePeriodSeconds"] - sleep["preStop"]["sleep"]["seconds"]
    assert left >= 10


@pytest.mark.parametrize("name", HOST_PORT)
def test_a_pod_with_a_host_port_has_no_gate_since_no_other_pod_is_there_to_take_over(
    name: str,
) -> None:
    (daemon,) = pod_of(variant(name))["containers"]
    assert "lifecycle" not in daemon
