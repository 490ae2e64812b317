"""An image of another registry, copied to an ECR repository."""

import pulumi

from .repository import KEPT, EcrRepository


def mirror_image(
    name: str, *, repository: EcrRepository, source: str, tag: str, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Copies an image and returns the copy by digest: `<repository URL>@sha256:…`.

    Digest and platforms stay what they are. Docker's registry client copies; no Docker daemon is
    asked.
    """
    # Loaded only here: few stacks need it.
    import pulumi_docker_build as docker_build

    copy = docker_build.Index(
        name,
        sources=[source],
        tag=pulumi.Output.concat(repository.url, ":", tag),
        registry={"address": repository.url, **repository.sign_in()},
        push=True,
        opts=pulumi.ResourceOptions.merge(opts, KEPT),
    )
    return copy.ref.apply(without_tag)


def without_tag(reference: str) -> str:
    """Returns a reference by its digest alone; one without a digest stays as it is."""
    tagged, at, digest = reference.partition("@")
    repository, _, tag = tagged.rpartition(":")
    return f"{repository}@{digest}" if at and repository and "/" not in tag else reference
