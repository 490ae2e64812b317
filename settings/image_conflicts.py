"""Settings of the images that don't go together."""

from collections.abc import Iterator

from components import Backend, Credentials, ImageSource

from .disagreement import Disagreement, contrary, missing, unwanted
from .model import Settings

POD_IDENTITY_SINCE = (3, 6, 1)
"""The first daemon whose AWS SDK reaches the Pod Identity agent: those before 3.6.0 don't know it
(EKS user guide, pod-id-minimum-sdk), and 3.6.0 asks it through the egress proxy
(aws/aws-xray-daemon, issue 255)."""


def conflicts(settings: Settings) -> Iterator[Disagreement]:
    """Yields each conflict."""
    yield from _pod_identity(settings)
    yield from _collector(settings)
    yield from _public_image(settings)
    yield from _digest(settings)


def _pod_identity(settings: Settings) -> Iterator[Disagreement]:
    old = settings.backend == Backend.DAEMON and settings.daemon_release() < POD_IDENTITY_SINCE
    if settings.credentials == Credentials.POD_IDENTITY and old:
        yield contrary(
            "daemonVersion",
            settings.daemon_version,
            {"credentials", "backend"},
            "3.6.1 or newer where credentials is pod-identity, since the AWS SDK of older daemons "
            "does not reach the Pod Identity agent",
        )


def _collector(settings: Settings) -> Iterator[Disagreement]:
    built = settings.image_source_used() == ImageSource.BUILD
    if settings.backend == Backend.COLLECTOR and built:
        yield contrary(
            "imageSource",
            ImageSource.BUILD.value,
            {"backend"},
            "mirror or public where backend is collector, whose image is AWS's own: nothing is "
            "built",
        )


def _public_image(settings: Settings) -> Iterator[Disagreement]:
    if settings.image_source_used() != ImageSource.PUBLIC:
        return
    reason = "where imageSource is public, which makes no repository"
    if settings.repository_name is not None:
        yield unwanted("repositoryName", settings.repository_name, {"imageSource"}, reason)
    if settings.pull_accounts:
        yield unwanted("pullAccounts", settings.pull_accounts, {"imageSource"}, reason)
    if settings.sample_services and settings.sample_image is None:
        yield missing(
            "sampleImage",
            {"imageSource", "sampleServices"},
            "the reference of an image where imageSource is public, which builds none, or "
            "sampleServices must be false",
        )


def _digest(settings: Settings) -> Iterator[Disagreement]:
    if settings.image_source_used() == ImageSource.BUILD and settings.daemon_digest is not None:
        yield unwanted(
            "daemonDigest",
            settings.daemon_digest,
            {"imageSource", "backend"},
            "where imageSource is build, since it is the digest of AWS's own image",
        )
