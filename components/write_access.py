"""The right to write traces to X-Ray, and who holds it."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .write_policy import pod_identity_trust_document, write_policy_document


class Credentials(str, Enum):
    """How the daemon's pods come by AWS credentials."""

    POD_IDENTITY = "pod-identity"
    """A role of their own by EKS Pod Identity: only the daemon's pods hold the right."""

    NODE_ROLE = "node-role"
    """The worker nodes' role, as in the article: every pod on the nodes can use the right."""


class WriteAccessArgs(TypedDict):
    """Inputs of `WriteAccess`."""

    cluster_name: pulumi.Input[str]
    """Name of the EKS cluster that the daemon runs on."""

    cluster_arn: pulumi.Input[str]
    """ARN of that cluster; the role by Pod Identity trusts no other."""

    node_role_name: NotRequired[pulumi.Input[str | None]]
    """Name of the worker nodes' IAM role. Needed with `node-role`."""

    namespace: pulumi.Input[str]
    """Namespace of the daemon's service account."""

    service_account: pulumi.Input[str]
    """Name of the daemon's service account."""

    credentials: NotRequired[Credentials]
    """Who holds the right. Default: `pod-identity`."""

    policy_name: NotRequired[pulumi.Input[str | None]]
    """Name of the IAM policy. Default: one that Pulumi makes."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes."""


class WriteAccess(pulumi.ComponentResource):
    """The right to write traces, given to the worker nodes or to the daemon's pods alone.

    Makes an IAM policy with the five actions of AWSXRayDaemonWriteAccess and, by `credentials`:

    - `pod-identity`: an IAM role that only the daemon's service account in this cluster can
      become, with the policy attached, and the Pod Identity association;
    - `node-role`: an attachment of the policy to the worker nodes' role.
    """

    policy_arn: pulumi.Output[str]
    """ARN of the policy, known as soon as the policy is made."""

    granted_policy_arn: pulumi.Output[str]
    """The same ARN, known once the daemon's pods hold the right: what they are to wait for."""

    role_arn: pulumi.Output[str | None]
    """ARN of the daemon's own role; none where the nodes' role holds the right."""

    def __init__(
        self, name: str, args: WriteAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:WriteAccess", name, None, opts)
        self._name = name
        self._args = args

        policy = self._create_policy()
        role: aws.iam.Role | None = None
        if Credentials(args.get("credentials", Credentials.POD_IDENTITY)) == Credentials.NODE_ROLE:
            holders = [self._attach_to_node_role(policy).id]
        else:
            role = self._create_pod_role()
            holders = [self._attach_to_pod_role(policy, role).id, self._associate(role).id]

        self.policy_arn = policy.arn
        self.granted_policy_arn = pulumi.Output.all(policy.arn, *holders).apply(lambda ids: ids[0])
        self.role_arn = pulumi.Output.from_input(role.arn if role else None)
        self.register_outputs(
            {
                "policy_arn": self.policy_arn,
                "granted_policy_arn": self.granted_policy_arn,
                "role_arn": self.role_arn,
            }
        )

    def _create_policy(self) -> aws.iam.Policy:
        return aws.iam.Policy(
            f"{self._name}-policy",
            name=self._args.get("policy_name"),
            description="Lets the X-Ray daemon write traces",
            policy=json.dumps(write_policy_document()),
            tags=self._args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _attach_to_node_role(self, policy: aws.iam.Policy) -> aws.iam.RolePolicyAttachment:
        role = pulumi.Output.from_input(self._args.get("node_role_name"))
        return aws.iam.RolePolicyAttachment(
            f"{self._name}-node-role",
            role=role.apply(_required),
            policy_arn=policy.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_pod_role(self) -> aws.iam.Role:
        trust = pulumi.Output.all(
            self._args["cluster_arn"], self._args["namespace"], self._args["service_account"]
        ).apply(lambda values: json.dumps(pod_identity_trust_document(*values)))
        return aws.iam.Role(
            f"{self._name}-role",
            description="The X-Ray daemon's pods",
            assume_role_policy=trust,
            tags=self._args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _attach_to_pod_role(
        self, policy: aws.iam.Policy, role: aws.iam.Role
    ) -> aws.iam.RolePolicyAttachment:
        return aws.iam.RolePolicyAttachment(
            f"{self._name}-role-policy",
            role=role.name,
            policy_arn=policy.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _associate(self, role: aws.iam.Role) -> aws.eks.PodIdentityAssociation:
        return aws.eks.PodIdentityAssociation(
            f"{self._name}-association",
            cluster_name=self._args["cluster_name"],
            namespace=self._args["namespace"],
            service_account=self._args["service_account"],
            role_arn=role.arn,
            tags=self._args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _required(node_role_name: str | None) -> str:
    if node_role_name is None:
        raise pulumi.RunError(
            "node_role_name of WriteAccess is not set; it must be the name of the worker nodes' "
            "IAM role where credentials is node-role."
        )
    return node_role_name
