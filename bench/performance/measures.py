"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .first_trace import measure_first_trace
from .row import Measure

MEASURES: Final[Mapping[str, Measure]] = {
    "first-trace": measure_first_trace,
}
