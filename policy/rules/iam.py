"""IAM policies: each names its actions, its resources and its principals; none gives everything."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from .arns import has_wildcard, names_no_resource
from .conditions import is_narrow, names_a_caller, names_a_subject
from .policy_documents import OWN_RESOURCE, Statement, statements_of
from .rule import Configuration, Resource, list_setting, rule
from .values import at, known_texts, parts_of

FULL_ACCESS: Final = re.compile(
    r"(?i)^arn:.+:iam::aws:policy/(job-function/(?!View)|.*(FullAccess|PowerUser|Administrator|"
    r"AdminAccess|(Data|Console|Studio)Admin|SecretsManagerReadWrite|AIDevOpsAgentActions))"
)
"""What policies of AWS's are called that allow all of an account or of a service (AWS managed
policy reference)."""

EKS_POLICY: Final = re.compile(r":eks::aws:cluster-access-policy/AmazonEKS(Cluster)?AdminPolicy$")
"""How those of EKS's own end that allow all of a cluster, or of a namespace (EKS user guide)."""


@rule("iam-no-wildcard-actions")
def check_actions(resource: Resource, _: Configuration) -> Iterator[str]:
    """Policies name each action that they allow."""
    for statement in statements_of(resource):
        said, place = f"{resource.title} allows", statement.place
        if "notaction" in statement.fields:
            yield f"{said} everything but NotAction in {place}; it must name each action it allows."
        for action in statement.actions:
            if has_wildcard(action) and not _is_a_key_for_its_account(statement, action):
                yield f'{said} "{action}" in {place}; it must name each action without a wildcard.'


@rule(
    "iam-no-wildcard-resources",
    actionsWithoutResources=list_setting(
        "More actions that take no resource but *; ec2:DescribeVpcs is one."
    ),
)
def check_resources(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """Policies name the resources that they allow something on, where the action takes one."""
    limitless = WITHOUT_RESOURCES.union(map(str.lower, configuration["actionsWithoutResources"]))
    for statement in statements_of(resource):
        actions = [each for each in statement.actions if each.lower() not in limitless]
        own = not statement.is_for_its_holder and OWN_RESOURCE.search(resource.type)
        if own or not actions:
            continue
        said = f"{resource.title} allows {', '.join(actions)} on"
        must = f"in {statement.place}; it must name the resources that it allows it on"
        if ACCOUNT_WIDE.issuperset(each.lower() for each in actions):
            must = "for a whole account; actionsWithoutResources must have it"
        if "notresource" in statement.fields:
            yield f"{said} everything but NotResource {must}."
        for arn in known_texts(statement.fields.get("resource")):
            if names_no_resource(arn):
                yield f'{said} "{arn}" {must}.'


@rule("iam-no-full-access")
def check_attachments(resource: Resource, _: Configuration) -> Iterator[str]:
    """Nobody is given all of an account, of a service or of a cluster by a policy of others."""
    yield from _attached_policies(resource)
    yield from _cluster_rights(resource)


def _attached_policies(resource: Resource) -> Iterator[str]:
    """Yields a sentence for each policy of AWS or EKS that it attaches, and that gives too much."""
    scope = at(resource.properties, "accessScope", "type")
    for path, part in parts_of(resource.properties):
        text = _text_beside_limits(path, part)
        cluster = EKS_POLICY.search(text)
        if FULL_ACCESS.search(text) or (cluster and (cluster[1] or scope != "namespace")):
            must = "it must attach a policy that allows single actions"
            yield f"{resource.title} attaches {text.rsplit('/', 1)[-1]}; {must}."


def _cluster_rights(resource: Resource) -> Iterator[str]:
    """Yields a sentence for each right in a cluster that its RBAC gives, and that is too much."""
    for path, part in parts_of(resource.properties):
        verbs, resources, groups, names = (
            {*known_texts(at(part, each))}
            for each in ("verbs", "resources", "apiGroups", "resourceNames")
        )
        role, writes = at(part, "roleRef", "name"), verbs & {"*", "create", "update", "patch"}
        # Who writes all of one of these has every right (Kubernetes, "RBAC Good Practices").
        whole = not groups or groups & {"*", "", "rbac.authorization.k8s.io"}
        rights = {
            "system:masters": "system:masters" in _text_beside_limits(path, part),
            "cluster-admin": role == "cluster-admin",
            "admin": role == "admin" and ":ClusterRoleBinding" in resource.type,
            "writing to *": writes and whole and "*" in resources,
            "every verb on clusterroles": "*" in verbs and "clusterroles" in resources,
            **{each: each in verbs and not names for each in ("bind", "escalate", "impersonate")},
        }
        for right in (each for each, given in rights.items() if given):
            yield f"{resource.title} gives {right} in a cluster; it must give single rights."


def _text_beside_limits(path: Sequence[str], part: Any) -> str:
    """Returns a text, unless it is where a policy is limited or named: that attaches none."""
    limits = {"permissionsboundary", "statement"}.intersection(map(str.lower, path))
    return part if isinstance(part, str) and not limits else ""


def _is_a_key_for_its_account(statement: Statement, action: str) -> bool:
    """Whether it leaves a key to one account's IAM, as AWS's default key policy does."""
    accounts = {ACCOUNT.sub(r"\1", each) for each in statement.principals}
    return action.lower() == "kms:*" and len(accounts) == 1 and "".join(accounts).isdecimal()


ACCOUNT: Final = re.compile(r"^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$")
"""An account as a principal (IAM user guide, "AWS JSON policy elements: Principal")."""


@rule("iam-no-wildcard-principals")
def check_principals(resource: Resource, _: Configuration) -> Iterator[str]:
    """Policies name those who may become a role, or use a resource."""
    for statement in statements_of(resource):
        if statement.is_for_its_holder:
            continue
        said = f"{resource.title} allows {', '.join(statement.actions) or 'something'} to"
        must = f"in {statement.place}; it must"
        if "notprincipal" in statement.fields:
            yield f"{said} everybody but NotPrincipal {must} name those that it allows it to."
        wide = any(map(has_wildcard, statement.principals))
        if wide and not is_narrow(statement, names_a_caller):
            must_name = f"{must} name those that it allows it to, or have a condition that does"
            yield f"{said} everybody {must_name}."
        by_token = "sts:assumerolewithwebidentity"
        web = any(fnmatchcase(by_token, each.lower()) for each in statement.actions)
        if web and not is_narrow(statement, names_a_subject):
            yield f"{said} every token of its provider {must} have a condition on the token's sub."


OF_XRAY: Final = """
BatchGetTraceSummaryById BatchGetTraces CancelTraceRetrieval GetDistinctTraceGraphs
GetEncryptionConfig GetGroups GetIndexingRules GetInsight GetInsightEvents GetInsightImpactGraph
GetInsightSummaries GetRetrievedTracesGraph GetSamplingRules GetSamplingStatisticSummaries
GetSamplingTargets GetServiceGraph GetTimeSeriesServiceStatistics GetTraceGraph
GetTraceSegmentDestination GetTraceSummaries Link ListResourcePolicies ListRetrievedTraces PutSpans
PutSpansForIndexing PutTelemetryRecords PutTraceSegments StartTraceRetrieval
"""

WITHOUT_RESOURCES: Final = {
    *("ecr:getauthorizationtoken", "ecr-public:getauthorizationtoken"),
    *("sts:getcalleridentity", "sts:getservicebearertoken", "cloudwatch:putmetricdata"),
    *(f"xray:{each}".lower() for each in OF_XRAY.split()),
}
"""Actions that take no resource but `*`, in lower case: X-Ray's, what signing in to a registry
needs, and what writes metrics (service authorization reference)."""

ACCOUNT_WIDE: Final = {
    *("xray:deleteresourcepolicy", "xray:putencryptionconfig", "xray:putresourcepolicy"),
    *("xray:updateindexingrule", "xray:updatetracesegmentdestination"),
}
"""Those of X-Ray's that change it for a whole account, or open it to others (same reference)."""
