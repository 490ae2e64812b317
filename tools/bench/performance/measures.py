"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .calls import measure_calls
from .cost import measure_cost
from .evaluation import measure_evaluation
from .first_trace import measure_first_trace
from .one_setting import measure_one_setting
from .page import measure_page
from .preview import measure_preview
from .reading import measure_reading
from .row import Measure
from .second_up import measure_second_up
from .services import measure_services

MEASURES: Final[Mapping[str, Measure]] = {
    "evaluation": measure_evaluation,
    "preview": measure_preview,
    "first-trace": measure_first_trace,
    "second-up": measure_second_up,
    "one-setting": measure_one_setting,
    "services": measure_services,
    "calls": measure_calls,
    "page": measure_page,
    "reading": measure_reading,
    "cost": measure_cost,
}
