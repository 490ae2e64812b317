"""What the program's own process does: reads the settings, and runs `__main__.py`.

Only this side loads Pulumi and its providers. `program_process` is the other side.
"""

import os
import pickle
import sys
import traceback
from pathlib import Path
from typing import IO, Any

import pulumi

from components import CollectorExporter
from settings import own_configuration, read_settings
from tools.lab.deployment import Deployment
from tools.lab.engine import run_program
from tools.lab.errors import ToolError, sentence_in
from tools.lab.project import Facts, Project

from .aws.adoption import adopt
from .aws.cloud import Cloud
from .kubernetes_objects import KubernetesObjects
from .program_process import CHECK_SETTINGS, DEPLOY
from .providers import Providers


def check_settings(project: Project) -> Facts:
    """Returns what a rehearsal needs to know of the stack's settings.

    Raises:
        ToolError: Some are wrong; the message names every problem.
    """
    try:
        settings = read_settings(own_configuration(project.name, project.configuration))
    except pulumi.RunError as refused:
        raise ToolError(str(refused)) from None
    return Facts(
        region=settings.region,
        cluster_name=settings.cluster_name,
        node_role_name=settings.node_role_name,
        kubernetes_version=settings.kubernetes_version,
        kubeconfig=settings.kubeconfig is not None,
        oidc_provider_arn=settings.oidc_provider_arn,
        assume_role_arn=settings.assume_role_arn,
        spans=settings.collector_exporter == CollectorExporter.OTLP,
    )


def deploy(project: Project, facts: Facts, cloud: Cloud, manifests: Path) -> Deployment:
    """Runs the program and returns what it declared.

    Args:
        project: The project, with the configuration of the stack.
        facts: What `check_settings` returned.
        cloud: Where its AWS resources are made.
        manifests: The folder that its Kubernetes objects are written to.

    Raises:
        ToolError: Something that the program declares can't be.
    """
    providers = Providers(cloud, KubernetesObjects(manifests, facts.kubernetes_version))
    adopt(cloud, facts)
    try:
        return run_program(project, providers.create, providers.invoke)
    except Exception as error:
        sentence = str(error) if isinstance(error, pulumi.RunError) else sentence_in(error)
        if sentence is None:
            raise
        raise ToolError(sentence) from None


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answers one question after the other until there are no more."""
    functions = {CHECK_SETTINGS: check_settings, DEPLOY: deploy}
    while True:
        try:
            function, arguments = pickle.load(questions)
        except EOFError:
            return
        pickle.dump(_answer(functions[function], arguments), answers)
        answers.flush()


def _answer(function: Any, arguments: Any) -> tuple[Any, Exception | None]:
    try:
        return function(*arguments), None
    except ToolError as error:
        return None, error
    except Exception:
        return None, RuntimeError(traceback.format_exc())


if __name__ == "__main__":
    # What the program prints is no answer: it goes where its errors go.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)
