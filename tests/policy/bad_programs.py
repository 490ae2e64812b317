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
LABELS = {"app": "shop"}
TAGS = {"environment": "test"}
NETWORK = {"subnet_ids": ["subnet-0", "subnet-1"]}
ROLE = "arn:aws:iam::123456789012:role/eks"
KMS = [{"encryption_type": "KMS"}]


def document(**statement):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    )


def container(**changes):
    context = {
        "allow_privilege_escalation": False,
        "capabilities": {"drop": ["ALL"]},
        **changes.pop("security_context", {}),
    }
    return {"name": "web", "image": IMAGE, "security_context": context, **changes}


def pod(*containers, **changes):
    context = {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}}
    return {"security_context": context, "containers": [*containers] or [container()], **changes}


def template(*containers, **changes):
    return {"metadata": {"labels": LABELS}, "spec": pod(*containers, **changes)}


def deployment(*containers, **changes):
    kubernetes.apps.v1.Deployment(
        "shop",
        metadata={"name": "shop"},
        spec={
            "selector": {"match_labels": LABELS},
            "template": template(*containers, **changes),
        },
    )


"""
"""What the programs are made from; without a change, everything in it is as the rules ask."""

GOOD: Final = """\
deployment()
aws.iam.Policy(
    "write-traces",
    policy=document(Action=["xray:PutTraceSegments", "ecr:GetAuthorizationToken"], Resource="*"),
    tags=TAGS,
)
aws.iam.Policy(
    "read-table",
    policy=document(
        Action="dynamodb:GetItem",
        Resource="arn:aws:dynamodb:eu-west-1:123456789012:table/shop-*",
    ),
    tags=TAGS,
)
aws.ecr.Repository(
    "shop", image_tag_mutability="IMMUTABLE", encryption_configurations=KMS, tags=TAGS
)
aws.eks.Cluster("shop", role_arn=ROLE, vpc_config=NETWORK, tags=TAGS)
aws.kms.Key(
    "shop",
    policy=document(
        Action="kms:*", Resource="*", Principal={"AWS": "arn:aws:iam::123456789012:root"}
    ),
    tags=TAGS,
)
"""
"""A program that no rule stops."""

BAD_PROGRAMS: Final = {
    "every-action": BadProgram(
        "iam-no-wildcard-actions",
        'aws.iam.Policy("p", policy=document(Action="s3:*", Resource="arn:aws:s3:::shop"), '
        "tags=TAGS)",
        'Policy p allows "s3:*" in policy; it must name each action without a wildcard.',
    ),
    "every-action-but-some": BadProgram(
        "iam-no-wildcard-actions",
        'aws.iam.UserPolicy("p", user="shop", policy=document(NotAction="iam:CreateUser", '
        'Resource="arn:aws:s3:::shop"))',
        "UserPolicy p allows everything but NotAction in policy; it must name each action it "
        "allows.",
    ),
    "every-action-inline": BadProgram(
        "iam-no-wildcard-actions",
        'aws.iam.Role("r", assume_role_policy=document(Action="sts:AssumeRole", '
        'Principal={"Service": "ec2.amazonaws.com"}), tags=TAGS, inline_policies=[{"name": "a", '
        '"policy": document(Action="sqs:*", Resource="arn:aws:sqs:eu-west-1:123456789012:shop")}])',
        'Role r allows "sqs:*" in inline policy a; it must name each action without a wildcard.',
    ),
    "every-bucket": BadProgram(
        "iam-no-wildcard-resources",
        'aws.iam.Policy("p", policy=document(Action=["xray:PutTraceSegments", "s3:GetObject"], '
        'Resource="*"), tags=TAGS)',
        'Policy p allows s3:GetObject on "*" in policy; it must name the resources that it allows '
        "it on.",
    ),
    "administrator": BadProgram(
        "iam-no-full-access",
        'aws.iam.RolePolicyAttachment("a", role="shop", '
        'policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")',
        "RolePolicyAttachment a attaches AdministratorAccess; it must attach a policy that allows "
        "single actions.",
    ),
    "a-role-for-everybody": BadProgram(
        "iam-no-wildcard-principals",
        'aws.iam.Role("r", assume_role_policy=document(Action="sts:AssumeRole", '
        'Principal={"AWS": "*"}), tags=TAGS)',
        "Role r allows sts:AssumeRole to everybody in assumeRolePolicy; it must name those that it "
        "allows it to, or have a condition.",
    ),
    "a-role-for-every-pod": BadProgram(
        "iam-no-wildcard-principals",
        'aws.iam.Role("r", assume_role_policy=document(Action="sts:AssumeRoleWithWebIdentity", '
        'Principal={"Federated": "arn:aws:iam::123456789012:oidc-provider/example.com"}, '
        'Condition={"StringEquals": {"example.com:aud": "sts.amazonaws.com"}}), tags=TAGS)',
        "Role r allows sts:AssumeRoleWithWebIdentity to every token of its provider in "
        "assumeRolePolicy; it must have a condition on the token's sub.",
    ),
    "a-tag": BadProgram(
        "image-digests",
        'deployment(container(image="registry.example.com/shop:1"))',
        "Deployment shop runs registry.example.com/shop:1 in container web; its image must end in "
        "a digest, @sha256:….",
    ),
    "a-tag-of-a-chart": BadProgram(
        "image-digests",
        'kubernetes.helm.v3.Release("shop", chart="shop", values={"web": {"image": '
        '{"repository": "registry.example.com/shop", "tag": "1"}}})',
        "Release shop sets values.web.image to registry.example.com/shop:1; it must have a digest, "
        "sha256:….",
    ),
    "host-network": BadProgram(
        "no-host-namespaces",
        'kubernetes.apps.v1.DaemonSet("shop", spec={"selector": {"match_labels": LABELS}, '
        '"template": template(host_network=True)})',
        "DaemonSet shop has hostNetwork true; it must be false.",
    ),
    "host-processes": BadProgram(
        "no-host-namespaces",
        'kubernetes.batch.v1.CronJob("shop", spec={"schedule": "@daily", "job_template": {"spec": '
        '{"template": template(host_pid=True, restart_policy="Never")}}})',
        "CronJob shop has hostPID true; it must be false.",
    ),
    "host-port": BadProgram(
        "no-host-ports",
        'kubernetes.apps.v1.ReplicaSet("shop", spec={"selector": {"match_labels": LABELS}, '
        '"template": template(container(ports=[{"container_port": 80, "host_port": 8080}]))})',
        "ReplicaSet shop takes port 8080 of its node in container web; it must have no hostPort.",
    ),
    "privileged": BadProgram(
        "no-privileged-pods",
        'kubernetes.batch.v1.Job("shop", spec={"template": template(container(security_context='
        '{"privileged": True}), restart_policy="Never")})',
        "Job shop has privileged true in container web; it must be false.",
    ),
    "escalation": BadProgram(
        "restricted-security-context",
        'deployment(container(security_context={"allow_privilege_escalation": True}))',
        "Deployment shop has allowPrivilegeEscalation true in container web; it must be false.",
    ),
    "host-path": BadProgram(
        "restricted-security-context",
        'deployment(volumes=[{"name": "node", "host_path": {"path": "/"}}])',
        "Deployment shop has a volume of the type hostPath in its pod; it must have none of the "
        "node's.",
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
        'aws.eks.Cluster("shop", role_arn=ROLE, vpc_config=NETWORK, tags={"environment": '
        '"production"})',
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
