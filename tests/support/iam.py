"""How IAM decides, by a policy, on one action (IAM user guide, policy evaluation logic)."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any


def effects(document: Any, action: str, arn: str, request: Mapping[str, str]) -> set[str]:
    """Returns the effects of the statements that an action on an ARN falls under.

    `request` has the values of condition keys.
    """

    def applies(statement: dict[str, Any]) -> bool:
        inside = "Resource" in statement
        return (
            _is_among(action, statement["Action"])
            and _is_among(arn, statement["Resource" if inside else "NotResource"]) == inside
            and all(
                _holds(operator, request.get(key), wanted)
                for operator, keys in statement.get("Condition", {}).items()
                for key, wanted in keys.items()
            )
        )

    return {each["Effect"] for each in document["Statement"] if applies(each)}


def _holds(operator: str, value: str | None, wanted: str | list[str]) -> bool:
    if operator == "Null":
        return (value is None) == (wanted == "true")
    return _is_among(value or "", wanted) != (operator == "StringNotEquals")


def _is_among(value: str, patterns: str | list[str]) -> bool:
    every = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value, each) for each in every)
