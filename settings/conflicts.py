"""Settings that are right alone and wrong together."""

from collections.abc import Iterator, Sequence

from . import cluster_conflicts, collector_conflicts, daemon_conflicts, image_conflicts
from .disagreement import Disagreement
from .model import Settings
from .problems import Problem, shown


def conflicts(settings: Settings) -> Iterator[Disagreement]:
    """Yields each conflict, with the keys of all the settings that make it."""
    yield from cluster_conflicts.conflicts(settings)
    yield from image_conflicts.conflicts(settings)
    yield from daemon_conflicts.conflicts(settings)
    yield from collector_conflicts.conflicts(settings)
    rules, groups = settings.sampling_rules, settings.trace_groups
    yield from _duplicates("samplingRules", "name", [rule.name for rule in rules])
    yield from _duplicates("samplingRules", "priority", [rule.priority for rule in rules])
    yield from _duplicates("traceGroups", "name", [group.name for group in groups])


def _duplicates(key: str, part: str, values: Sequence[str | int]) -> Iterator[Disagreement]:
    for index, value in enumerate(values):
        first = values.index(value)
        if first < index:
            where = f"{key}[{index}].{part}"
            sentence = (
                f"{where} is {shown(value)}; it must differ from {key}[{first}].{part}, "
                "which has that already."
            )
            yield Disagreement(frozenset({key}), Problem(where, sentence))
