"""IAM policies (JSON) of what is there beside the program."""

import json
from collections.abc import Mapping


def allowing(*actions: str) -> str:
    """Returns a policy that allows actions on everything."""
    return _policy(Action=list(actions), Resource="*")


def trusting(principal: Mapping[str, str], *actions: str) -> str:
    """Returns the trust policy of a role that a principal takes.

    Args:
        principal: Such as `{"Service": "eks.amazonaws.com"}`.
        actions: By which it takes the role.
    """
    return _policy(Principal=dict(principal), Action=list(actions))


def _policy(**statement: object) -> str:
    statements = [{"Effect": "Allow", **statement}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
