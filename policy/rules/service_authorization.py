"""What AWS's Service Authorization Reference says of actions and of ARNs.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from typing import Final

WITHOUT_RESOURCES: Final = frozenset(
    {
        "xray:BatchGetTraceSummaryById",
        "xray:BatchGetTraces",
        "xray:CancelTraceRetrieval",
        "xray:DeleteResourcePolicy",
        "xray:GetDistinctTraceGraphs",
        "xray:GetEncryptionConfig",
        "xray:GetGroups",
        "xray:GetIndexingRules",
        "xray:GetInsight",
        "xray:GetInsightEvents",
        "xray:GetInsightImpactGraph",
        "xray:GetInsightSummaries",
        "xray:GetRetrievedTracesGraph",
        "xray:GetSamplingRules",
        "xray:GetSamplingStatisticSummaries",
        "xray:GetSamplingTargets",
        "xray:GetServiceGraph",
        "xray:GetTimeSeriesServiceStatistics",
        "xray:GetTraceGraph",
        "xray:GetTraceSegmentDestination",
        "xray:GetTraceSummaries",
        "xray:Link",
        "xray:ListResourcePolicies",
        "xray:ListRetrievedTraces",
        "xray:PutEncryptionConfig",
        "xray:PutResourcePolicy",
        "xray:PutSpans",
        "xray:PutSpansForIndexing",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        "xray:StartTraceRetrieval",
        "xray:UpdateIndexingRule",
        "xray:UpdateTraceSegmentDestination",
        "ecr:GetAuthorizationToken",
        "ecr-public:GetAuthorizationToken",
        "sts:GetCallerIdentity",
        "sts:GetServiceBearerToken",
    }
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
