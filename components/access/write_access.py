"""The right to write traces to X-Ray, and who holds it."""

import json
from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .credentials import Credentials
from .policies import (
    become_role_policy_document,
    irsa_trust_document,
    pod_identity_trust_document,
    write_policy_document,
)

ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""Names a service account's role for IRSA (EKS user guide, associate-service-account-role)."""


class WriteAccessArgs(TypedDict):
    """Inputs of `WriteAccess`."""

    credentials: NotRequired[Credentials]
    """Who holds the right. Default: `pod-identity`."""

    namespace: pulumi.Input[str]
    """Namespace of the daemon's service account."""

    service_account: pulumi.Input[str]
    """Name of the daemon's service account."""

    cluster_name: NotRequired[pulumi.Input[str | None]]
    """Name of the EKS cluster that the daemon runs on. Needed with `pod-identity`."""

    cluster_arn: NotRequired[pulumi.Input[str | None]]
    """ARN of that cluster; the role trusts no other. Needed with `pod-identity`."""

    oidc_provider_arn: NotRequired[pulumi.Input[str | None]]
    """ARN of the cluster's IAM OIDC provider; the role trusts no other. Needed with `irsa`."""

    node_role_name: NotRequired[pulumi.Input[str | None]]
    """Name of the worker nodes' IAM role. Needed with `node-role`."""

    assume_role_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of a role, of another account for example, that writes the traces in the holder's
    place: the holder may become that role, and nothing else. Default: the holder writes them."""

    spans: NotRequired[bool]
    """Whether the holder sends spans to X-Ray's OTLP endpoint too, which takes two more actions.
    Default: no."""

    policy_name: NotRequired[pulumi.Input[str | None]]
    """Name of the IAM policy. Default: one that Pulumi makes."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes."""


class WriteAccess(pulumi.ComponentResource):
    """The right to write traces, given to the worker nodes or to the daemon's pods alone.

    Makes an IAM policy with the five actions of AWSXRayDaemonWriteAccess and, with `spans`, two
    more (or, with `assume_role_arn`, with the right to become that role) and, by `credentials`:

    - `pod-identity`: an IAM role that only the daemon's service account in this cluster can
      become, with the policy attached, and the Pod Identity association;
    - `irsa`: the same role, bound to the cluster's OIDC provider;
    - `node-role`: an attachment of the policy to the worker nodes' role.
    """

    policy_arn: pulumi.Output[str]
    """ARN of the policy, known as soon as the policy is made."""

    granted_policy_arn: pulumi.Output[str]
    """The same ARN, known once the daemon's pods hold the right: what they are to wait for."""

    role_arn: pulumi.Output[str | None]
    """ARN of the daemon's own role; none where the nodes' role holds the right."""

    service_account_annotations: pulumi.Output[Mapping[str, str]]
    """What the daemon's service account has to say; empty unless `credentials` is `irsa`."""

    def __init__(
        self, name: str, args: WriteAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:WriteAccess", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._credentials = Credentials(args.get("credentials", Credentials.POD_IDENTITY))

        policy = self._create_policy()
        role = self._create_pod_role()
        holders = [self._attach(policy, role)]
        if role is not None and self._credentials == Credentials.POD_IDENTITY:
            holders.append(self._associate(role))

        self.policy_arn = policy.arn
        self.granted_policy_arn = pulumi.Output.all(policy.arn, *holders).apply(lambda ids: ids[0])
        self.role_arn = pulumi.Output.from_input(role.arn if role else None)
        self.service_account_annotations = self._annotate(role)
        self.register_outputs(
            {
                "policy_arn": self.policy_arn,
                "granted_policy_arn": self.granted_policy_arn,
                "role_arn": self.role_arn,
                "service_account_annotations": self.service_account_annotations,
            }
        )

    def _create_policy(self) -> "aws.iam.Policy":
        assumed = self._args.get("assume_role_arn")
        document = (
            pulumi.Output.from_input(write_policy_document(spans=self._args.get("spans", False)))
            if assumed is None
            else pulumi.Output.from_input(assumed).apply(
                lambda arn: become_role_policy_document(arn, self._credentials)
            )
        )
        return aws.iam.Policy(
            f"{self._name}-policy",
            name=self._args.get("policy_name"),
            description="Lets the X-Ray daemon write traces",
            policy=document.apply(json.dumps),
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_pod_role(self) -> "aws.iam.Role | None":
        if self._credentials == Credentials.NODE_ROLE:
            return None
        return aws.iam.Role(
            f"{self._name}-role",
            description="The X-Ray daemon's pods",
            assume_role_policy=self._trust().apply(json.dumps),
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _trust(self) -> pulumi.Output[dict[str, object]]:
        account = self._args["namespace"], self._args["service_account"]
        if self._credentials == Credentials.IRSA:
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
            tags=self._args.get("tags"),
            opts=self._child,
        ).id

    def _annotate(self, role: "aws.iam.Role | None") -> pulumi.Output[Mapping[str, str]]:
        if role is None or self._credentials != Credentials.IRSA:
            return pulumi.Output.from_input({})
        return role.arn.apply(lambda arn: {ROLE_ANNOTATION: arn})

    def _needed(self, key: str, what: str) -> pulumi.Output[str]:
        """Returns an argument that these credentials can't do without."""

        def check(value: str | None) -> str:
            if value is None:
                raise pulumi.RunError(
                    f"{key} of WriteAccess {self._name} is not set; it must be {what} where "
                    f"credentials is {self._credentials.value}."
                )
            return value

        given: pulumi.Input[str | None] = self._args.get(key)
        return pulumi.Output.from_input(given).apply(check)
