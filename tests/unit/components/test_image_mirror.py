import pytest

from components.daemon_image import mirror_tag, public_reference
from components.image_mirror import without_tag

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
    assert mirror_tag("3.6.6", None) == "3.6.6"
    assert mirror_tag("3.6.6", DIGEST) == "3.6.6-0f0f0f0f0f0f"


def test_a_digest_goes_with_the_version_that_it_is_of() -> None:
    public = "public.ecr.aws/xray/aws-xray-daemon:3.6.6"
    assert public_reference("3.6.6", None) == public
    assert public_reference("3.6.6", DIGEST) == f"{public}@{DIGEST}"
