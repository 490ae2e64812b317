"""The program's process: it ends when the program has run, and gives its memory back."""

import signal
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .cloud import Cloud
from .deployment import Deployment
from .project import Facts, Project


class ProgramProcess:
    """A process that runs the program, as Pulumi's language host is one.

    Pulumi with its providers takes 200 MB, which the sample services can have afterwards.
    """

    def __enter__(self) -> Self:
        # Ctrl-C reaches this process too: the rehearsal ends it, in order.
        self._pool: Any = get_context("spawn").Pool(1, signal.signal, _IGNORED)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.terminate()
        self._pool.join()

    def check_settings(self, project: Project) -> Facts:
        """Checks the stack's settings; see `program.check_settings`."""
        return self._pool.apply(_check_settings, (project,))

    def deploy(self, project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
        """Runs the program; see `program.deploy`."""
        return self._pool.apply(_deploy, (project, facts, cloud, manifests))


_IGNORED = (signal.SIGINT, signal.SIG_IGN)


def _check_settings(project: Project) -> Facts:
    from .program import check_settings

    return check_settings(project)


def _deploy(project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
    from .program import deploy

    return deploy(project, facts, cloud, manifests)
