"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .calls import measure_calls
from .cost import measure_cost
from .page import measure_page
from .row import Measure

MEASURES: Final[Mapping[str, Measure]] = {
    "calls": measure_calls,
    "page": measure_page,
    "cost": measure_cost,
}
