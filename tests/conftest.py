"""What several tests need."""

import pytest

from rehearsal.deployment import Deployment
from tests.program import VARIANTS, variant


@pytest.fixture(params=VARIANTS)
def declared(request: pytest.FixtureRequest) -> Deployment:
    """What the program declares for each of the variants in turn."""
    return variant(request.param)
