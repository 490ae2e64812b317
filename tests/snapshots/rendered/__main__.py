"""Writes what some stacks declare to files, so that a change of it shows in a review."""

import shutil
from pathlib import Path
from typing import Any, Final

from tests.support.program import variant
from tools.lab.deployment import Deployment, Resource, label
from tools.rehearsal.kubernetes_objects import file_name_of, yaml_of

FOLDER: Final = Path(__file__).resolve().parent
STACKS: Final = ("article", "both", "collector", "dev", "gateway")


def rendered_files(stack: str) -> dict[str, str]:
    """Returns the files of a stack by name: each manifest, and resources with what they need."""
    deployment = variant(stack)
    files = {
        f"{file_name_of(manifest)}.yaml": yaml_of(manifest, sort_keys=True)
        for manifest in deployment.objects()
    }
    return files | {"resources.yaml": yaml_of(_resources(deployment), sort_keys=True)}


def write(folder: Path = FOLDER) -> None:
    """Replaces the files of every stack."""
    for stack in STACKS:
        shutil.rmtree(folder / stack, ignore_errors=True)
        (folder / stack).mkdir(parents=True)
        for name, text in rendered_files(stack).items():
            (folder / stack / name).write_text(text, encoding="utf-8")


def _resources(deployment: Deployment) -> list[dict[str, Any]]:
    described = [_described(resource, deployment) for resource in deployment.resources.values()]
    return sorted(described, key=lambda each: (each["type"], each["name"]))


def _described(resource: Resource, deployment: Deployment) -> dict[str, Any]:
    described: dict[str, Any] = {"type": resource.type, "name": resource.name}
    if resource.dependencies:
        needs = (deployment.resources[urn] for urn in resource.dependencies)
        described["waits for"] = sorted(map(label, needs))
    if resource.parent:
        parent = deployment.resources[resource.parent]
        described["parent"] = f"{parent.type.rsplit(':', 1)[-1]} {parent.name}"
    return described


if __name__ == "__main__":
    write()
