"""The program's process: it ends when the program has run, and gives its memory back.

Pulumi with its providers takes 200 MB, which the sample services can have afterwards.
"""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from .cloud import Cloud
from .deployment import Deployment
from .project import Facts, Project


class ProgramProcess:
    """A process that runs the program, as Pulumi's language host is one."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def check_settings(self, project: Project) -> Facts:
        """Checks the stack's settings; see `program.check_settings`."""
        return self._pool.apply(_check_settings, (project,))

    def deploy(self, project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
        """Runs the program; see `program.deploy`."""
        return self._pool.apply(_deploy, (project, facts, cloud, manifests))


@contextmanager
def start_program_process() -> Generator[ProgramProcess]:
    """Starts the process, and ends it with its block."""
    # Ctrl-C reaches this process too: it is the rehearsal's to end, in order.
    ignored = (signal.SIGINT, signal.SIG_IGN)
    with get_context("spawn").Pool(1, signal.signal, ignored) as pool:
        yield ProgramProcess(pool)


def _check_settings(project: Project) -> Facts:
    # Loaded only in that process, here and below: Pulumi is not to stay in this one.
    from .program import check_settings

    return check_settings(project)


def _deploy(project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
    from .program import deploy

    return deploy(project, facts, cloud, manifests)
