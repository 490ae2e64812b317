"""The form that every IAM policy has."""

from typing import Any

PolicyDocument = dict[str, Any]


def policy_document(*statements: dict[str, Any]) -> PolicyDocument:
    """Returns a policy of these statements, in the version of the language that has conditions."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
