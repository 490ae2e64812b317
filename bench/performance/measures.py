"""The measurements, by name, in the order of their rows."""

from collections.abc import Mapping
from typing import Final

from .evaluation import measure_evaluation
from .preview import measure_preview
from .row import Measure
from .services import measure_services

MEASURES: Final[Mapping[str, Measure]] = {
    "evaluation": measure_evaluation,
    "preview": measure_preview,
    "services": measure_services,
}
