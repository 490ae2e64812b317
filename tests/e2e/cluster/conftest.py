"""The cluster of KUBECONFIG, which every test here runs pods on."""

import os
from typing import Any

import pytest
from kubernetes import client, config

from tests.support.open_telemetry_collector import COLLECTOR


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
def images(kubeconfig: str) -> list[str]:
    """Returns the options that say where a rehearsal's images come from."""
    options = ["--kubeconfig", kubeconfig]
    if load := os.environ.get("LOAD", ""):
        options += ["--load", load]
    if daemon := os.environ.get("DAEMON", ""):
        options += ["--daemon", os.path.abspath(daemon)]
    if COLLECTOR is not None:
        options += ["--collector", os.path.abspath(COLLECTOR)]
    return options
