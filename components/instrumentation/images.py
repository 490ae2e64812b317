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
    images: dict[str, pulumi.Input[str]] = {each.value: public_image(each) for each in languages}
    if source == ImageSource.PUBLIC:
        return images
    for each, name in ((each, f"instrumentation-{each.value}") for each in languages):
        images[each.value] = mirror_image(
            f"{name}-image",
            repository=EcrRepository(name, {}),
            source=public_image(each),
            tag=public_image(each).rpartition(":")[2],
            opts=pulumi.ResourceOptions(),
        )
    return images
