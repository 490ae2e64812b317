"""The images of AWS's agents for languages."""

from collections.abc import Sequence

import pulumi

from ..image.daemon_image import ImageSource
from ..image.mirror import mirror_image
from ..image.repository import EcrRepository
from .languages import LANGUAGE_AGENTS, Language


def public_image(language: Language) -> str:
    """Returns AWS's image of the agent for a language."""
    image = LANGUAGE_AGENTS[language].image
    return f"public.ecr.aws/aws-observability/adot-autoinstrumentation-{image}"


def agent_images(
    languages: Sequence[Language], source: ImageSource
) -> dict[str, pulumi.Input[str]]:
    """Returns what the pods pull by language: AWS's images, or copies of them, by digest."""
    if source == ImageSource.BUILD:
        raise pulumi.RunError(
            'image_source of trace_workloads is "build"; it must be mirror or public.'
        )
    public = source == ImageSource.PUBLIC
    return {each.value: public_image(each) if public else _copy(each) for each in languages}


def _copy(language: Language) -> pulumi.Output[str]:
    name, source = f"instrumentation-{language.value}", public_image(language)
    return mirror_image(
        f"{name}-image",
        repository=EcrRepository(name, {}),
        source=source,
        tag=source.rpartition(":")[2],
        opts=pulumi.ResourceOptions(),
    )
