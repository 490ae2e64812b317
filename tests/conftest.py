"""What several tests need."""

import pytest

from tests.support.program import VARIANTS, variant
from tools.lab.deployment import Deployment


@pytest.fixture(params=VARIANTS)
def declared(request: pytest.FixtureRequest) -> Deployment:
    """What the program declares for each of the variants in turn."""
    return variant(request.param)
