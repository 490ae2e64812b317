"""What a change of one setting touches, beside what it must touch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.support.immutable import immutable_inputs
from tools.lab.deployment import Deployment, label

from .row import Conditions, Measured, Row
from .setting_changes import CHANGES
from .setting_changes.change import Change, Resources
from .stacks import declared_for

STACK: Final = "dev"

OWN_PREFIX: Final = "xray-on-kubernetes:"
"""How types of the program's own components begin, which hold others and are nothing by
themselves."""

EVERY: Final = 6
"""In short, one of so many changes is tried."""

CONDITIONS: Final = (
    "Each setting of the stack `dev` is changed alone, over what it needs where that is more, and "
    "what the program registers is compared with what it registered before; providers are "
    "stand-ins. What must be touched is written down by hand (bench/performance/setting_changes); "
    "whether an input can be changed in place is as providers have it (rehearsal/immutable.py). "
    "Not counted: pods that follow a new image, whose digest is known once it is built, and that a "
    "ConfigMap with other contents is another one."
)


@dataclass(frozen=True)
class Effects:
    """What a change comes to, in the resources that are not components of ours."""

    touched: Resources
    made: Resources
    removed: Resources
    replaced: Resources

    def all(self) -> frozenset[tuple[str, str]]:
        """Returns every resource that has to do with it, and how; replacements are apart."""
        kinds = {"touched": self.touched, "made": self.made, "removed": self.removed}
        return frozenset((kind, each) for kind, found in kinds.items() for each in found)


def measure_one_setting(conditions: Conditions) -> Measured:
    """Changes one setting after the other."""
    names = list(CHANGES)[:: EVERY if conditions.short else 1]
    found = {name: effects_of(CHANGES[name]) for name in names}
    expected = {name: expected_of(CHANGES[name]) for name in names}
    more = _beyond(found, expected)
    fewer = _beyond(expected, found)
    replacing = {name: sorted(one.replaced) for name, one in found.items() if one.replaced}
    surprises = [name for name in names if found[name].replaced != expected[name].replaced]
    must = sum(len(one.all()) for one in expected.values())
    tried = f"{len(names)} changes of one setting"
    rows = [
        Row(
            "resources touched, made or removed beside those that must be",
            f"{must} that must be, {tried}",
            f"{len(more)} more, {len(fewer)} fewer",
            "0 more, 0 fewer",
            not more and not fewer,
        ),
        Row(
            "changes that replace a resource that they need not",
            tried,
            str(len(surprises)),
            "0",
            not surprises,
        ),
        Row("changes that replace a resource, as they must", tried, str(len(replacing))),
    ]
    data = {"tried": names, "more": more, "fewer": fewer, "replacing": replacing}
    return Measured(rows, data, f"{CONDITIONS} Replacing: {_said(replacing)}.")


def _beyond(one: Mapping[str, Effects], other: Mapping[str, Effects]) -> list[str]:
    """Returns what is in one and not in the other, by the change."""
    return [
        f"{name}: {what} is {how}"
        for name, effects in one.items()
        for how, what in sorted(effects.all() - other[name].all())
    ]


def effects_of(change: Change) -> Effects:
    """Returns what a change comes to in what the program declares."""
    before = _declared(json.dumps(change.before))
    after = _declared(json.dumps({**change.before, **change.settings}))
    return compare(before, after)


def expected_of(change: Change) -> Effects:
    """Returns what a change must come to."""
    return Effects(change.touched, change.made, change.removed, change.replaced)


def compare(before: Deployment, after: Deployment) -> Effects:
    """Returns what becomes of the resources of one declaration in another."""
    old, new = (
        {urn: one for urn, one in each.resources.items() if not one.type.startswith(OWN_PREFIX)}
        for each in (before, after)
    )
    both = old.keys() & new.keys()
    return Effects(
        touched=frozenset(label(new[urn]) for urn in both if old[urn].inputs != new[urn].inputs),
        made=frozenset(label(new[urn]) for urn in new.keys() - old.keys()),
        removed=frozenset(label(old[urn]) for urn in old.keys() - new.keys()),
        replaced=frozenset(
            label(new[urn])
            for urn in both
            if immutable_inputs(old[urn]) != immutable_inputs(new[urn])
        ),
    )


@cache
def _declared(settings: str) -> Deployment:
    return declared_for(STACK, json.loads(settings))


def _said(replacing: Mapping[str, Sequence[Any]]) -> str:
    return "; ".join(f"{name} {len(found)}" for name, found in replacing.items()) or "none"
