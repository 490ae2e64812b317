"""The cluster of KUBECONFIG, which every test here runs pods on, and the images of these pods.

IMAGE, DAEMON_IMAGE and COLLECTOR_IMAGE name images that its nodes have or can pull. One that is not
named is built by Docker, and brought to the nodes by LOAD; the daemon's is of our stand-in then.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from kubernetes import client, config

from tests.support.open_telemetry_collector import COLLECTOR
from tests.support.program import ROOT
from tools.rehearsal.on_cluster.images import make_image

HERE: Final = Path(__file__).parent


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    """Returns the file that leads to the cluster."""
    file = os.environ.get("KUBECONFIG", "")
    assert os.path.isfile(file), f"KUBECONFIG is '{file}'; it must be the file of a kubeconfig"
    return os.path.abspath(file)


@pytest.fixture(scope="session")
def core(kubeconfig: str) -> Any:
    """Returns a client of the cluster's core API."""
    return client.CoreV1Api(config.new_client_from_config(config_file=kubeconfig))


def image(
    variable: str, context: Path, arguments: Mapping[str, str], dockerfile: Path | None = None
) -> str:
    """Returns the image that a variable names, or makes one."""
    if named := os.environ.get(variable):
        return named
    name = f"xray-on-kubernetes/test:{variable.lower()}"
    make_image(name, context, arguments, os.environ.get("LOAD") or None, dockerfile)
    return name


@pytest.fixture(scope="session")
def sample_image() -> str:
    """Returns the image of the sample services."""
    return image("IMAGE", ROOT / "images/sample-service", {})


@pytest.fixture(scope="session")
def with_daemon(kubeconfig: str, sample_image: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is the daemon."""
    arguments = {"SAMPLE_IMAGE": sample_image}
    daemon = image("DAEMON_IMAGE", ROOT, arguments, HERE / "stand-in.Dockerfile")
    return ["--kubeconfig", kubeconfig, "--image", sample_image, "--daemon-image", daemon]


@pytest.fixture(scope="session")
def with_collector(kubeconfig: str, sample_image: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is a collector."""
    if COLLECTOR is None and not os.environ.get("COLLECTOR_IMAGE"):
        pytest.skip("there is no otelcol in build/bin or on PATH, and COLLECTOR_IMAGE names none")
    program = Path(COLLECTOR or "").resolve()
    arguments = {"PROGRAM": program.name}
    dockerfile = HERE / "collector.Dockerfile"
    collector = image("COLLECTOR_IMAGE", program.parent, arguments, dockerfile)
    return ["--kubeconfig", kubeconfig, "--image", sample_image, "--daemon-image", collector]
