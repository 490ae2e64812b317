"""The kinds of values that settings have, each with a phrase for what is right.

A phrase completes the sentence "it must be …".
"""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

T = TypeVar("T")


@dataclass(frozen=True)
class MustBe:
    """Says what a right value is, for the sentence that refuses a wrong one."""

    phrase: str
    secret: bool = False
    """Whether a wrong value may be a secret, which is not repeated."""


def _not_default(name: str) -> str:
    if name == "Default":
        raise ValueError("Default is X-Ray's own")
    return name


def _not_aws(key: str) -> str:
    if key.lower().startswith("aws:"):
        raise ValueError("aws: is AWS's own")
    return key


def distinct(values: list[T]) -> list[T]:
    """Returns a list in which nothing stands twice.

    Raises:
        ValueError: Something does.
    """
    if len(set(values)) < len(values):
        raise ValueError("something stands twice")
    return values


def _two_or_none(subnets: list[str]) -> list[str]:
    if len(subnets) == 1:
        raise ValueError("EKS wants subnets in two zones")
    return subnets


def _network(cidr: str) -> str:
    return str(IPv4Network(cidr))


Region = Annotated[
    str,
    Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]+$"),
    MustBe("an AWS region such as eu-west-1"),
]
ClusterName = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$"),
    MustBe("the name of an EKS cluster: 1 to 100 letters, digits, - and _"),
]
RoleName = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z_+=,.@-]{1,64}$"),
    MustBe("the name (not the ARN) of an IAM role: 1 to 64 letters, digits and any of +=,.@-_"),
]
OidcProviderArn = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[0-9A-Za-z._/-]+$"),
    MustBe("the ARN of an IAM OIDC provider: arn:aws:iam::<account>:oidc-provider/<issuer>"),
]
RoleArn = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z_+=,.@/-]+$", max_length=600),
    MustBe("the ARN of an IAM role: arn:aws:iam::<account>:role/<name>"),
]
PolicyName = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z_+=,.@-]{1,128}$"),
    MustBe("a name for an IAM policy: 1 to 128 letters, digits and any of +=,.@-_"),
]
RepositoryName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$",
        min_length=2,
        max_length=256,
    ),
    MustBe(
        "a name for an ECR repository: 2 to 256 lower-case letters, digits, and . _ - / between"
    ),
]
ImageReference = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][0-9A-Za-z_.:/-]*(@sha256:[0-9a-f]{64})?$", max_length=512),
    MustBe("the reference of a container image, such as registry.example.com/sample@sha256:…"),
]
Digest = Annotated[
    str,
    Field(pattern=r"^sha256:[0-9a-f]{64}$"),
    MustBe("the digest of an image: sha256: and 64 hexadecimal digits"),
]
AccountNumbers = Annotated[
    list[Annotated[str, Field(pattern=r"^[0-9]{12}$")]],
    MustBe("an array of AWS account numbers, texts of 12 digits each"),
]
InstanceType = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", max_length=64),
    MustBe("an EC2 instance type such as t3.medium"),
]
InstanceTypes = Annotated[
    list[InstanceType],
    Field(max_length=20),
    MustBe("an array of at most 20 EC2 instance types such as t3.medium"),
]
SubnetIds = Annotated[
    list[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")]],
    AfterValidator(_two_or_none),
    MustBe(
        "an array of at least 2 subnets, in 2 zones of one VPC, such as subnet-0123456789abcdef0"
    ),
]
Cidrs = Annotated[
    list[Annotated[str, AfterValidator(_network)]],
    Field(max_length=40),
    MustBe("an array of at most 40 IPv4 networks such as 203.0.113.0/24"),
]
NodeCount = Annotated[
    int, Field(ge=1, le=450), MustBe("a whole number from 1 to 450, EKS's limit of a node group")
]
DaemonVersion = Annotated[
    str,
    Field(pattern=r"^3\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$"),
    MustBe("a full version of the X-Ray daemon such as 3.6.6"),
]
Percent = Annotated[int, Field(ge=0, le=100), MustBe("a whole number from 0 to 100")]
Milliseconds = Annotated[int, Field(ge=0, le=4000), MustBe("a whole number from 0 to 4000")]
MemoryMebibytes = Annotated[
    int, Field(ge=64, le=4096), MustBe("a whole number of MiB from 64 to 4096")
]
Flag = Annotated[bool, MustBe("true or false")]
TagKey = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_not_aws)]
TagValue = Annotated[str, Field(max_length=256)]
Tags = Annotated[
    dict[TagKey, TagValue],
    Field(max_length=50),
    MustBe(
        "an object of at most 50 tags: keys of 1 to 128 characters that don't start with aws:, "
        "values that are texts of at most 256"
    ),
]

RuleName = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z_-]{1,32}$"),
    AfterValidator(_not_default),
    MustBe("a name of 1 to 32 letters, digits, - and _, other than Default, which is X-Ray's own"),
]
Priority = Annotated[int, Field(ge=1, le=9999), MustBe("a whole number from 1 to 9999")]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), MustBe("a number from 0 to 1")]
Reservoir = Annotated[
    int, Field(ge=0, le=1_000_000), MustBe("a whole number from 0 to 1000000 (requests a second)")
]
Pattern64 = Annotated[
    str, Field(min_length=1, max_length=64), MustBe("a text of 1 to 64 characters")
]
UrlPath = Annotated[
    str, Field(min_length=1, max_length=128), MustBe("a text of 1 to 128 characters")
]
HttpMethod = Annotated[
    str, Field(min_length=1, max_length=10), MustBe("a text of 1 to 10 characters")
]
Attributes = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=32)],
        Annotated[str, Field(min_length=1, max_length=32)],
    ],
    Field(max_length=5),
    MustBe("an object of at most 5 attributes, keys and values of 1 to 32 characters"),
]
GroupName = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z_-]{1,32}$"),
    AfterValidator(_not_default),
    MustBe("a name of 1 to 32 letters, digits, - and _, other than Default, which is X-Ray's own"),
]
FilterExpression = Annotated[
    str,
    Field(min_length=1, max_length=2000),
    MustBe('an X-Ray filter expression of 1 to 2000 characters, such as service("a") AND fault'),
]
