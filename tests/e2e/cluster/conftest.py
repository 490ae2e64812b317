"""The cluster of KUBECONFIG, which every test here runs pods on, and the images of these pods.

Docker builds what a stack builds, and LOAD brings it to the nodes, which pull the rest. IMAGE,
DAEMON_IMAGE and COLLECTOR_IMAGE name others, which the nodes have or can pull.
"""

import os
from typing import Any

import pytest
from kubernetes import client, config

from tests.e2e.rehearsal.rehearsals import Options


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
def options(kubeconfig: str) -> Options:
    """Returns the options of a rehearsal there, by its agent, with images that variables name."""

    def options_for(agent: str) -> list[str]:
        named = "COLLECTOR_IMAGE" if agent == "collector" else "DAEMON_IMAGE"
        flags = {"--load": "LOAD", "--image": "IMAGE", "--daemon-image": named}
        if agent == "both":
            flags["--collector-image"] = "COLLECTOR_IMAGE"
        given = ((flag, os.environ.get(variable)) for flag, variable in flags.items())
        return ["--kubeconfig", kubeconfig, *(e for flag, v in given if v for e in (flag, v))]

    return options_for
