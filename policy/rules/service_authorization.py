"""What AWS's Service Authorization Reference says of actions and of ARNs.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from typing import Final

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
