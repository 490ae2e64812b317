"""Evaluates programs as Pulumi's language host does: `python -m tools.bench.performance.evaluate`.

Reads projects, as JSON, from its input, evaluates one after the other in this process, and prints
how long each took, in seconds of a processor. It loads nothing of what it evaluates, so that an
empty program pays for nothing of ours.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tools.lab.engine import run_program
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import Project


def evaluate(given: dict[str, Any]) -> float:
    """Returns how long a program took a processor, in seconds."""
    project = Project(
        Path(given["directory"]), given["name"], given["stack"], given["configuration"]
    )
    providers = FakeProvider(project.configuration["aws:region"])
    started = time.process_time()
    run_program(project, providers.create, providers.invoke)
    return time.process_time() - started


if __name__ == "__main__":
    json.dump([evaluate(each) for each in json.load(sys.stdin)], sys.stdout)
