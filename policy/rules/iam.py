"""IAM policies: each names its actions, its resources and its principals; none gives everything."""

from collections.abc import Iterator
from typing import Final

from .policy_documents import Kind, Statement, statements_of
from .rule import Configuration, Resource, list_setting, rule
from .values import fields_of, is_unknown, known_texts

FULL_ACCESS: Final = ("AdministratorAccess", "PowerUserAccess")
"""Policies of AWS's that allow all of an account, beside those named `…FullAccess`."""

WEB_IDENTITY: Final = "sts:AssumeRoleWithWebIdentity"
"""What the bearer of an OIDC provider's token becomes a role by."""


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
    if not resource.type.startswith("aws:iam/"):
        return
    # A role has the first, and attachments to roles, users and groups have the second.
    attached = [resource.properties.get(key) for key in ("managedPolicyArns", "policyArn")]
    for arn in (arn for value in attached for arn in known_texts(value)):
        name = arn.rsplit("/", 1)[-1]
        if ":iam::aws:policy/" in arn and (name in FULL_ACCESS or name.endswith("FullAccess")):
            must = "it must attach a policy that allows single actions"
            yield f"{resource.title} attaches {name}; {must}."


def _is_a_key_for_its_account(statement: Statement, action: str) -> bool:
    """Whether it leaves a key to the account's IAM, as AWS's default key policy does."""
    accounts = [each.endswith(":root") or each.isdigit() for each in statement.principals]
    return action.lower() == "kms:*" and any(accounts) and all(accounts)


@rule("iam-no-wildcard-principals")
def check_principals(resource: Resource, _: Configuration) -> Iterator[str]:
    """Policies name those who may become a role, or use a resource."""
    for statement in statements_of(resource):
        if statement.kind == Kind.IDENTITY:
            continue
        said = f"{resource.title} allows {', '.join(statement.actions) or 'something'} to"
        must = f"in {statement.place}; it must"
        if "NotPrincipal" in statement.fields:
            yield f"{said} everybody but NotPrincipal {must} name those that it allows it to."
        if "*" in statement.principals and not statement.fields.get("Condition"):
            yield f"{said} everybody {must} name those that it allows it to, or have a condition."
        if WEB_IDENTITY in statement.actions and not _names_a_subject(statement):
            yield f"{said} every token of its provider {must} have a condition on the token's sub."


def _names_a_subject(statement: Statement) -> bool:
    conditions = statement.fields.get("Condition")
    return is_unknown(conditions) or any(
        key.endswith(":sub") and value != "*"
        for condition in fields_of(conditions).values()
        for key, value in fields_of(condition).items()
    )


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
