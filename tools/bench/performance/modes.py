"""The program in both of its modes, and what it is measured beside."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from tools.lab.project import PROJECT, Project, read_project

PROGRAMS: Final = Path(__file__).resolve().parent / "programs"

EXISTING: Final = "existing cluster"
NEW: Final = "new cluster"
EMPTY: Final = "an empty Pulumi program"

CLUSTER_NAME: Final = "xray-on-kubernetes:clusterName"


def ours(mode: str) -> Project:
    """Returns the stack `dev`, on a cluster that exists or with a new one."""
    project = read_project(PROJECT, "dev")
    if mode == NEW:
        return project
    return replace(project, configuration={**project.configuration, CLUSTER_NAME: "shop"})


def small(name: str, **configuration: str) -> Project:
    """Returns one of the programs that are here for comparison.

    Args:
        name: Its folder.
        configuration: Its own settings.
    """
    own = {f"{name}:{key}": value for key, value in configuration.items()}
    return Project(PROGRAMS / name, name, "dev", {"aws:region": "eu-west-1", **own})
