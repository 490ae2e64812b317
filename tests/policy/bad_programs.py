"""Small programs, each with one thing that a rule of the policy pack is there for."""

from typing import Final, NamedTuple


class BadProgram(NamedTuple):
    """A program that one rule stops."""

    rule: str
    source: str
    """What the program declares, after `PRELUDE`."""
    says: str
    """What the rule says of it."""


PRELUDE: Final = """\
import json
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

IMAGE = "registry.example.com/shop@sha256:" + "0f" * 32
BUCKET = "arn:aws:s3:::shop"
SELECTOR = {"match_labels": {"app": "shop"}}
TAGS = {"environment": "test"}
NETWORK = {"subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}
ROLE = "arn:aws:iam::123456789012:role/eks"
KMS = [{"encryption_type": "KMS"}]


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def policy(name, **statement):
    aws.iam.Policy(name, policy=document(**statement), tags=TAGS)


def role(principal, action="sts:AssumeRole", **more):
    trust = document(Action=action, Principal=principal, **more)
    aws.iam.Role("r", assume_role_policy=trust, tags=TAGS)


def container(security_context={}, **changes):
    context = {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}}
    safe = {"name": "web", "image": IMAGE, "security_context": {**context, **security_context}}
    return {**safe, **changes}


def template(*containers, **changes):
    context = {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}}
    spec = {"security_context": context, "containers": [*containers] or [container()], **changes}
    return {"metadata": {"labels": SELECTOR["match_labels"]}, "spec": spec}


def workload(kind, *containers, **changes):
    spec = {"selector": SELECTOR, "template": template(*containers, **changes)}
    getattr(kubernetes.apps.v1, kind)("workload", metadata={"name": "shop"}, spec=spec)


"""
"""What the programs are made from; without a change, everything in it is as the rules ask."""

GOOD: Final = """\
workload("Deployment")
policy("traces", Action=["xray:PutTraceSegments", "ecr:GetAuthorizationToken"], Resource="*")
table = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-*"
policy("read", Action="dynamodb:GetItem", Resource=table)
aws.ecr.Repository("a", image_tag_mutability="IMMUTABLE", encryption_configurations=KMS, tags=TAGS)
aws.eks.Cluster("shop", role_arn=ROLE, vpc_config=NETWORK, tags=TAGS)
account = {"AWS": "arn:aws:iam::123456789012:root"}
key_policy = document(Action="kms:*", Resource="*", Principal=account)
aws.kms.Key("shop", policy=key_policy, tags=TAGS)
"""
"""A program that no rule stops."""

BAD_PROGRAMS: Final = {
    "every-action": BadProgram(
        "iam-no-wildcard-actions",
        'policy("p", Action="s3:*", Resource=BUCKET)',
        'Policy p allows "s3:*" in policy; it must name each action without a wildcard.',
    ),
    "every-bucket": BadProgram(
        "iam-no-wildcard-resources",
        'policy("p", Action=["xray:PutTraceSegments", "s3:GetObject"], Resource="*")',
        'Policy p allows s3:GetObject on "*" in policy; it must name the resources that it allows '
        "it on.",
    ),
    "administrator": BadProgram(
        "iam-no-full-access",
        'arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n'
        'aws.iam.RolePolicyAttachment("a", role="shop", policy_arn=arn)',
        "RolePolicyAttachment a attaches AdministratorAccess; it must attach a policy that allows "
        "single actions.",
    ),
    "a-role-for-everybody": BadProgram(
        "iam-no-wildcard-principals",
        'role({"AWS": "*"})',
        "Role r allows sts:AssumeRole to everybody in assumeRolePolicy; it must name those that it "
        "allows it to, or have a condition that does.",
    ),
    "a-role-for-every-pod": BadProgram(
        "iam-no-wildcard-principals",
        'issuer = {"Federated": "arn:aws:iam::123456789012:oidc-provider/example.com"}\n'
        'audience = {"StringEquals": {"example.com:aud": "sts.amazonaws.com"}}\n'
        'role(issuer, "sts:AssumeRoleWithWebIdentity", Condition=audience)',
        "Role r allows sts:AssumeRoleWithWebIdentity to every token of its provider in "
        "assumeRolePolicy; it must have a condition on the token's sub.",
    ),
    "a-tag": BadProgram(
        "image-digests",
        'workload("Deployment", container(image="shop:1"))',
        "Deployment shop runs shop:1 in container web; its image must end in a digest, @sha256:….",
    ),
    "host-network": BadProgram(
        "no-host-namespaces",
        'workload("DaemonSet", host_network=True)',
        "DaemonSet shop has hostNetwork true; it must be false.",
    ),
    "host-port": BadProgram(
        "no-host-ports",
        'workload("ReplicaSet", container(ports=[{"container_port": 80, "host_port": 8080}]))',
        "ReplicaSet shop takes port 8080 of its node in container web; it must have no hostPort.",
    ),
    "privileged": BadProgram(
        "no-privileged-pods",
        'workload("DaemonSet", container({"privileged": True}))',
        "DaemonSet shop has privileged true in container web; it must be false.",
    ),
    "escalation": BadProgram(
        "restricted-security-context",
        'workload("Deployment", container({"allow_privilege_escalation": True}))',
        "Deployment shop has allowPrivilegeEscalation true in container web; it must be false.",
    ),
    "tags-that-move": BadProgram(
        "ecr-immutable-tags",
        'aws.ecr.Repository("shop", encryption_configurations=KMS, tags=TAGS)',
        "Repository shop has imageTagMutability MUTABLE, which is ECR's default; it must be "
        "IMMUTABLE.",
    ),
    "no-key": BadProgram(
        "ecr-encryption",
        'aws.ecr.Repository("shop", image_tag_mutability="IMMUTABLE", tags=TAGS)',
        "Repository shop has encryptionType AES256, which is ECR's default; it must be KMS or "
        "KMS_DSSE.",
    ),
    "open-production": BadProgram(
        "eks-endpoint-in-production",
        'tags = {"environment": "production"}\n'
        'aws.eks.Cluster("shop", role_arn=ROLE, vpc_config=NETWORK, tags=tags)',
        "Cluster shop is production by its tag environment=production and its public endpoint is "
        "open to 0.0.0.0/0, which is EKS's default; publicAccessCidrs must name smaller networks, "
        "or endpointPublicAccess must be false.",
    ),
    "no-tag": BadProgram(
        "required-tags",
        'aws.xray.Group("shop", group_name="shop", filter_expression="fault")',
        "Group shop has no tag environment; it must have environment.",
    ),
}
"""What must not happen, the rule that is for it, and what it says."""
