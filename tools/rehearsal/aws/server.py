"""AWS on this machine: the moto server in this process, with IAM enforced."""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import requests
from moto import settings
from moto.iam import access_control
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sts.models import sts_backends

from ..network import check_listening
from .cloud import ACCOUNT, AwsCredentials, Cloud, policy
from .xray import serve_xray


@contextmanager
def start_cloud(region: str, address: str = "127.0.0.1") -> Generator[Cloud]:
    """Starts a moto server that asks IAM about every call, and stops it with its block.

    Args:
        region: The region of everything.
        address: The address of this machine to listen on.

    Raises:
        ToolError: It can't be listened on.
    """
    # The AWS policies that a node's role needs; moto reads this when IAM is first used.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    serve_xray()
    _check_signatures_without_body()
    this_machine = "an address of this machine"
    check_listening(f"--reached-at is '{address}'", address, 0, this_machine)
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        requests.post(f"{endpoint}/moto-api/reset", timeout=60).raise_for_status()
        nobody = Cloud(region, endpoint, AwsCredentials("-", "-"))
        cloud = Cloud(region, endpoint, _create_administrator(nobody))
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        yield cloud
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        server.stop()


def session_of(role_arn: str, cloud: Cloud) -> AwsCredentials:
    """Returns credentials of a role, as AWS itself hands them to an instance or a pod.

    Whether the role trusts the one who asks is for the caller to check: moto knows principals
    that are users, not services.
    """
    session = sts_backends[ACCOUNT][cloud.partition].assume_role(
        region_name=cloud.region,
        role_session_name="rehearsal",
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return AwsCredentials(session.access_key_id, session.secret_access_key, session.session_token)


def _check_signatures_without_body() -> None:
    """Lets calls without a body, such as the GETs of EKS, pass moto's check of their signature.

    moto takes the signature over such a request's data, and those are its headers.
    """
    iam_request: Any = access_control.IAMRequestBase
    create_aws_request = iam_request._create_aws_request

    def create(request: Any) -> Any:
        if not int(request._headers.get("Content-Length") or 0):
            request._data = {}
        return create_aws_request(request)

    iam_request._create_aws_request = create


def _create_administrator(cloud: Cloud) -> AwsCredentials:
    iam = cloud.client("iam")
    iam.create_user(UserName="rehearsal")
    iam.put_user_policy(
        UserName="rehearsal",
        PolicyName="everything",
        PolicyDocument=policy(Action="*", Resource="*"),
    )
    key = iam.create_access_key(UserName="rehearsal")["AccessKey"]
    return AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])
