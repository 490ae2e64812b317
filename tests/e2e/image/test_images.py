"""Our images, built by the Docker of this machine: `make test-image`."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.agent.agent import AGENT_USER
from components.agent.args import TRACE_DAEMON
from components.agent.daemon.command import daemon_arguments
from components.choices import LogLevel
from components.image.daemon_image import DAEMON_IMAGE
from tests.support.program import ROOT

pytestmark = pytest.mark.docker

VERSION = DAEMON_IMAGE.defaults["daemon_version"]

BUILD_ARGUMENTS = {"xray-daemon": [f"--build-arg=DAEMON_VERSION={VERSION}"], "sample-service": []}
"""What each image is built with, by the name of its directory."""

IMAGE = "xray-on-kubernetes/xray-daemon:test"

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


@pytest.fixture(scope="module")
def image() -> dict[str, Any]:
    """What Docker says of the daemon's image."""
    return build("xray-daemon")


@pytest.fixture(scope="module")
def container(image: dict[str, Any]) -> Iterator[str]:
    """A running daemon that may do as little as its pod."""
    args = TRACE_DAEMON.complete(
        {"image": IMAGE, "region": "eu-west-1", "log_level": LogLevel.INFO}, "test"
    )
    address = "0.0.0.0:2000"
    command = daemon_arguments(args, segments_address=address, proxy_address=address, buffer_mib=48)
    name = docker(
        *("run", "--detach", "--read-only", "--cap-drop", "ALL", "--network", "none"),
        *("--security-opt", "no-new-privileges", IMAGE, *map(str, command)),
    )
    time.sleep(2)
    yield name
    docker("rm", "--force", name)


IN_SAMPLE = "run --rm --network none --entrypoint tar {} -c /dependencies /app"


@pytest.mark.parametrize(
    ("name", "layers", "most"), [("xray-daemon", "save {}", 10), ("sample-service", IN_SAMPLE, 25)]
)
def test_what_a_node_pulls_beside_the_base_is_small(name: str, layers: str, most: int) -> None:
    build(name)
    # A registry keeps layers compressed.
    command = f"docker {layers} | gzip | wc -c".format(f"xray-on-kubernetes/{name}:test")
    megabytes = int(subprocess.check_output(command, shell=True)) / 1e6
    print(f"{name}: {megabytes:.1f} MB")
    assert megabytes < most


def test_it_holds_the_daemon_and_little_else(image: dict[str, Any], tmp_path: Path) -> None:
    name = docker("create", IMAGE)
    docker("cp", f"{name}:/xray", str(tmp_path / "xray"))
    docker("rm", name)
    binary = (tmp_path / "xray").stat().st_size
    assert 0 <= image["Size"] - binary < MOST_BESIDE_BINARY


def test_it_says_what_it_is(image: dict[str, Any]) -> None:
    config = image["Config"]
    assert config["User"] == f"{AGENT_USER}:{AGENT_USER}"
    assert set(config["ExposedPorts"]) == {"2000/udp", "2000/tcp"}
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION
    assert config["Entrypoint"] == ["/xray"]


def test_it_runs_read_only_without_root_and_without_capabilities(container: str) -> None:
    state = json.loads(docker("inspect", container))[0]
    assert state["State"]["Running"], docker("logs", container)
    assert state["HostConfig"]["ReadonlyRootfs"]
    status = Path(f"/proc/{state['State']['Pid']}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert set(fields["Uid"].split()) == {str(AGENT_USER)}
    assert {int(fields[kind], 16) for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd")} == {0}
