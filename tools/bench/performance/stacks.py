"""The stacks that are measured, and what the program declares for each."""

from collections.abc import Mapping
from typing import Any, Final

from tools.lab.deployment import Deployment
from tools.lab.engine import run_program
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import PROJECT, read_project, with_settings

STACKS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "dev": ("dev", {}),
    "article": ("article", {}),
    "collector": ("collector", {}),
    "prod": ("prod", {}),
    "existing cluster": ("dev", {"clusterName": "shop"}),
    "gateway": ("collector", {"gatewayReplicas": 2}),
}
"""A stack's file, and settings over it."""


def declared(name: str) -> Deployment:
    """Returns what the program declares for one of the stacks."""
    return declared_for(*STACKS[name])


def declared_for(stack: str, settings: Mapping[str, Any]) -> Deployment:
    """Returns what the program declares for a stack's file and settings over it.

    Its providers are stand-ins: nothing is made.
    """
    project = with_settings(read_project(PROJECT, stack), settings)
    stand_in = FakeProvider(project.configuration["aws:region"])
    return run_program(project, stand_in.create, stand_in.invoke)
