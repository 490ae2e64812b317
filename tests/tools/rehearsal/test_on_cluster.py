"""What a rehearsal on a cluster makes, before there is a cluster."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.program import variant
from tools.lab.errors import ToolError
from tools.rehearsal.on_cluster import images
from tools.rehearsal.on_cluster.stage import path_through
from tools.rehearsal.on_cluster.waiting import readiness


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Puts a Docker on PATH that writes down what it is asked; returns where."""
    asked = tmp_path / "asked"
    program = tmp_path / "bin/docker"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {asked}\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return asked


def replacements_in(
    stack: str,
    sample: str | None = None,
    agent: str | None = None,
    load: str | None = "true",
    collector: str | None = None,
) -> dict[str, str]:
    """Returns what pods of a stack run instead, by the names of the containers."""
    declared = variant(stack)
    found = images.replacements(declared, sample, agent, collector, load)
    return {
        container["name"]: found[container["image"]]
        for workload in [*declared.objects("DaemonSet"), *declared.objects("Deployment")]
        for container in workload["spec"]["template"]["spec"]["containers"]
        if container["image"] in found
    }


@pytest.mark.parametrize("stack", ["dev", "gateway", "existing"])
def test_named_images_are_used_as_they_are(stack: str, docker: Path) -> None:
    found = replacements_in(stack, sample="sample:1", agent="agent:1", load=None)
    for container, image in found.items():
        assert image == ("sample:1" if container.startswith("service-") else "agent:1")
    assert set(found.values()) == {"sample:1", "agent:1"}
    assert not docker.exists()


def test_a_collector_beside_the_daemon_has_an_image_of_its_own(docker: Path) -> None:
    found = replacements_in("both-gateway", agent="agent:1", collector="collector:1")
    assert found == {
        **{"xray-daemon": "agent:1", "drain-sentinel": "agent:1", "collector": "collector:1"},
        **dict.fromkeys(("service-a", "service-b"), found["service-a"]),
    }
    public = replacements_in("both")
    assert "aws-observability/aws-otel-collector:v" in public["collector"]
    assert "/xray-daemon:" in public["xray-daemon"]


def test_only_what_is_built_needs_a_load_command(docker: Path) -> None:
    assert replacements_in("existing", load=None) == {}
    with pytest.raises(ToolError, match="--load is not set; it must be the command"):
        replacements_in("dev", load=None)
    assert not docker.exists()


def test_without_docker_the_user_is_told_what_to_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ToolError, match=r"Docker must build .* --image and --daemon-image .*docker"
    ):
        images.make_image("a", tmp_path, {}, "true")


@pytest.mark.parametrize(
    ("load", "said"), [("false", "status 1"), ("no-such-program", "No such file"), ("'", "quot")]
)
def test_a_load_command_that_fails_is_named(
    docker: Path, tmp_path: Path, load: str, said: str
) -> None:
    with pytest.raises(ToolError, match=f"--load is .*{said}"):
        images.make_image("a", tmp_path, {}, load)


def daemon_set(seen: int, updated: int) -> dict[str, Any]:
    status = {"observedGeneration": seen, "desiredNumberScheduled": 3, "numberReady": 3}
    status["updatedNumberScheduled"] = updated
    return {"kind": "DaemonSet", "metadata": {"generation": 2}, "spec": {}, "status": status}


def test_workloads_are_ready_when_their_pods_are_new_and_ready() -> None:
    assert readiness(daemon_set(seen=1, updated=3)) == (0, 3)
    assert readiness(daemon_set(seen=2, updated=1)) == (1, 3)
    assert readiness(daemon_set(seen=2, updated=3)) == (3, 3)
    assert readiness({**daemon_set(2, 3), "status": {}}) == (0, 1)
    status = {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 2}
    deployment = {"kind": "Deployment", "spec": {"replicas": 2}, "status": status}
    assert readiness({**deployment, "metadata": {"generation": 2}}) == (1, 2)


def test_the_way_to_a_service_is_through_the_api_server() -> None:
    path = "/api/v1/namespaces/xray/services/service-a:8080/proxy/"
    assert path_through("http://service-a.xray:8080") == path
    assert path_through("") == ""
