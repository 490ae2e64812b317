"""The cluster of KUBECONFIG, which every test here runs pods on."""

import os
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
def images(kubeconfig: str) -> list[str]:
    """Returns the options that say where a rehearsal's images come from."""
    load, daemon = os.environ.get("LOAD", ""), os.environ.get("DAEMON", "")
    options = ["--kubeconfig", kubeconfig]
    if load:
        options += ["--load", load]
    if daemon:
        options += ["--daemon", os.path.abspath(daemon)]
    return options
