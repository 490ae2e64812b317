"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .reading import measure_reading
from .row import Measure

MEASURES: Final[Mapping[str, Measure]] = {"reading": measure_reading}
