"""Reads the settings from the Pulumi configuration."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_type_hints

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.words import named

from .conflict import NAMES
from .conflicts import conflicts
from .inputs import REGION_KEY, SETTINGS, key_of
from .model import Settings
from .problems import Problem, SettingsError

NOT_OURS: Final = ("aws:noProxy", "kubernetes:kubeconfig", "kubernetes:namespace", "pulumi:tags")
"""Keys of Pulumi and of the program's providers that end like settings (ProviderArgs of the
providers; Pulumi documentation, stack tags)."""


def load_settings() -> Settings:
    """Returns the settings of the stack that this program runs for; see `read_settings`."""
    return read_configuration(pulumi.get_project(), {**get_config_env(), **CONFIG.get()})


def read_configuration(project: str, configured: Mapping[str, str]) -> Settings:
    """Returns the settings in a whole configuration: the project's own keys, and the region."""
    prefix = f"{project}:"
    own = {
        key.removeprefix(prefix): text
        for key, text in configured.items()
        if key.startswith(prefix) or key == REGION_KEY
    }
    return read_settings(own, *_under_another_name(project, configured))


def read_settings(configured: Mapping[str, str], *known: Problem) -> Settings:
    """Returns the settings of a configuration: texts by key, JSON where they are not plain text.

    Raises:
        SettingsError: Something is wrong; the message names every problem.
    """
    given = {key: _decode(key, text) for key, text in configured.items()}
    problems = list(known)
    values = SETTINGS.read(given, problems, spell=key_of, noun="a setting")
    wrong = {problem.path.partition(".")[0].partition("[")[0] for problem in problems}
    # Conflicts between those settings that are right alone are told too.
    kept = {key: value for key, value in given.items() if key not in wrong}
    kept.setdefault(REGION_KEY, "us-east-1")
    settings = Settings(**SETTINGS.read(kept, [], spell=key_of) if problems else values)
    problems += [each.problem for each in conflicts(settings) if not each.keys & wrong]
    if problems:
        raise SettingsError(list(dict.fromkeys(problems)))
    return settings


def _under_another_name(project: str, configured: Mapping[str, str]) -> Iterator[Problem]:
    """Yields settings that nothing would read, since the project was renamed, or is mistyped."""
    for key in configured:
        namespace, _, name = key.partition(":")
        if name in NAMES and namespace != project and key not in NOT_OURS:
            right = f"{project}:{name}"
            yield Problem(key, f"{named(key)} is a key of another project; it must be {right}.")


def _decode(key: str, text: str) -> Any:
    """Returns what a text stands for; the Pulumi configuration knows only texts."""
    hints = {key_of(name): hint for name, hint in get_type_hints(Settings).items()}
    hint = hints.get(key)
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    optional = NoneType in kinds
    if key not in hints or (str in kinds and text != ""):
        return text
    if text == "" and optional:
        # The Pulumi CLI wants a value for every declared key: empty is how one is left out.
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if value == {} and optional:
        return None
    words = any(isinstance(kind, type) and issubclass(kind, Enum) for kind in kinds)
    # null leaves out what may be left out, unless a word is asked for: there it is a wrong word.
    return text if value is None and (words or not optional) else value
