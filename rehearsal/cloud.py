"""AWS on this machine: moto's server in the process, with IAM enforced."""

import json
import logging
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import boto3
import requests
from botocore.config import Config
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sts.models import sts_backends

from .xray_actions import use_real_action_names

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


class Cloud:
    """A moto server that asks IAM about every call; ends with its `with` block."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.endpoint = ""
        self.eks_clusters: dict[str, dict[str, Any]] = {}
        """EKS clusters by name, as they were made: moto misjudges the signature of EKS's GETs."""
        self._administrator = AwsCredentials("-", "-")
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)

    def __enter__(self) -> Self:
        # The AWS policies that a node's role needs; moto reads this when IAM is first used.
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        use_real_action_names()
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        requests.post(f"{self.endpoint}/moto-api/reset", timeout=10).raise_for_status()
        self._administrator = self._create_administrator()
        self._set_calls_without_iam("0")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._set_calls_without_iam("inf")
        self._server.stop()

    def client(self, service: str, credentials: AwsCredentials | None = None) -> Any:
        """Returns a boto3 client, of an administrator unless other credentials are given."""
        used = credentials or self._administrator
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
            **self._administrator.environment(),
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def session_of(self, role_arn: str) -> AwsCredentials:
        """Returns credentials of a role, as AWS itself hands them to an instance or a pod.

        Whether the role trusts the one who asks is for the caller to check: moto knows principals
        that are users, not services.
        """
        session = sts_backends[ACCOUNT]["aws"].assume_role(
            region_name=self.region,
            role_session_name="rehearsal",
            role_arn=role_arn,
            policy="",
            duration=3600,
            external_id="",
        )
        return AwsCredentials(
            session.access_key_id, session.secret_access_key, session.session_token
        )

    def _create_administrator(self) -> AwsCredentials:
        iam = self.client("iam")
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.create_user(UserName="rehearsal")
        iam.put_user_policy(
            UserName="rehearsal",
            PolicyName="everything",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        )
        key = iam.create_access_key(UserName="rehearsal")["AccessKey"]
        return AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])

    def _set_calls_without_iam(self, count: str) -> None:
        address = f"{self.endpoint}/moto-api/reset-auth"
        requests.post(address, data=count, timeout=10).raise_for_status()
