"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .page import measure_page
from .row import Measure

MEASURES: Final[Mapping[str, Measure]] = {"page": measure_page}
