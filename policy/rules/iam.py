"""IAM policies: each names its actions, its resources and its principals; none gives everything."""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Final

from .policy_documents import Kind, Statement, statements_of
from .rule import Configuration, Resource, list_setting, rule
from .values import fields_of, is_unknown, items_of, known_texts, parts_of

AWS_POLICY: Final = re.compile(r"^arn:[^:]+:(iam::aws:policy|eks::aws:cluster-access-policy)/")
"""How the ARN of a policy of AWS's begins."""

FULL_ACCESS: Final = ("AdministratorAccess", "PowerUserAccess", "AmazonEKSClusterAdmin")
"""How policies of AWS's begin that allow all of an account, beside those named `…FullAccess`."""

WEB_IDENTITY: Final = "sts:assumerolewithwebidentity"
"""In lower case, what the bearer of an OIDC provider's token becomes a role by."""


@rule("iam-no-wildcard-actions")
def check_actions(resource: Resource, _: Configuration) -> Iterator[str]:
    """Policies name each action that they allow."""
    for statement in statements_of(resource):
        said, place = f"{resource.title} allows", statement.place
        if "NotAction" in statement.fields:
            yield f"{said} everything but NotAction in {place}; it must name each action it allows."
        for action in statement.actions:
            if set("*?") & set(action) and not _is_a_key_for_its_account(statement, action):
                yield f'{said} "{action}" in {place}; it must name each action without a wildcard.'


@rule(
    "iam-no-wildcard-resources",
    actionsWithoutResources=list_setting(
        "More actions that take no resource but *; ec2:DescribeVpcs is one."
    ),
)
def check_resources(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """Policies name the resources that they allow something on, where the action takes one."""
    limitless = {
        each.lower() for each in (*WITHOUT_RESOURCES, *configuration["actionsWithoutResources"])
    }
    for statement in statements_of(resource):
        actions = [each for each in statement.actions if each.lower() not in limitless]
        if statement.kind not in (Kind.IDENTITY, Kind.RESOURCE) or not actions:
            continue
        said = f"{resource.title} allows {', '.join(actions)} on"
        must = f"in {statement.place}; it must name the resources that it allows it on."
        if "NotResource" in statement.fields:
            yield f"{said} everything but NotResource {must}"
        for arn in known_texts(statement.fields.get("Resource")):
            if names_no_resource(arn):
                yield f'{said} "{arn}" {must}'


@rule("iam-no-full-access")
def check_attachments(resource: Resource, _: Configuration) -> Iterator[str]:
    """Nobody is given all of an account or of a service by a policy of AWS's."""
    must = "it must attach a policy that allows single actions"
    for _path, arn in parts_of(resource.properties):
        # EKS has access policies of its own, `arn:aws:eks::aws:cluster-access-policy/…`.
        if isinstance(arn, str) and AWS_POLICY.search(arn):
            name = arn.rsplit("/", 1)[-1]
            full = name.endswith("FullAccess") or "/job-function/" in arn
            if full or name.startswith(FULL_ACCESS):
                yield f"{resource.title} attaches {name}; {must}."


def _is_a_key_for_its_account(statement: Statement, action: str) -> bool:
    """Whether it leaves a key to the account's IAM, as AWS's default key policy does."""
    accounts = [each.endswith(":root") or each.isdigit() for each in statement.principals]
    return action.lower() == "kms:*" and any(accounts) and all(accounts)


@rule("iam-no-wildcard-principals")
def check_principals(resource: Resource, _: Configuration) -> Iterator[str]:
    """Policies name those who may become a role, or use a resource."""
    properties = resource.properties
    callers = [properties.get(key) for key in ("principalOrgId", "sourceAccount")]
    called = resource.type == "aws:lambda/permission:Permission" and not any(callers)
    if called and properties.get("principal") == "*":
        yield f"{resource.title} allows everybody to call it; its principal must name somebody."
    for statement in statements_of(resource):
        if statement.kind == Kind.IDENTITY:
            continue
        said = f"{resource.title} allows {', '.join(statement.actions) or 'something'} to"
        must = f"in {statement.place}; it must"
        if "NotPrincipal" in statement.fields:
            yield f"{said} everybody but NotPrincipal {must} name those that it allows it to."
        wide = any("*" in each for each in statement.principals)
        if wide and not _is_narrow(statement, _names_a_caller):
            yield (
                f"{said} everybody {must} name those that it allows it to, or have a condition "
                "that does."
            )
        web = any(fnmatchcase(WEB_IDENTITY, each.lower()) for each in statement.actions)
        if web and not _is_narrow(statement, _names_a_subject):
            yield f"{said} every token of its provider {must} have a condition on the token's sub."


EXACT: Final = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
"""Operators that a request without the key fails, unlike `…IfExists` and `ForAllValues:…`."""

CALLERS: Final = {
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:sourcearn"),
    *("aws:sourceaccount", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce"),
    "kms:calleraccount",
}
"""Keys of conditions that say who calls, in lower case (AWS global condition context keys)."""

SUBJECT_KINDS: Final = {"", "repo", "system", "serviceaccount", "project_path", "organization"}
"""What subjects of GitHub, Kubernetes, GitLab and HCP Terraform begin with, whoever they name."""


def _is_narrow(statement: Statement, names: Callable[[str, str], bool]) -> bool:
    """Whether a condition is known to be on a value that names somebody, or is not known yet."""
    conditions = statement.fields.get("Condition")
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


def _names_a_caller(key: str, value: str) -> bool:
    if not value.startswith("arn:"):
        return key in CALLERS and not set("*?") & set(value)
    account = value.split(":", 5)[4:5]
    return (
        key in CALLERS
        and "*" not in "".join(account)
        and (account != [""] or not names_no_resource(value))
    )


def _names_a_subject(key: str, value: str) -> bool:
    literal = takewhile(lambda part: not set("*?") & set(part), re.split("[:/]", value))
    return key.endswith(":sub") and bool({*literal} - SUBJECT_KINDS)


WITHOUT_RESOURCES: Final = frozenset(
    f"{service}:{action}"
    for service, actions in {
        "xray": "BatchGetTraceSummaryById BatchGetTraces CancelTraceRetrieval DeleteResourcePolicy "
        "GetDistinctTraceGraphs GetEncryptionConfig GetGroups GetIndexingRules GetInsight "
        "GetInsightEvents GetInsightImpactGraph GetInsightSummaries GetRetrievedTracesGraph "
        "GetSamplingRules GetSamplingStatisticSummaries GetSamplingTargets GetServiceGraph "
        "GetTimeSeriesServiceStatistics GetTraceGraph GetTraceSegmentDestination GetTraceSummaries "
        "Link ListResourcePolicies ListRetrievedTraces PutEncryptionConfig PutResourcePolicy "
        "PutSpans PutSpansForIndexing PutTelemetryRecords PutTraceSegments StartTraceRetrieval "
        "UpdateIndexingRule UpdateTraceSegmentDestination",
        "ecr": "GetAuthorizationToken",
        "ecr-public": "GetAuthorizationToken",
        "sts": "GetCallerIdentity GetServiceBearerToken",
    }.items()
    for action in actions.split()
)
"""Actions that take no resource but `*`: X-Ray's, and what signing in to a registry needs."""

WITHOUT_RESOURCE_TYPE: Final = frozenset({"execute-api", "s3", "sns", "sqs"})
"""Services whose ARNs begin with a name where those of others begin with a type of resource."""


def names_no_resource(arn: str) -> bool:
    """Returns whether an ARN in a policy stands for every resource of a service, or of a type.

    So do `*`, `arn:aws:s3:::*` and `arn:aws:dynamodb:eu-west-1:123456789012:table/*`; a name with
    a wildcard after it, as in `repository/shop-*`, does not.
    """
    if arn.strip("*?") == "":
        return True
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "*" in parts[-1]
    first, *rest = parts[5].replace("/", ":").split(":")
    named = [first] if parts[2] in WITHOUT_RESOURCE_TYPE or not rest else rest
    return all(part.strip("*?") == "" for part in named)
