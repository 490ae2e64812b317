import pytest

from components import Backend
from components.image.mirror import without_tag
from components.image.public import mirror_tag, public_reference

DIGEST = f"sha256:{'0f' * 32}"


@pytest.mark.parametrize(
    ("reference", "alone"),
    [
        (f"registry.example.com/daemon:3.6.6@{DIGEST}", f"registry.example.com/daemon@{DIGEST}"),
        (f"localhost:5000/daemon:3.6.6@{DIGEST}", f"localhost:5000/daemon@{DIGEST}"),
        (f"localhost:5000/daemon@{DIGEST}", f"localhost:5000/daemon@{DIGEST}"),
        ("registry.example.com/daemon:3.6.6", "registry.example.com/daemon:3.6.6"),
    ],
)
def test_a_copy_is_named_by_its_digest_alone(reference: str, alone: str) -> None:
    assert without_tag(reference) == alone


def test_another_digest_is_another_tag_since_tags_can_t_be_moved() -> None:
    assert mirror_tag(Backend.DAEMON, "3.6.6", None) == "3.6.6"
    assert mirror_tag(Backend.DAEMON, "3.6.6", DIGEST) == "3.6.6-0f0f0f0f0f0f"
    assert mirror_tag(Backend.COLLECTOR, "0.49.0", DIGEST) == "v0.49.0-0f0f0f0f0f0f"


@pytest.mark.parametrize(
    ("backend", "version", "public"),
    [
        (Backend.DAEMON, "3.6.6", "public.ecr.aws/xray/aws-xray-daemon:3.6.6"),
        (
            Backend.COLLECTOR,
            "0.49.0",
            "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
        ),
    ],
)
def test_a_digest_goes_with_the_version_that_it_is_of(
    backend: Backend, version: str, public: str
) -> None:
    assert public_reference(backend, version, None) == public
    assert public_reference(backend, version, DIGEST) == f"{public}@{DIGEST}"
