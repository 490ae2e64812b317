"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .first_trace import measure_first_trace
from .row import Measure
from .second_up import measure_second_up

MEASURES: Final[Mapping[str, Measure]] = {
    "first-trace": measure_first_trace,
    "second-up": measure_second_up,
}
