"""Evaluates a program once, in a fresh process: `python -m tools.bench.program_run`.

The project's fields come as JSON on stdin. Prints the seconds of a processor that it took, the
start of the process included.
"""

import json
import sys
import time
from pathlib import Path

from tools.lab.engine import run_program
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import Project

if __name__ == "__main__":
    directory, *its = json.load(sys.stdin)
    project = Project(Path(directory), *its)
    providers = FakeProvider(project.configuration["aws:region"])
    run_program(project, providers.create, providers.invoke)
    print(time.process_time())
