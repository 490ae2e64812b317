"""Processes of a rehearsal: started from pods, watched, and ended with it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from .errors import ToolError
from .interruption import Interruption

STOP_SECONDS: Final = 5.0
"""How long a process may take to end when told to; then it is killed."""

LOG_LINES: Final = 3
"""Lines of a process's log that an error repeats."""


class Process:
    """One running process and its log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
    ) -> None:
        """Starts the process in a folder."""
        self.name = name
        self._log = log
        try:
            with log.open("wb") as output:
                self._popen = subprocess.Popen(
                    command,
                    env=dict(environment),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C is for the rehearsal, which ends its processes in order.
                    start_new_session=True,
                )
        except OSError as error:
            raise ToolError(f"{name} can't be started: {error.strerror}.") from None
        self.process_id = self._popen.pid

    def check(self) -> None:
        """Raises a ToolError that repeats the end of the log where the process has ended."""
        status = self._popen.poll()
        if status is not None:
            raise ToolError(
                f"{self.name} ended with status {status}: {self.last_words() or 'it said nothing'}"
            )

    def last_words(self) -> str:
        """Returns the last lines of the log as one line."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return " / ".join(line.strip() for line in lines[-LOG_LINES:])

    def end(self) -> None:
        """Ends the process as the kubelet does: with SIGTERM, then with SIGKILL."""
        self._popen.terminate()
        try:
            self._popen.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


class Processes:
    """All processes of a rehearsal, each with a log in one folder."""

    def __init__(self, logs: Path, interruption: Interruption) -> None:
        self._logs = logs
        self._interruption = interruption
        self._running: list[Process] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> Process:
        """Starts a process in a folder, with the PATH of the system and no other variable."""
        inherited = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        log = self._logs / f"{name}.log"
        # Between its start and its entry here a process would be nobody's to end.
        with self._interruption.shield():
            process = Process(name, command, {**inherited, **environment}, folder, log)
            self._running.append(process)
        return process

    def end_all(self) -> None:
        """Ends every process, last first: the agent still receives what services sent last."""
        for process in reversed(self._running):
            process.end()

    def check(self) -> None:
        """Raises a ToolError where a process has ended."""
        for process in self._running:
            process.check()

    def last_words(self) -> str:
        """Returns what the processes last said, where they said something."""
        said = {process.name: process.last_words() for process in self._running}
        return "".join(f"\n  {name}: {words}" for name, words in said.items() if words)
