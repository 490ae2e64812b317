"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .calls import measure_calls
from .cost import measure_cost
from .first_trace import measure_first_trace
from .one_setting import measure_one_setting
from .page import measure_page
from .reading import measure_reading
from .row import Measure
from .second_up import measure_second_up

MEASURES: Final[Mapping[str, Measure]] = {
    "first-trace": measure_first_trace,
    "second-up": measure_second_up,
    "one-setting": measure_one_setting,
    "calls": measure_calls,
    "page": measure_page,
    "reading": measure_reading,
    "cost": measure_cost,
}
