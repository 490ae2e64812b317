"""Rehearsals as a user starts them: what they print, make and leave behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from tools.lab.project import PROJECT

Document = dict[str, Any]

Options = Callable[[str], list[str]]
"""The options of a rehearsal on a cluster, by its agent."""

PARTS = ("components", "images", "settings", "tools")


def copy_of_project(folder: Path) -> Path:
    """Returns a copy of the program and its rehearsal, with stacks of its own."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, folder / part)
    return copy_of_program(folder)


def copy_of_program(folder: Path) -> Path:
    """Returns a copy of the program alone; it runs with the components of this process."""
    for file in (PROJECT / "__main__.py", *PROJECT.glob("Pulumi*.yaml")):
        shutil.copy(file, folder)
    return folder


def start(folder: Path, arguments: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """Starts a rehearsal of the project in a folder, without an agent on PATH."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    # On a cluster the agent is an image, and the Docker that builds it may be anywhere.
    path = os.environ["PATH"] if "--kubeconfig" in arguments else "/usr/bin:/bin"
    return subprocess.Popen(
        [sys.executable, "-m", "tools", "demo", *arguments],
        cwd=folder,
        env={**kept, "PATH": path, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(folder: Path) -> list[str]:
    """Returns the command lines of processes that still run in a folder or below it."""
    running: list[str] = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                running.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return running


class Running:
    """A rehearsal that stays up, as its user sees it: by what it printed."""

    def __init__(
        self, folder: Path, stack: str, requests: int, options: Sequence[str] = ()
    ) -> None:
        arguments = ["--stack", stack, "--requests", str(requests), "--keep", *options]
        self.folder = folder
        self.stack = stack
        self.process = start(folder, arguments)
        self.output = "".join(self._until("get-trace-summaries"))

    def _until(self, text: str) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield line
            if text in line:
                return
        assert self.process.stderr is not None
        pytest.fail(f"the rehearsal ended: {self.process.stderr.read()}")

    def printed(self, pattern: str) -> str:
        found = re.search(pattern, self.output)
        assert found, f"nothing printed matches {pattern}"
        return found[1]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # pyright: ignore[reportArgumentType, reportCallIssue]
            region_name=self.printed(r"export AWS_REGION=(\S+)"),
            endpoint_url=self.printed(r"export AWS_ENDPOINT_URL=(\S+)"),
            aws_access_key_id=self.printed(r"export AWS_ACCESS_KEY_ID=(\S+)"),
            aws_secret_access_key=self.printed(r"export AWS_SECRET_ACCESS_KEY=(\S+)"),
        )

    def documents(self) -> list[Document]:
        """Returns every segment document that the X-Ray API has."""
        xray = self.client("xray")
        now = datetime.now(UTC)
        summaries = xray.get_trace_summaries(
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
        )["TraceSummaries"]
        traces = xray.batch_get_traces(TraceIds=[each["Id"] for each in summaries])["Traces"]
        return [json.loads(each["Document"]) for trace in traces for each in trace["Segments"]]

    def segments(self) -> list[Document]:
        """Returns the documents of services; those of calls stand in them, or by themselves."""
        return [each for each in self.documents() if each.get("type") != "subsegment"]

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode
