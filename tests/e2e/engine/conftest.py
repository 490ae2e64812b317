"""The providers of this machine's engine, started once for all stacks."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.engine.stacks import Providers, RunningStack


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    """The stand-ins in the plug-in folder, which the engine would start for every command."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    log = tmp_path_factory.mktemp("providers") / "log"
    log.touch()
    started: list[subprocess.Popen[str]] = []
    ports: list[str] = []
    for program in sorted(home.glob("plugins/resource-*/pulumi-resource-*")):
        variables = {**os.environ, "STAND_IN_LOG": str(log)}
        process = subprocess.Popen([program], env=variables, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        name = program.name.removeprefix("pulumi-resource-")
        ports.append(f"{name}:{process.stdout.readline().strip()}")
    if not started:
        pytest.skip(f"{home}/plugins has no providers")
    # It attaches to these (pulumi/pulumi, pkg/resource/plugin/provider_plugin.go).
    yield Providers({"PULUMI_DEBUG_PROVIDERS": ",".join(ports)}, log)
    for each in started:
        each.kill()
        each.wait()


@pytest.fixture(scope="module")
def dev(providers: Providers, tmp_path_factory: pytest.TempPathFactory) -> RunningStack:
    """The stack `dev`, up."""
    running = RunningStack(tmp_path_factory.mktemp("dev"), providers)
    running.stack.up()
    return running
