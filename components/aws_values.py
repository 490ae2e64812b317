"""The form of values that several AWS services share."""

from ipaddress import IPv4Network
from typing import Final

from .constraints import Constraint, array, mapping, matching

REGION: Final = matching(r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]+", "an AWS region such as eu-west-1")

_PARTITIONS: Final = {
    **{"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")},
    **{"eusc-": ("aws-eusc", "amazonaws.eu"), "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk")},
    **{"us-iso-": ("aws-iso", "c2s.ic.gov"), "us-isob-": ("aws-iso-b", "sc2s.sgov.gov")},
    **{"us-isof-": ("aws-iso-f", "csp.hci.ic.gov")},
}
"""By how a partition's regions begin (botocore, partitions.json)."""


def partition_of(region: str) -> tuple[str, str]:
    """Returns the partition that a region is in, and how the hosts of AWS services end there."""
    found = (each for start, each in _PARTITIONS.items() if region.startswith(start))
    return next(found, ("aws", "amazonaws.com"))


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

TOPIC_ARN: Final = matching(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[0-9A-Za-z_-]{1,256}",
    "the ARN of an SNS topic: arn:aws:sns:<region>:<account>:<name>",
)
"""SNS API reference, CreateTopic."""

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

ADDON_VERSIONS: Final = mapping(
    "an object with versions such as v1.20.4-eksbuild.1 of vpc-cni, kube-proxy, coredns and "
    "eks-pod-identity-agent",
    matching(r"vpc-cni|kube-proxy|coredns|eks-pod-identity-agent", ""),
    matching(r"v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+", ""),
)
"""EKS user guide, workloads-add-ons-available-eks."""

OIDC_PROVIDER_ARN: Final = matching(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[0-9A-Za-z._/-]+",
    "the ARN of an IAM OIDC provider: arn:aws:iam::<account>:oidc-provider/<issuer>",
)

ACCOUNTS: Final = array(
    "an array of different AWS account numbers, texts of 12 digits each",
    matching(r"[0-9]{12}", ""),
    distinct=True,
)

REPOSITORY_NAME: Final = matching(
    r"(?=.{2,256}$)[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*",
    "a name for an ECR repository: 2 to 256 lower-case letters, digits, and . _ - / between",
)
"""ECR API reference, CreateRepository."""

INSTANCE_TYPES: Final = array(
    "an array of at most 20 different EC2 instance types such as t3.medium",
    matching(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "", longest=64),
    most=20,
    distinct=True,
)
"""EKS API reference, CreateNodegroup."""

_SUBNETS: Final = array("", matching(r"subnet-[0-9a-f]{8,17}", ""), distinct=True)

SUBNET_IDS: Final = Constraint(
    "an array of at least 2 different subnets, in 2 zones of one VPC, such as "
    "subnet-0123456789abcdef0",
    lambda ids: len(ids) != 1 and _SUBNETS.allows(ids),
)
"""EKS puts a control plane in two zones at least (EKS user guide, network-reqs)."""

_RESERVED: Final = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
)
"""Special-purpose addresses (IANA's registry), without those for documentation, which the EKS user
guide has in its own examples."""


def _is_public(cidr: str) -> bool:
    network = IPv4Network(cidr)
    reserved = network.prefixlen and any(network.overlaps(IPv4Network(each)) for each in _RESERVED)
    return cidr == str(network) and not reserved


CIDRS: Final = array(
    "an array of at most 40 different IPv4 networks such as 203.0.113.0/24, none with private or "
    "reserved addresses such as those of 10.0.0.0/8",
    Constraint("", _is_public),
    most=40,
    distinct=True,
)
"""EKS takes 40 for a public endpoint of an IPv4 cluster, without reserved addresses (EKS user
guide, service-quotas, cluster-endpoint and config-cluster-endpoint)."""

MOST_TAGS: Final = 45
"""Of 50 that a resource can have: EKS gives an instance of a node group five tags of its own,
`eks:cluster-name`, `eks:nodegroup-name`, `kubernetes.io/cluster/<name>`, and for the autoscaler
`k8s.io/cluster-autoscaler/enabled` and `…/<name>`. Those of aws: don't count (EKS user guide,
eks-using-tags)."""

TAGS: Final = mapping(
    f"an object of at most {MOST_TAGS} tags: keys of 1 to 127 characters that differ in more than "
    "case, values that are texts of at most 256, both of letters, digits, spaces and _.:/=+-@, and "
    "not starting with aws:",
    matching(r"(?i:(?!aws:))[\w .:/=+@-]{1,127}", ""),
    matching(r"(?i:(?!aws:))[\w .:/=+@-]{0,256}", ""),
    most=MOST_TAGS,
    also=lambda tags: len({key.lower() for key in tags}) == len(tags),
)
"""What every service accepts: IAM is strictest about characters and case (botocore, tagKeyType; IAM
user guide, id_tags), EKS about values with aws: (botocore), and EC2 about the length of keys (EC2
API reference, Tag)."""

SEGMENT_NAME: Final = matching(
    r"[\w\s.:/%&#=+\\@-]{1,200}",
    r"a name on the service map: 1 to 200 letters, digits, spaces and any of _.:/%&#=+\-@",
)
"""X-Ray developer guide, segment documents."""
