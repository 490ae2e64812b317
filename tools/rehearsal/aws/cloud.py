"""How AWS on this machine is reached."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config

ACCOUNT: Final = "123456789012"
"""moto's account."""


@dataclass(frozen=True)
class AwsCredentials:
    """Credentials of a session, as AWS's SDKs take them."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """Returns the environment variables that AWS's SDKs read them from."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        if self.session_token is not None:
            variables["AWS_SESSION_TOKEN"] = self.session_token
        return variables


@dataclass(frozen=True)
class Cloud:
    """How to reach AWS on this machine."""

    region: str
    endpoint: str
    administrator: AwsCredentials

    @property
    def partition(self) -> str:
        """Returns the partition that the region is in, such as `aws-cn`."""
        return _partition_of(self.region)

    @property
    def dns_suffix(self) -> str:
        """Returns how names of AWS's services end there (botocore, endpoints.json)."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def iam_arn(self, kind_and_name: str) -> str:
        """Returns the ARN of something in IAM, such as `role/nodes`."""
        return f"arn:{self.partition}:iam::{ACCOUNT}:{kind_and_name}"

    def client(self, service: str, credentials: AwsCredentials | None = None) -> Any:
        """Returns a boto3 client, of an administrator unless other credentials are given."""
        used = credentials or self.administrator
        return boto3.client(
            service,  # pyright: ignore[reportArgumentType, reportCallIssue]
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=used.access_key_id,
            aws_secret_access_key=used.secret_access_key,
            aws_session_token=used.session_token,
            config=Config(retries={"mode": "standard", "max_attempts": 2}, max_pool_connections=32),
        )

    def administrator_environment(self) -> dict[str, str]:
        """Returns the environment with which AWS's command line reaches this cloud."""
        return {
            **self.administrator.environment(),
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
        }


def policy(**statement: object) -> str:
    """Returns an IAM policy (JSON) with one statement that allows something."""
    statements = [{"Effect": "Allow", **statement}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@cache
def _partition_of(region: str) -> str:
    # Cached: a session reads botocore's list of all endpoints to answer.
    return boto3.Session().get_partition_for_region(region)
