"""How IAM decides, by a policy, on one action (IAM user guide, policy evaluation logic)."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

COMPARING: Final = {"StringEquals", "ArnEquals", "ArnLike", "ForAnyValue:StringEquals"}
"""Condition operators that find a request's value among others, where `*` stands for anything."""


def effects(document: Any, action: str, arn: str, request: Mapping[str, str]) -> set[str]:
    """Returns the effects of the statements that an action on an ARN falls under.

    `request` has the values of condition keys.
    """

    def applies(statement: Mapping[str, Any]) -> bool:
        compared = [(action, statement["Action"])]
        for operator, keys in statement.get("Condition", {}).items():
            assert operator in COMPARING
            compared += [(request.get(key, ""), wanted) for key, wanted in keys.items()]
        excluded = statement.get("NotResource", ())
        on = not _is_among(arn, excluded) and _is_among(arn, statement.get("Resource", "*"))
        return on and all(_is_among(value, wanted) for value, wanted in compared)

    return {each["Effect"] for each in document["Statement"] if applies(each)}


def _is_among(value: str, patterns: Any) -> bool:
    every = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value, each) for each in every)
