"""Our images, built by the Docker of this machine: `make test-image`. Pods of them run on a
cluster: `make test-cluster`."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.agent.agent import AGENT_USER
from components.image.daemon_image import DAEMON_IMAGE
from tests.support.program import ROOT

pytestmark = pytest.mark.docker

VERSION = DAEMON_IMAGE.defaults["daemon_version"]

BUILD_ARGUMENTS = {"xray-daemon": [f"--build-arg=DAEMON_VERSION={VERSION}"], "sample-service": []}
"""What each image is built with, by the name of its directory."""

LAYERS = {
    "xray-daemon": "save {}",
    "sample-service": "run --rm --network none --entrypoint tar {} -C / -c dependencies app",
}
"""The commands of Docker that write what each has beside its base."""

MOST_BESIDE_BINARY = 300_000
"""Bytes that the image may hold beside the daemon itself: the certificates."""


def docker(*arguments: str) -> str:
    """Returns what Docker prints."""
    ended = subprocess.run(
        ["docker", *arguments],
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@cache
def build(name: str) -> dict[str, Any]:
    """Builds an image, and returns what Docker says of it."""
    tag, context = f"xray-on-kubernetes/{name}:test", str(ROOT / "images" / name)
    docker("build", *BUILD_ARGUMENTS[name], f"--tag={tag}", context)
    return json.loads(docker("image", "inspect", tag))[0]


@pytest.mark.parametrize(("name", "most"), [("xray-daemon", 10), ("sample-service", 25)])
def test_what_a_node_pulls_beside_the_base_is_small(name: str, most: int) -> None:
    build(name)
    # A registry keeps layers compressed.
    command = f"docker {LAYERS[name]} | gzip | wc -c".format(f"xray-on-kubernetes/{name}:test")
    megabytes = int(subprocess.check_output(command, shell=True)) / 1e6
    print(f"{name}: {megabytes:.1f} MB")
    assert megabytes < most


def test_that_of_the_daemon_holds_little_else(tmp_path: Path) -> None:
    size = build("xray-daemon")["Size"]
    name = docker("create", "xray-on-kubernetes/xray-daemon:test")
    docker("cp", f"{name}:/xray", str(tmp_path / "xray"))
    docker("rm", name)
    binary = (tmp_path / "xray").stat().st_size
    assert 0 <= size - binary < MOST_BESIDE_BINARY


def test_that_of_the_daemon_says_what_it_is() -> None:
    config = build("xray-daemon")["Config"]
    assert config["User"] == f"{AGENT_USER}:{AGENT_USER}"
    assert set(config["ExposedPorts"]) == {"2000/udp", "2000/tcp"}
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION
    assert config["Entrypoint"] == ["/xray"]
