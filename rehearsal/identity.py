"""Who the daemon's pods are to AWS, and what that lets them do."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicy, PermissionResult

from .cloud import ACCOUNT, AwsCredentials, Cloud
from .deployment import Deployment
from .errors import RehearsalError

POD_IDENTITY_PRINCIPAL: Final = "pods.eks.amazonaws.com"
NODE_PRINCIPAL: Final = "ec2.amazonaws.com"

SAMPLING_ACTIONS: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
)
"""What SDKs ask through the daemon, beside what it sends itself (X-Ray developer guide, daemon).

Written out here, not taken from the program's policy, which it is held against.
"""


@dataclass(frozen=True)
class Identity:
    """A role, and the way by which the daemon's pods take it."""

    role_arn: str
    way: str
    principal: str
    """The AWS service that takes the role for them."""

    session_tags: Mapping[str, str]
    """What that service says of the pod; the role's trust policy can ask for it."""

    @property
    def role_name(self) -> str:
        """Returns the role's name."""
        return self.role_arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Right:
    """One action that the daemon tried, or that IAM was asked about."""

    action: str
    allowed: bool
    expected: bool
    tried: bool
    """Whether the API was called; else moto, which lacks the call, judged the policies alone."""


def identity_of_daemon(
    cloud: Cloud, deployment: Deployment, node_role_name: str | None
) -> Identity:
    """Returns who the daemon's pods are.

    Args:
        cloud: Where the roles are.
        deployment: What the program declared.
        node_role_name: The nodes' role of an adopted cluster.

    Raises:
        RehearsalError: The pods have no role that trusts them.
    """
    (daemon_set,) = deployment.objects("DaemonSet")
    namespace = daemon_set["metadata"]["namespace"]
    service_account = daemon_set["spec"]["template"]["spec"]["serviceAccountName"]
    for resource in deployment.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation"):
        inputs = resource.inputs
        if (inputs["namespace"], inputs["serviceAccount"]) == (namespace, service_account):
            cluster = cloud.client("eks").describe_cluster(name=inputs["clusterName"])["cluster"]
            tags = {
                "eks-cluster-arn": cluster["arn"],
                "kubernetes-namespace": namespace,
                "kubernetes-service-account": service_account,
            }
            way = f"Pod Identity, as service account {namespace}/{service_account}"
            return _trusted(cloud, Identity(inputs["roleArn"], way, POD_IDENTITY_PRINCIPAL, tags))
    role_arn = _node_role_arn(deployment, node_role_name)
    return _trusted(cloud, Identity(role_arn, "the node's role", NODE_PRINCIPAL, {}))


def _node_role_arn(deployment: Deployment, node_role_name: str | None) -> str:
    for resource in deployment.of_type("eks:index:ManagedNodeGroup"):
        return str(resource.inputs["nodeRoleArn"])
    if node_role_name is not None:
        return f"arn:aws:iam::{ACCOUNT}:role/{node_role_name}"
    raise RehearsalError(
        "the daemon's pods have no role: there is no Pod Identity association for their service "
        "account, and the nodes' role is not known."
    )


def _trusted(cloud: Cloud, identity: Identity) -> Identity:
    role = cloud.client("iam").get_role(RoleName=identity.role_name)["Role"]
    if not trusts(role["AssumeRolePolicyDocument"], identity.principal, identity.session_tags):
        raise RehearsalError(
            f"the daemon's pods can't become {identity.role_name}: its trust policy does not allow "
            f"{identity.principal} for {identity.way}."
        )
    return identity


def trusts(
    trust_policy: Mapping[str, Any], principal: str, session_tags: Mapping[str, str]
) -> bool:
    """Returns whether a role's trust policy lets an AWS service take it, with these tags.

    moto judges conditions only for users; here a condition that is not met, or not known, refuses.
    """
    wanted = {"sts:AssumeRole", "sts:TagSession"} if session_tags else {"sts:AssumeRole"}
    for statement in trust_policy["Statement"]:
        services = _as_list(statement.get("Principal", {}).get("Service"))
        if (
            statement["Effect"] == "Allow"
            and principal in services
            and wanted <= set(_as_list(statement["Action"]))
            and _meets(statement.get("Condition", {}), session_tags)
        ):
            return True
    return False


def _meets(condition: Mapping[str, Any], session_tags: Mapping[str, str]) -> bool:
    if set(condition) - {"StringEquals"}:
        return False
    return all(
        session_tags.get(key.removeprefix("aws:RequestTag/")) in _as_list(values)
        for key, values in condition.get("StringEquals", {}).items()
    )


def _as_list(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else [value]


def try_rights(cloud: Cloud, identity: Identity, credentials: AwsCredentials) -> list[Right]:
    """Returns what the daemon's credentials can do, tried on the API where moto has the call."""
    xray = cloud.client("xray", credentials)
    record = {"Timestamp": 0}
    may: dict[str, Callable[[], Any]] = {
        "xray:PutTraceSegments": lambda: xray.put_trace_segments(TraceSegmentDocuments=[]),
        "xray:PutTelemetryRecords": lambda: xray.put_telemetry_records(TelemetryRecords=[record]),
    }
    may_not: dict[str, Callable[[], Any]] = {
        "xray:BatchGetTraces": lambda: xray.batch_get_traces(TraceIds=["-"]),
        "s3:ListAllMyBuckets": cloud.client("s3", credentials).list_buckets,
        "iam:ListUsers": cloud.client("iam", credentials).list_users,
    }
    rights = [Right(action, _tried(call), True, True) for action, call in may.items()]
    rights += [
        Right(action, _judged(cloud, identity, action), True, False) for action in SAMPLING_ACTIONS
    ]
    return rights + [Right(action, _tried(call), False, True) for action, call in may_not.items()]


def wrong_rights(identity: Identity, rights: Sequence[Right]) -> str | None:
    """Returns a sentence about rights that are missing or too many; none where all is right."""
    missing = [right.action for right in rights if right.expected and not right.allowed]
    too_many = [right.action for right in rights if right.allowed and not right.expected]
    sentences = [
        f"the daemon may not {', '.join(missing)}: no policy of role {identity.role_name} allows it"
        if missing
        else "",
        f"the daemon may {', '.join(too_many)}, which it has no use for" if too_many else "",
    ]
    said = "; and ".join(sentence for sentence in sentences if sentence)
    return f"{said}." if said else None


def _tried(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        # moto says AccessDenied as XML, which botocore takes for a message where it expects JSON.
        if "AccessDenied" in str(error):
            return False
        raise
    return True


def _judged(cloud: Cloud, identity: Identity, action: str) -> bool:
    verdicts = [
        IAMPolicy(document).is_action_permitted(action)
        for document in _policies_of(cloud, identity.role_name)
    ]
    return PermissionResult.PERMITTED in verdicts and PermissionResult.DENIED not in verdicts


def _policies_of(cloud: Cloud, role_name: str) -> Iterator[str]:
    iam = cloud.client("iam")
    for attached in iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = iam.get_policy_version(
            PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
        )
        yield json.dumps(version["PolicyVersion"]["Document"])
    for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
        inline = iam.get_role_policy(RoleName=role_name, PolicyName=name)
        yield json.dumps(inline["PolicyDocument"])
