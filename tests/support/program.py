"""Runs the program with a stand-in for its providers, which answers at once and makes nothing."""

import json
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeVar

import jsonschema

import components
from components import CredentialSource, ImageSource
from settings import Settings, read_configuration
from tests.support.variants import KUBECONFIG as KUBECONFIG
from tests.support.variants import NODE_ROLE as NODE_ROLE
from tests.support.variants import OIDC_PROVIDER as OIDC_PROVIDER
from tests.support.variants import VARIANTS
from tools.lab.aws_model import findings
from tools.lab.deployment import Deployment
from tools.lab.engine import run_program
from tools.lab.errors import NothingFoundError
from tools.lab.fake_provider import ACCOUNT as ACCOUNT
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import Project, read_project

T = TypeVar("T")

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]

_read_project = cache(read_project)

ROOT: Final = Path(__file__).resolve().parents[2]

PYTHON_PACKAGE: Final = "xray_on_kubernetes"


class Kind(NamedTuple):
    """What a variant is made of."""

    source: CredentialSource
    cluster: Literal["new", "existing", "kops"]
    image: ImageSource


def kind_of(name: str) -> Kind:
    """Returns what one of the variants is made of, by its settings."""
    settings = settings_of(name)
    existing = "existing" if settings.cluster_name else "kops" if settings.kubeconfig else "new"
    return Kind(settings.credential_source, existing, settings.image_source_used())


@cache
def settings_of(name: str) -> Settings:
    """Returns the settings of one of the variants."""
    stack, settings = VARIANTS[name]
    project = configured(stack, **settings)
    return read_configuration(project.name, project.configuration)


def declare(stack: str = "dev", *, preview: bool = False, **settings: Any) -> Deployment:
    """Returns what the program declares for a stack, with other settings over its own."""
    return run(configured(stack, **settings), preview=preview)


def run(
    project: Project,
    *,
    preview: bool = False,
    without: Sequence[str] = (),
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
    answers: Mapping[str, Answer] | None = None,
) -> Deployment:
    """Returns what the program in a project's directory declares, all of which AWS would take.

    Args:
        project: The project and its configuration.
        preview: Whether nothing is made yet.
        without: Functions of the AWS provider that find nothing, such as `getAddon`.
        stacks: Outputs of other stacks, by their names.
        answers: Answers of functions by their names, over those that they give otherwise.
    """
    stand_in = FakeProvider(project.configuration["aws:region"], preview=preview, stacks=stacks)

    def invoke(token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        name = token.rpartition(":")[2]
        if name in without:
            raise NothingFoundError(f"{name}: couldn't find resource")
        answer = (answers or {}).get(name)
        return answer(arguments) if answer else stand_in.invoke(token, arguments)

    deployment = run_program(project, stand_in.create, invoke, preview=preview)
    resources = () if preview else deployment.resources.values()
    if refused := [each for resource in resources for each in findings(resource, stand_in)]:
        raise AssertionError("AWS would refuse what is declared:\n" + "\n".join(refused))
    return deployment


def run_source(source: str, directory: Path) -> Deployment:
    """Returns what a program declares that is written into an empty directory.

    Args:
        source: The program, in Python; it imports `xray_on_kubernetes`, the components.
        directory: Where it is written.
    """
    (directory / "__main__.py").write_text(source, encoding="utf-8")
    with components_as_package():
        return run(Project(directory, "mine", "test", {"aws:region": "eu-west-1"}))


@contextmanager
def components_as_package() -> Generator[None]:
    """Gives the components the name that programs import them by once they are installed."""
    there = sys.modules.get(PYTHON_PACKAGE)
    sys.modules[PYTHON_PACKAGE] = components
    try:
        yield
    finally:
        if there is None:
            del sys.modules[PYTHON_PACKAGE]
        else:
            sys.modules[PYTHON_PACKAGE] = there


@cache
def variant(name: str, *, preview: bool = False) -> Deployment:
    """Returns what the program declares for one of the variants."""
    stack, settings = VARIANTS[name]
    return declare(stack, preview=preview, **settings)


def configured(stack: str = "dev", **settings: Any) -> Project:
    """Returns a stack's project with other settings over its own; None leaves a setting out."""
    project = _read_project(ROOT, stack)
    given = {key if ":" in key else f"{project.name}:{key}": settings[key] for key in settings}
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in {**project.configuration, **given}.items()
        if value is not None
    }
    return replace(project, configuration=texts)


def only(resources: Sequence[T]) -> T:
    """Returns the one there is."""
    (one,) = resources
    return one


def samples(deployment: Deployment) -> list[dict[str, Any]]:
    """Returns the Deployments of the sample services."""
    return [
        each
        for each in deployment.objects("Deployment")
        if each["metadata"]["labels"]["app.kubernetes.io/component"] == "sample-service"
    ]


def workloads(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Returns the DaemonSet and the Deployments by name."""
    objects = deployment.objects("DaemonSet") + deployment.objects("Deployment")
    return {each["metadata"]["name"]: each for each in objects}


def container_of(workload: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a workload's main container; beside it may be a collector and a drain sentinel."""
    main, *others = containers_of(workload)
    assert {each["name"] for each in others} <= {"collector", "drain-sentinel"}
    return main


def containers_of(workload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns a workload's containers."""
    return workload["spec"]["template"]["spec"]["containers"]


def environment_of(workload: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the environment variables of a workload's main container."""
    return {each["name"]: each.get("value") for each in container_of(workload)["env"]}


def as_documented(printed: str) -> dict[str, Any]:
    """Returns what `--json` printed, which docs/output.schema.json describes."""
    schema = json.loads((ROOT / "docs/output.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(result := json.loads(printed), schema)
    return result
