"""Conditions of policies: which are known to name who calls."""

import re
from collections.abc import Callable
from typing import Final

from .arns import names_no_resource
from .policy_documents import Statement
from .values import fields_of, is_unknown, items_of

EXACT: Final = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
"""Operators that a request without the key fails, unlike `…IfExists` and `ForAllValues:…`:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""

CALLERS: Final = {
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"),
    *("aws:sourceowner", "kms:calleraccount"),
}
"""Keys of conditions that say who calls, in lower case:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html and
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""

CALLER: Final = re.compile(
    r"\d{12}|o-[a-z0-9]{10,32}(/.*)?|vpce?-[0-9a-f]{8,17}|arn:[^:]+:[^:]+:[^:]*:\d{12}:.+"
)
"""Values of those that name somebody: an account, an organization, a network, or an ARN with its
account. `anonymous` is the account of those without one (same page of IAM)."""

NAME: Final = "[^*?$:/]+"

SUBJECT: Final = re.compile(
    r"((repo|repository|repository_(id|owner|owner_id)|enterprise|system:serviceaccount|"
    r"project_path|organization|org|account|owner|space|pulumi:[a-z]+:org|[a-z-]+-\d)"
    rf"[:/]{NAME}([:/].*)?)|\{{[0-9a-f-]{{36}}\}}.*|spiffe://{NAME}(/{NAME})+|"
    rf"(?!(pull_request|anonymous|sts.amazonaws.com|true|false)$){NAME}"
)
"""Subjects that name somebody before any wildcard or variable: of GitHub, Kubernetes, GitLab, HCP
Terraform, Buildkite, CircleCI, Scalr, Vercel, Spacelift, Pulumi, Cognito, Bitbucket and SPIFFE,
and those that are only a name, but not one that any can have (their documentation of OIDC)."""


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
    return key.endswith(":sub") and bool(SUBJECT.fullmatch(value))
