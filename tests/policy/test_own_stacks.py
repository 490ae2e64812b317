"""Everything that this project's own stacks declare is as the rules ask."""

from typing import Any, Final

import pytest

from tests.policy.judging import configuration_file, judged
from tests.support.program import VARIANTS, declare, variant

HOST_PORT: Final = ("article", "existing-node-role", "host-port")
"""Those whose daemon has a port of its node; the configuration of the article's is for them."""

BY_TAG: Final = tuple(name for name, (_, each) in VARIANTS.items() if "sampleImage" in each)
"""Those with AWS's own image, and a sample image, by their tags."""

DIGEST: Final = f"sha256:{'0f' * 32}"
SAMPLE_IMAGE: Final = f"example.com/sample@{DIGEST}"


def found_in(name: str, *, preview: bool) -> list[tuple[str, str]]:
    configuration = configuration_file("article") if name in HOST_PORT else None
    # Without an argument it is what other tests have looked at already.
    return judged(variant(name, preview=True) if preview else variant(name), configuration)


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in BY_TAG])
def test_a_stack_of_ours_is_not_stopped(name: str, preview: bool) -> None:
    assert found_in(name, preview=preview) == []


@pytest.mark.parametrize("name", BY_TAG)
def test_images_by_their_tags_are_all_that_stops_a_stack_of_ours(name: str) -> None:
    assert {broken for broken, _ in found_in(name, preview=False)} == {"image-digests"}


@pytest.mark.parametrize("name", BY_TAG)
def test_with_digests_it_is_not_stopped(name: str) -> None:
    stack, settings = VARIANTS[name]
    key = "collectorDigest" if settings.get("agent") == "collector" else "daemonDigest"
    pinned: dict[str, Any] = {**settings, "sampleImage": SAMPLE_IMAGE, key: DIGEST}
    assert judged(declare(stack, preview=False, **pinned)) == []


def test_the_article_needs_its_host_port_allowed_and_has_no_tags() -> None:
    found = judged(variant("article"))
    assert {broken for broken, _ in found} == {"no-host-ports", "required-tags"}
    ports = [sentence for broken, sentence in found if broken == "no-host-ports"]
    assert ports == [
        "DaemonSet xray-daemon takes port 2000 of its node in container xray-daemon; it must have "
        "no hostPort."
    ]


def test_nothing_of_ours_without_tags_is_left_out_of_those_that_must_have_some() -> None:
    found = judged(declare("dev", tags={}))
    assert {broken for broken, _ in found} == {"required-tags"}
    assert len(found) >= 10
