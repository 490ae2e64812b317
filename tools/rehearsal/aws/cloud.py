"""AWS on this machine: the moto server in this process, with IAM enforced."""

import json
import logging
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import requests
from botocore.config import Config
from moto import settings
from moto.iam import access_control
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.sts.models import sts_backends
from werkzeug.exceptions import Forbidden
from werkzeug.serving import make_server

from tools.lab.direct import reach_directly
from tools.lab.fake_provider import ACCOUNT, partition_of

from ..network import HOST, check_listening
from .xray import serve_xray


@dataclass(frozen=True)
class AwsCredentials:
    """Credentials of a session."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """Returns the environment variables that the AWS SDKs read them from."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        token = self.session_token
        return variables if token is None else {**variables, "AWS_SESSION_TOKEN": token}

    def environment_of_agent(self, endpoint: str) -> dict[str, str]:
        """Returns the variables of a pod that has them, where AWS is at an endpoint."""
        sts = {"AWS_ENDPOINT_URL_STS": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}
        return self.environment() | sts


@dataclass(frozen=True)
class Cloud:
    """How to reach AWS on this machine."""

    region: str
    endpoint: str
    administrator: AwsCredentials

    @property
    def partition(self) -> str:
        """Returns the partition that the region is in, such as `aws-cn`."""
        return partition_of(self.region)["partition"]

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

    def session_of(self, role_arn: str) -> AwsCredentials:
        """Returns credentials of a role, as AWS itself hands them to an instance or a pod.

        Whether the role trusts the one who asks is for the caller to check: moto knows principals
        that are users, not services.
        """
        session = sts_backends[ACCOUNT][self.partition].assume_role(
            region_name=self.region,
            role_session_name="rehearsal",
            role_arn=role_arn,
            policy="",
            duration=3600,
            external_id="",
        )
        key_id, secret = session.access_key_id, session.secret_access_key
        return AwsCredentials(key_id, secret, session.session_token)

    def user_allowed(self, actions: list[str]) -> AwsCredentials:
        """Returns credentials of a new user who may do some actions and nothing else."""
        iam, name = self.client("iam"), f"user-{os.urandom(4).hex()}"
        iam.create_user(UserName=name)
        document = policy(Action=actions, Resource="*")
        iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])


def policy(**statement: object) -> str:
    """Returns an IAM policy (JSON) with one statement that allows something."""
    statements = [{"Effect": "Allow", **statement}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@contextmanager
def start_cloud(region: str, address: str = HOST) -> Generator[Cloud]:
    """Starts a moto server that asks IAM about every call, and stops it with its block."""
    # The AWS policies that a node's role needs; moto reads this when IAM is first used.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    serve_xray()
    _check_signatures_without_body()
    check_listening(f"--reached-at is '{address}'", address, 0, "an address of this machine")
    reach_directly(address)
    application = _for_programs(DomainDispatcherApplication(create_backend_app), address)
    server = make_server(address, 0, application, True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://{address}:{server.port}"
    try:
        requests.post(f"{endpoint}/moto-api/reset", timeout=60).raise_for_status()
        nobody = Cloud(region, endpoint, AwsCredentials("-", "-"))
        cloud = Cloud(region, endpoint, nobody.user_allowed(["*"]))
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        yield cloud
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        server.shutdown()
        server.server_close()


def _for_programs(application: Any, address: str) -> Any:
    """Refuses what a page in a browser asks: it says where it is from, or asks for another host."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        host = urlsplit(f"//{environ.get('HTTP_HOST')}").hostname
        if "HTTP_ORIGIN" in environ or host not in (address, "localhost"):
            return Forbidden()(environ, start_response)
        return application(environ, start_response)

    return answer


def _check_signatures_without_body() -> None:
    """Lets calls without a body, such as the GETs of EKS, pass moto's check of their signature.

    moto takes the signature over such a request's data, and those are its headers.
    """
    iam_request: Any = access_control.IAMRequestBase
    create_aws_request = iam_request._create_aws_request

    def create(request: Any) -> Any:
        if not int(request._headers.get("Content-Length") or 0):
            request._data = {}
        # IAM calls what signs as `monitoring` by another name (Service Authorization Reference).
        request._action = request._action.replace("monitoring:", "cloudwatch:")
        return create_aws_request(request)

    iam_request._create_aws_request = create
