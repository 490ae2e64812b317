"""The images of AWS's agents for languages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from ..component import Component
from ..constraints import Constraint, array
from ..image.daemon_image import ImageSource
from ..image.mirror import mirror_image
from ..image.repository import EcrRepository
from ..inputs import Inputs
from .languages import LANGUAGE_AGENTS, Language


class InstrumentationImagesArgs(TypedDict):
    """Inputs of `InstrumentationImages`."""

    languages: NotRequired[Sequence[Language]]
    """Languages whose agents the images are of."""

    image_source: NotRequired[ImageSource]
    """Where the images come from: `mirror` or `public`."""


DEFAULTS: Final[Mapping[str, Any]] = {
    "languages": tuple(Language),
    "image_source": ImageSource.MIRROR,
}

INSTRUMENTATION_IMAGES: Final = Inputs(
    InstrumentationImagesArgs,
    DEFAULTS,
    {
        "languages": array("an array of languages, each once", least=1, distinct=True),
        "image_source": Constraint("mirror or public", lambda given: given != ImageSource.BUILD),
    },
)


class InstrumentationImages(Component):
    """The images that bring AWS's agents for languages into pods.

    Makes an ECR repository for each language and copies AWS's image there; with `public`, nothing.

    Raises:
        pulumi.RunError: An input is wrong.
    """

    references: pulumi.Output[Mapping[str, str]]
    """What the pods pull, by language: by digest where it is a copy."""

    def __init__(
        self, name: str, args: InstrumentationImagesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = INSTRUMENTATION_IMAGES.complete(args, f"InstrumentationImages {name}")
        self.references = pulumi.Output.all(
            **{each.value: self._find(each) for each in self._args["languages"]}
        )
        self._register()

    def _find(self, language: Language) -> pulumi.Input[str]:
        public, name = public_image(language), f"{self._name}-{language.value}"
        if self._args["image_source"] == ImageSource.PUBLIC:
            return public
        return mirror_image(
            f"{name}-image",
            repository=EcrRepository(name, {}, self._child),
            source=public,
            tag=public.rpartition(":")[2],
            opts=self._child,
        )


def public_image(language: Language) -> str:
    """Returns AWS's image of the agent for a language."""
    image = LANGUAGE_AGENTS[language].image
    return f"public.ecr.aws/aws-observability/adot-autoinstrumentation-{image}"
