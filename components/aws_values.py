"""The form of values that several AWS services share."""

from ipaddress import IPv4Network
from typing import Final

from .constraints import Constraint, array, mapping, matching, text

REGION: Final = matching(r"[a-z]{2}(-[a-z]+)+-[0-9]+", "an AWS region such as eu-west-1")

ROLE_NAME: Final = matching(
    r"[0-9A-Za-z_+=,.@-]{1,64}",
    "the name (not the ARN) of an IAM role: 1 to 64 letters, digits and any of +=,.@-_",
)
"""IAM API reference, CreateRole."""

ROLE_ARN: Final = matching(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z_+=,.@/-]+",
    "the ARN of an IAM role: arn:aws:iam::<account>:role/<name>",
    longest=600,
)

POLICY_ARN: Final = matching(
    r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([!-~]+/)?[0-9A-Za-z_+=,.@-]{1,128}",
    "the ARN of an IAM policy: arn:aws:iam::<account>:policy/<name>",
    longest=2048,
)

IAM_PATH: Final = matching(
    r"/([!-~]+/)?",
    "the path of IAM roles: / or characters without spaces between two /, such as /team/",
    longest=512,
)
"""IAM API reference, CreateRole."""

POLICY_NAME: Final = matching(
    r"[0-9A-Za-z_+=,.@-]{1,128}",
    "a name for an IAM policy: 1 to 128 letters, digits and any of +=,.@-_",
)
"""IAM API reference, CreatePolicy."""

CLUSTER_NAME: Final = matching(
    r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}",
    "the name of an EKS cluster: 1 to 100 letters, digits, - and _",
)
"""EKS API reference, CreateCluster."""

OIDC_PROVIDER_ARN: Final = matching(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[0-9A-Za-z._/-]+",
    "the ARN of an IAM OIDC provider: arn:aws:iam::<account>:oidc-provider/<issuer>",
)

ACCOUNTS: Final = array(
    "an array of AWS account numbers, texts of 12 digits each", matching(r"[0-9]{12}", "")
)

REPOSITORY_NAME: Final = matching(
    r"(?=.{2,256}$)[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*",
    "a name for an ECR repository: 2 to 256 lower-case letters, digits, and . _ - / between",
)
"""ECR API reference, CreateRepository."""

INSTANCE_TYPES: Final = array(
    "an array of at most 20 EC2 instance types such as t3.medium",
    matching(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "", longest=64),
    most=20,
)
"""EKS API reference, CreateNodegroup."""

SUBNET_IDS: Final = Constraint(
    "an array of at least 2 subnets, in 2 zones of one VPC, such as subnet-0123456789abcdef0",
    lambda ids: len(ids) != 1 and all(map(matching(r"subnet-[0-9a-f]{8,17}", "").allows, ids)),
)
"""EKS puts a control plane in two zones at least (EKS user guide, network-reqs)."""

CIDRS: Final = array(
    "an array of at most 40 IPv4 networks such as 203.0.113.0/24",
    Constraint("", IPv4Network),
    most=40,
)
"""EKS takes 40 for a public endpoint (EKS user guide, cluster-endpoint)."""

TAGS: Final = mapping(
    "an object of at most 50 tags: keys of 1 to 128 characters that don't start with aws:, "
    "values that are texts of at most 256",
    Constraint("", lambda key: 1 <= len(key) <= 128 and not key.lower().startswith("aws:")),
    text(0, 256),
    most=50,
)
"""AWS general reference, tagging."""
