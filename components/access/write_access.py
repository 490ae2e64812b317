"""The IAM policy that lets the agent write traces to X-Ray, and who gets it."""

import json
from collections.abc import Mapping
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from .. import aws_values, kubernetes_values
from ..choices import DEFAULT_CREDENTIAL_SOURCE, CredentialSource
from ..component import Component
from ..constraints import Constraint
from ..inputs import Inputs
from ..policy_document import PolicyDocument
from .policies import (
    ROLE_ANNOTATION,
    assume_role_policy_document,
    canary_policy_document,
    irsa_trust_document,
    pod_identity_trust_document,
    write_policy_document,
)


class RoleArgs(TypedDict):
    """Inputs that `WriteAccess` and `TraceCanary` share: whose role it is."""

    credential_source: NotRequired[CredentialSource]
    """Who gets the IAM policy."""

    namespace: pulumi.Input[str]
    """Namespace of the pods' service account."""

    cluster_arn: NotRequired[pulumi.Input[str | None]]
    """ARN of the EKS cluster; the role trusts no other. Needed with `pod-identity`. Default:
    none."""

    oidc_provider_arn: NotRequired[pulumi.Input[str | None]]
    """ARN of the cluster's IAM OIDC provider; the role trusts no other. Needed with `irsa`.
    Default: none."""

    node_role_name: NotRequired[pulumi.Input[str | None]]
    """Name of the worker nodes' IAM role. Needed with `node-role`. Default: none."""

    permissions_boundary: NotRequired[pulumi.Input[str | None]]
    """ARN of the IAM policy that bounds what every role made here may do. Default: none."""

    role_path: NotRequired[pulumi.Input[str | None]]
    """IAM path of every role made here, and of the agent's policy; a change replaces them.
    Default: /."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes. Default: none."""


class WriteAccessArgs(RoleArgs):
    """Inputs of `WriteAccess`."""

    service_account: pulumi.Input[str]
    """Name of the agent's service account."""

    cluster_name: NotRequired[pulumi.Input[str | None]]
    """Name of the EKS cluster that the agent runs on. Needed with `pod-identity`.
    Default: none."""

    assume_role_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of a role, of another account for example, that writes the traces instead: the holder
    may assume that role, and nothing else. Default: the holder writes them."""

    spans: NotRequired[bool]
    """Whether the holder also sends spans to the X-Ray OTLP endpoint, by two more actions."""

    canary: NotRequired[bool]
    """Whether the holder is a `TraceCanary`: it reads traces and writes its metrics instead."""

    policy_name: NotRequired[pulumi.Input[str | None]]
    """Name of the IAM policy. Default: one that Pulumi makes."""


DEFAULTS: Final[Mapping[str, Any]] = {
    "credential_source": DEFAULT_CREDENTIAL_SOURCE,
    "spans": False,
    "canary": False,
}

CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "namespace": kubernetes_values.NAMESPACE,
    "cluster_name": aws_values.CLUSTER_NAME,
    "oidc_provider_arn": aws_values.OIDC_PROVIDER_ARN,
    "node_role_name": aws_values.ROLE_NAME,
    "assume_role_arn": aws_values.ROLE_ARN,
    "policy_name": aws_values.POLICY_NAME,
    "permissions_boundary": aws_values.POLICY_ARN,
    "role_path": aws_values.IAM_PATH,
    "tags": aws_values.TAGS,
}

WRITE_ACCESS: Final = Inputs(WriteAccessArgs, DEFAULTS, CONSTRAINTS)


class WriteAccess(Component):
    """Lets the agent write traces: its pods alone, or every pod on the worker nodes.

    Makes an IAM policy with the five actions of AWSXRayDaemonWriteAccess and, with `spans`, two
    more (or, with `assume_role_arn`, with the action to assume that role; or, with `canary`, with
    those that read traces by their ids and write the canary's metrics) and, by
    `credential_source`:

    - `pod-identity`: an IAM role that only the agent's service account in this cluster can
      assume, with the policy attached, and the Pod Identity association;
    - `irsa`: the same role, bound to the cluster's OIDC provider;
    - `node-role`: an attachment of the policy to the worker nodes' role.

    Raises:
        pulumi.RunError: An input is wrong, or the credential source needs one that is not set.
    """

    policy_arn: pulumi.Output[str]
    """ARN of the policy, known as soon as the policy is made."""

    granted_policy_arn: pulumi.Output[str]
    """The same ARN, known once the agent's pods can use it; pass it as a prerequisite."""

    role_arn: pulumi.Output[str | None]
    """ARN of the agent's role; none with `node-role`."""

    service_account_annotations: pulumi.Output[Mapping[str, str]]
    """Annotations for the agent's service account; empty unless `credential_source` is `irsa`."""

    def __init__(
        self, name: str, args: WriteAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = WRITE_ACCESS.complete(args, f"WriteAccess {name}")
        self._source = self._args["credential_source"]
        self._holder = "X-Ray canary" if self._args["canary"] else "X-Ray daemon"

        policy = self._create_policy()
        role = self._create_pod_role()
        holders = [self._attach(policy, role)]
        if role is not None and self._source == CredentialSource.POD_IDENTITY:
            holders.append(self._associate(role))

        self.policy_arn = policy.arn
        self.granted_policy_arn = pulumi.Output.all(policy.arn, *holders).apply(lambda ids: ids[0])
        self.role_arn = pulumi.Output.from_input(role.arn if role else None)
        self.service_account_annotations = self._annotate(role)
        self._register()

    def _create_policy(self) -> "aws.iam.Policy":
        document = pulumi.Output.from_input(self._args["assume_role_arn"]).apply(self._document)
        does = "read its traces" if self._args["canary"] else "write traces"
        return aws.iam.Policy(
            f"{self._name}-policy",
            name=self._args["policy_name"],
            path=self._args["role_path"],
            description=f"Lets the {self._holder} {does}",
            policy=document.apply(json.dumps),
            tags=self._args["tags"],
            opts=self._child,
        )

    def _document(self, assumed: str | None) -> PolicyDocument:
        if self._args["canary"]:
            return canary_policy_document()
        if assumed:
            return assume_role_policy_document(assumed, self._source)
        return write_policy_document(spans=self._args["spans"])

    def _create_pod_role(self) -> "aws.iam.Role | None":
        if self._source == CredentialSource.NODE_ROLE:
            return None
        return aws.iam.Role(
            f"{self._name}-role",
            description=f"The {self._holder}'s pods",
            path=self._args["role_path"],
            permissions_boundary=self._args["permissions_boundary"],
            assume_role_policy=self._trust().apply(json.dumps),
            tags=self._args["tags"],
            opts=self._child,
        )

    def _trust(self) -> pulumi.Output[dict[str, object]]:
        account = self._args["namespace"], self._args["service_account"]
        if self._source == CredentialSource.IRSA:
            provider = self._needed("oidc_provider_arn", "the ARN of the cluster's OIDC provider")
            return pulumi.Output.all(provider, *account).apply(
                lambda values: irsa_trust_document(*values)
            )
        cluster = self._needed("cluster_arn", "the ARN of the EKS cluster")
        return pulumi.Output.all(cluster, *account).apply(
            lambda values: pod_identity_trust_document(*values)
        )

    def _attach(self, policy: "aws.iam.Policy", role: "aws.iam.Role | None") -> pulumi.Output[str]:
        """Returns an id that is known once the policy is attached to its holder."""
        name, holder = (
            ("node-role", self._needed("node_role_name", "the name of the nodes' IAM role"))
            if role is None
            else ("role-policy", role.name)
        )
        return aws.iam.RolePolicyAttachment(
            f"{self._name}-{name}", role=holder, policy_arn=policy.arn, opts=self._child
        ).id

    def _associate(self, role: "aws.iam.Role") -> pulumi.Output[str]:
        """Returns an id that is known once the service account's pods take the role."""
        return aws.eks.PodIdentityAssociation(
            f"{self._name}-association",
            cluster_name=self._needed("cluster_name", "the name of the EKS cluster"),
            namespace=self._args["namespace"],
            service_account=self._args["service_account"],
            role_arn=role.arn,
            tags=self._args["tags"],
            opts=self._child,
        ).id

    def _annotate(self, role: "aws.iam.Role | None") -> pulumi.Output[Mapping[str, str]]:
        if role is None or self._source != CredentialSource.IRSA:
            return pulumi.Output.from_input({})
        return role.arn.apply(lambda arn: {ROLE_ANNOTATION: arn})

    def _needed(self, key: str, what: str) -> pulumi.Output[str]:
        """Returns an input that this credential source needs."""

        def check(value: str | None) -> str:
            if value is None:
                raise pulumi.RunError(
                    f"{key} of WriteAccess {self._name} is not set; it must be {what} where "
                    f"credential_source is {self._source.value}."
                )
            return value

        given: pulumi.Input[str | None] = cast(Mapping[str, Any], self._args)[key]
        return pulumi.Output.from_input(given).apply(check)
