"""Runs a program once, in a fresh process: `python -m tools.bench.program_run HOW FOLDER`.

HOW is `evaluate`, by providers that answer at once; or `up` or `preview`, by Pulumi's engine, with
the state in FOLDER. The project's fields come as JSON on stdin. Prints the seconds that it took: of
a processor for `evaluate`, the start of the process included, and of a clock for the others.
"""

import json
import os
import runpy
import sys
import time
from pathlib import Path

from tools.lab.project import Project


def evaluate(project: Project) -> float:
    """Runs a program as Pulumi's language host does."""
    from tools.lab.engine import run_program
    from tools.lab.fake_provider import FakeProvider

    providers = FakeProvider(project.configuration["aws:region"])
    run_program(project, providers.create, providers.invoke)
    return time.process_time()


def run_by_engine(how: str, project: Project, folder: Path) -> float:
    """Runs a program by the `pulumi` on PATH."""
    from pulumi import automation

    def program() -> None:
        os.chdir(project.directory)
        runpy.run_path("__main__.py", run_name="__main__")

    workspace = automation.LocalWorkspace(
        work_dir=str(folder),
        program=program,
        project_settings=automation.ProjectSettings(project.name, "python"),
    )
    stack = automation.Stack.create_or_select(project.stack, workspace)
    values = project.configuration.items()
    stack.set_all_config({key: automation.ConfigValue(value) for key, value in values})
    started = time.monotonic()
    if how == "up":
        stack.up()
    else:
        stack.preview(expect_no_changes=True)
    return time.monotonic() - started


if __name__ == "__main__":
    how, folder = sys.argv[1:]
    directory, *its = json.load(sys.stdin)
    project = Project(Path(directory), *its)
    print(evaluate(project) if how == "evaluate" else run_by_engine(how, project, Path(folder)))
