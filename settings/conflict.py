"""How a conflict between settings is stated, and how it is found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, cast

from .inputs import SETTINGS, key_of
from .model import Settings
from .problems import Problem, shown

NAMES: Final = {key_of(name): name for name in Settings.__annotations__}
_KEYS: Final = {name: key for key, name in NAMES.items()}


@dataclass(frozen=True)
class Condition:
    """What a setting is, or several are: as a phrase, and as a check."""

    key: str
    """The setting; empty for several."""

    phrase: str
    holds: Callable[[Settings], bool]
    word: str = "when"

    def __and__(self, other: "Condition") -> "Condition":
        phrase = f"{self.phrase} and {other.phrase}"
        return Condition("", phrase, lambda s: self.holds(s) and other.holds(s))

    def __invert__(self) -> "Condition":
        return replace(self, holds=lambda s: not self.holds(s), word="unless")


def equals(key: str, value: str | bool) -> Condition:
    """Returns the condition that a setting has a value."""
    phrase = f"{key} is {value if isinstance(value, str) else shown(value)}"
    return Condition(key, phrase, lambda s: getattr(s, NAMES[key]) == value)


def is_set(key: str) -> Condition:
    """Returns the condition that a setting without a default is set."""
    return Condition(key, f"{key} is set", lambda s: getattr(s, NAMES[key]) is not None)


class FoundConflict(NamedTuple):
    """A conflict that a stack's settings have."""

    keys: frozenset[str]
    """Every setting that the verdict relies on: if one is wrong in itself, it says nothing."""

    problem: Problem


@dataclass(frozen=True)
class Conflict:
    """A value that one setting must not have because of others."""

    wrong: Condition
    must: str | Callable[[Settings], str]
    """Completes the sentence "it must …"."""

    when: Condition
    because: str = ""

    def found_in(self, settings: Settings) -> FoundConflict | None:
        """Returns the conflict if these settings have it."""
        recorder = _Recorder(settings)
        recorded = cast(Settings, recorder)
        if not (self.wrong.holds(recorded) and self.when.holds(recorded)):
            return None
        key, when = self.wrong.key, self.when
        value = _shown(getattr(settings, NAMES[key]))
        must = self.must if isinstance(self.must, str) else self.must(recorded)
        reason = f", because {self.because}" if self.because else ""
        sentence = f"{key} is {value}; it must {must} {when.word} {when.phrase}{reason}."
        return FoundConflict(frozenset(recorder.read), Problem(key, sentence))


def unwanted(key: str, when: Condition, because: str = "") -> Conflict:
    """Returns the conflict of a setting that has no effect, and has not its default either."""
    default = SETTINGS.default(NAMES[key])
    changed = Condition(key, "", lambda s: getattr(s, NAMES[key]) != default)
    return Conflict(changed, "not be set", when, because)


class _Recorder:
    """Stands in for settings, and records the keys of those that are read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in _KEYS:
            self.read.add(_KEYS[name])
            return getattr(self._settings, name)
        return getattr(Settings, name).__get__(self)  # A method, which then reads from here.


def _shown(value: Any) -> str:
    return "not set" if value is None else shown(value)
