"""Conditions of policies: which are known to name who calls."""

import re
from collections.abc import Callable
from itertools import takewhile
from typing import Final

from .arns import names_no_resource
from .policy_documents import Statement
from .values import fields_of, is_unknown, items_of

EXACT: Final = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
"""Operators that a request without the key fails, unlike `…IfExists` and `ForAllValues:…` (IAM
user guide, "Condition operators")."""

CALLERS: Final = {
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"),
    *("aws:sourceowner", "kms:calleraccount"),
}
"""Keys of conditions that say who calls, in lower case (IAM, SNS and KMS guides)."""

CALLER: Final = re.compile(
    r"\d{12}|o-[a-z0-9]{10,32}(/.*)?|vpce?-[0-9a-f]{8,17}|arn:[^:]+:[^:]+:[^:]*:\d{12}:.+"
)
"""Values of those that name somebody: an account, an organization, a network, or an ARN with its
account. `anonymous` is the account of those without one (IAM guide)."""

SUBJECT_KINDS: Final = {
    *("", "repo", "repository", "repository_owner", "repository_id", "repository_owner_id"),
    *("system", "serviceaccount", "project_path", "organization", "org", "account"),
    *("pulumi", "deploy", "owner", "enterprise"),
}
"""What subjects of GitHub, Kubernetes, GitLab, HCP Terraform, CircleCI and others begin with,
whoever they name (their documentation of OIDC)."""

SUBJECTS_OF_ANYBODY: Final = {
    *("environment", "ref", "ref_type", "base_ref", "head_ref", "event_name", "pull_request"),
    *("workflow", "context", "runner_environment", "repository_visibility", "sha"),
}
"""What any repository of GitHub may let its subjects begin with (GitHub, "OIDC token claims")."""


def is_narrow(statement: Statement, names: Callable[[str, str], bool]) -> bool:
    """Returns whether a condition is known to name somebody, or is not known yet."""
    conditions = statement.fields.get("condition")
    if is_unknown(conditions):
        return True
    for operator, condition in fields_of(conditions).items():
        if operator.lower().removeprefix("foranyvalue:") in EXACT:
            for key, value in fields_of(condition).items():
                values = [*items_of(value)]
                named = [is_unknown(each) or names(key.lower(), str(each)) for each in values]
                if is_unknown(value) or (named and all(named)):
                    return True
    return False


def names_a_caller(key: str, value: str) -> bool:
    """Returns whether a condition's key and value are known to say who calls."""
    of_s3 = re.match("arn:aws[^:]*:s3:::", value) and not names_no_resource(value)
    return key in CALLERS and bool(of_s3 or CALLER.fullmatch(value))


def names_a_subject(key: str, value: str) -> bool:
    """Returns whether they are known to say which bearers of a provider's tokens may call."""
    # A variable, ${…}, stands for anything too.
    parts = re.split("[:/]", value)
    named = [*takewhile(lambda part: not set("*?$") & set(part), parts)]
    somebody = {*named} - SUBJECT_KINDS and named[0] not in SUBJECTS_OF_ANYBODY
    return key.endswith(":sub") and bool(somebody) and (len(named) > 1 or named == parts)
