"""The cluster of KUBECONFIG, which every test here runs pods on, and the images of these pods.

Docker builds what a stack builds, and LOAD brings it to the nodes, which pull the rest. IMAGE,
DAEMON_IMAGE and COLLECTOR_IMAGE name others, which the nodes have or can pull.
"""

import os
from itertools import chain
from typing import Any

import pytest
from kubernetes import client, config


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
def with_daemon(kubeconfig: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is the daemon."""
    return options(kubeconfig, "DAEMON_IMAGE")


@pytest.fixture(scope="session")
def with_collector(kubeconfig: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is a collector."""
    return options(kubeconfig, "COLLECTOR_IMAGE")


@pytest.fixture(scope="session")
def with_both(kubeconfig: str) -> list[str]:
    """Returns the options of a rehearsal of a stack whose agent is both."""
    return options(kubeconfig, "DAEMON_IMAGE", **{"--collector-image": "COLLECTOR_IMAGE"})


def options(kubeconfig: str, agent: str, **more: str) -> list[str]:
    """Returns the options of a rehearsal there, with the images that variables name."""
    flags = {"--load": "LOAD", "--image": "IMAGE", "--daemon-image": agent, **more}
    named = ((flag, os.environ.get(variable)) for flag, variable in flags.items())
    return ["--kubeconfig", kubeconfig, *chain(*((flag, each) for flag, each in named if each))]
