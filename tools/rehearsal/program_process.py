"""The program's process: it ends when the program has run, and gives its memory back.

Pulumi with its providers takes 200 MB, which the sample services can have afterwards.
"""

import pickle
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.lab.project import PROJECT, Facts, Project

from .aws.cloud import Cloud

CHECK_SETTINGS: Final = "check_settings"
DEPLOY: Final = "deploy"


class ProgramProcess:
    """A process that runs the program, as Pulumi's language host is one."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self._questions = questions
        self._answers = answers

    def check_settings(self, project: Project) -> Facts:
        """Checks the stack's settings; see `program.check_settings`."""
        return self._ask(CHECK_SETTINGS, project)

    def deploy(self, project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
        """Runs the program; see `program.deploy`."""
        return self._ask(DEPLOY, project, facts, cloud, manifests)

    def _ask(self, function: str, *arguments: Any) -> Any:
        try:
            pickle.dump((function, arguments), self._questions)
            self._questions.flush()
            answer, error = pickle.load(self._answers)
        except (EOFError, BrokenPipeError):
            raise ToolError("the program's process ended before the program did.") from None
        if error is not None:
            raise error
        return answer


@contextmanager
def start_program_process() -> Generator[ProgramProcess]:
    """Starts the process, and ends it with its block; without us it ends by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.rehearsal.program"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for the rehearsal, which ends this process in order.
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            yield ProgramProcess(process.stdin, process.stdout)
        finally:
            process.kill()
