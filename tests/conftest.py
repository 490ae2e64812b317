"""What several tests need."""

import pytest

from tests.support.program import VARIANTS, variant
from tools.lab.deployment import Deployment


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts files with slow tests first, so that none is left for one core at the end."""
    slow = {each.path for each in items if each.get_closest_marker("slow")}
    items.sort(key=lambda each: each.path not in slow)


@pytest.fixture(params=VARIANTS)
def declared(request: pytest.FixtureRequest) -> Deployment:
    """What the program declares for each of the variants in turn."""
    return variant(request.param)
