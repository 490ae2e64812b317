"""An agent's real program, started on this machine as its pod starts it, on a core of its own."""

import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from tools.lab.errors import ToolError
from tools.lab.processes import Process
from tools.lab.project import PROJECT

from .contenders import Contender

HOST: Final = "127.0.0.1"

READY_SECONDS: Final = 30.0
"""How long a program may take to be ready; as long as its pod's startup probe lets it."""


def version_of(program: Path) -> str:
    """Returns what a program says of its version.

    Raises:
        ToolError: It can't be run.
    """
    command = [program.absolute(), "--version"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"'{program}' must be an agent for this machine: {error}.") from None
    return " ".join((asked.stdout or asked.stderr).split())[-80:]


@contextmanager
def run(program: Path, contender: Contender, core: int) -> Generator[psutil.Process]:
    """Starts a program as its pod starts it, on a core, and ends it with its block.

    Raises:
        ToolError: It ends, or is not ready in time.
    """
    with tempfile.TemporaryDirectory() as name:
        arguments = arguments_here(contender, Path(name))
        variables = {each["name"]: each.get("value", "a-node") for each in contender.agent["env"]}
        process = Process(
            program.name,
            ["taskset", "--cpu-list", str(core), str(program.absolute()), *arguments],
            # What Go makes of the pods' limit of one CPU, in programs that know of it (Go 1.25).
            variables | {"GOMAXPROCS": "1"},
            PROJECT,
            Path(name) / "program.log",
        )
        try:
            _await_ready(process, contender)
            yield psutil.Process(process.process_id)
            process.check()
        finally:
            process.end()


def arguments_here(contender: Contender, folder: Path) -> list[str]:
    """Returns an agent's arguments; writes the files of its pod to a folder, where they lead."""
    for manifest in contender.manifests:
        if manifest["kind"] == "ConfigMap":
            for name, text in manifest["data"].items():
                (folder / name).write_text(text, encoding="utf-8")
    arguments = contender.agent["args"]
    for mount in contender.agent["volumeMounts"]:
        arguments = [each.replace(mount["mountPath"], str(folder)) for each in arguments]
    return arguments


def _await_ready(process: Process, contender: Contender) -> None:
    """Probes as the pod's startup probe does: a collector's health, or the daemon's TCP port."""
    ports = {each["name"]: each["containerPort"] for each in contender.agent["ports"]}
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        process.check()
        try:
            if "health" in ports:
                urllib.request.urlopen(f"http://{HOST}:{ports['health']}/", timeout=1).close()
            else:
                socket.create_connection((HOST, ports["proxy"]), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise ToolError(f"{process.name} was not ready in {READY_SECONDS} s: {process.last_words()}")
