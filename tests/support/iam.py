"""How IAM decides, by a policy, on one action (IAM user guide, policy evaluation logic)."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

COMPARING: Final = {"StringEquals", "ArnEquals", "ArnLike", "ForAnyValue:StringEquals"}
"""Condition operators that find a request's value among others, where `*` stands for anything."""


def effects(document: Any, action: str, arn: str, request: Mapping[str, str]) -> set[str]:
    """Returns the effects of the statements that an action falls under.

    Args:
        document: The policy.
        action: The action, such as `iam:PassRole`.
        arn: What it is tried on.
        request: The values of condition keys.
    """

    def applies(statement: dict[str, Any]) -> bool:
        conditions = statement.get("Condition", {})
        assert conditions.keys() <= COMPARING
        on = (
            _is_among(arn, statement["Resource"])
            if "Resource" in statement
            else not _is_among(arn, statement["NotResource"])
        )
        return (
            on
            and _is_among(action, statement["Action"])
            and all(
                _is_among(request.get(key, ""), wanted)
                for keys in conditions.values()
                for key, wanted in keys.items()
            )
        )

    return {each["Effect"] for each in document["Statement"] if applies(each)}


def _is_among(value: str, patterns: str | list[str]) -> bool:
    every = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value, each) for each in every)
