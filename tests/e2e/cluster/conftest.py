"""The cluster of KUBECONFIG, which every test here runs pods on, and the images of these pods.

IMAGE, DAEMON_IMAGE and COLLECTOR_IMAGE name images that its nodes have or can pull. One that is not
named is built by Docker, and brought to the nodes by LOAD; the daemon's is of our stand-in then.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from kubernetes import client, config

from tests.support.open_telemetry_collector import COLLECTOR
from tests.support.program import ROOT
from tools.rehearsal.on_cluster.images import build_image, load_image

HERE: Final = Path(__file__).parent

Build = Callable[[str, str, Path, Mapping[str, str], Path | None], str]


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


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Returns what makes an image, unless a variable names one; it returns the image's name."""

    def make(
        variable: str,
        name: str,
        context: Path,
        arguments: Mapping[str, str],
        dockerfile: Path | None,
    ) -> str:
        if named := os.environ.get(variable):
            return named
        load = os.environ.get("LOAD")
        assert load, "LOAD is not set; it must bring an image archive to the nodes"
        tagged = f"xray-on-kubernetes/{name}:test"
        build_image(tagged, context, arguments, dockerfile)
        load_image(tagged, load, tmp_path_factory.mktemp("image"))
        return tagged

    return make


@pytest.fixture(scope="session")
def sample_image(image: Build) -> str:
    return image("IMAGE", "sample-service", ROOT / "images/sample-service", {}, None)


@pytest.fixture(scope="session")
def with_daemon(kubeconfig: str, image: Build, sample_image: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is the daemon."""
    dockerfile = HERE / "stand-in.Dockerfile"
    daemon = image("DAEMON_IMAGE", "stand-in", ROOT, {"SAMPLE_IMAGE": sample_image}, dockerfile)
    return ["--kubeconfig", kubeconfig, "--image", sample_image, "--daemon-image", daemon]


@pytest.fixture(scope="session")
def with_collector(kubeconfig: str, image: Build, sample_image: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is a collector."""
    if COLLECTOR is None and not os.environ.get("COLLECTOR_IMAGE"):
        pytest.skip("there is no otelcol in build/bin or on PATH, and COLLECTOR_IMAGE names none")
    program = Path(COLLECTOR or "").resolve()
    arguments = {"PROGRAM": program.name}
    dockerfile = HERE / "collector.Dockerfile"
    collector = image("COLLECTOR_IMAGE", "collector", program.parent, arguments, dockerfile)
    return ["--kubeconfig", kubeconfig, "--image", sample_image, "--daemon-image", collector]
