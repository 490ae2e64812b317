"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .calls import measure_calls
from .cost import measure_cost
from .row import Measure

MEASURES: Final[Mapping[str, Measure]] = {"cost": measure_cost, "calls": measure_calls}
