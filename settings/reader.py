"""Reads the settings from Pulumi's configuration."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from .conflicts import conflicts
from .model import Settings
from .problems import Problem, SettingsError, explain

REGION_KEY = "aws:region"


def load_settings() -> Settings:
    """Returns the settings of the stack that this program runs for.

    Raises:
        SettingsError: Something is wrong; the message names every problem.
    """
    return read_settings(
        own_configuration(pulumi.get_project(), {**get_config_env(), **CONFIG.get()})
    )


def own_configuration(project: str, configured: Mapping[str, str]) -> dict[str, str]:
    """Returns what of a whole configuration this program reads: its own keys, and the region.

    Args:
        project: The project's name, which prefixes its keys.
        configured: Texts by full key, those of providers among them.
    """
    prefix = f"{project}:"
    return {
        key.removeprefix(prefix): text
        for key, text in configured.items()
        if key.startswith(prefix) or key == REGION_KEY
    }


def read_settings(configured: Mapping[str, str]) -> Settings:
    """Returns the settings of a configuration.

    Args:
        configured: Texts by key, as Pulumi keeps them: JSON where they are not plain text.

    Raises:
        SettingsError: Something is wrong; the message names every problem.
    """
    values = {key: _decode(key, text) for key, text in configured.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as refused:
        raise SettingsError(_all_problems(refused, values)) from None
    problems = [conflict.problem for conflict in conflicts(settings)]
    if problems:
        raise SettingsError(problems)
    return settings


def _decode(key: str, text: str) -> Any:
    """Returns what a text stands for; Pulumi's configuration knows only texts."""
    fields = {field.alias: field for field in Settings.model_fields.values()}
    field = fields.get(key)
    if field is None:
        return text
    if text == "" and field.default is None:
        # Pulumi's CLI wants a value for every declared key: empty is how one is left out.
        return None
    kinds = list(_kinds(field.annotation))
    if str in kinds:
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if value is None and field.default is None and any(issubclass(kind, Enum) for kind in kinds):
        # null leaves out a number or an object; where a word is asked for, it is a wrong word.
        return text
    return value


def _kinds(annotation: Any) -> Iterator[type]:
    """Yields the types that a setting's value may have."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    elif isinstance(annotation, type):
        yield annotation


def _all_problems(refused: ValidationError, values: Mapping[str, Any]) -> list[Problem]:
    """Adds the conflicts between those settings that are right alone."""
    errors = refused.errors(include_url=False)
    problems = [explain(error, Settings, values) for error in errors]
    wrong = {str(error["loc"][0]) for error in errors}
    right = {key: value for key, value in values.items() if key not in wrong}
    right.setdefault(REGION_KEY, "us-east-1")
    among_right = [
        conflict.problem
        for conflict in conflicts(Settings.model_validate(right))
        if not conflict.keys & wrong
    ]
    return list(dict.fromkeys(problems + among_right))
