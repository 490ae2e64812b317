"""AWS on this machine: moto's server in the process, with IAM enforced."""

import logging
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import requests
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sts.models import sts_backends

from tools.lab.errors import ToolError

from .cloud import ACCOUNT, AwsCredentials, Cloud
from .moto_corrections import correct_moto
from .otlp_endpoint import add_otlp_endpoint
from .policies import allowing
from .sampling_api import add_sampling

REGION_OF_SESSIONS: Final = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
}
"""A region of each partition; which one makes no difference to a session."""


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
    correct_moto()
    add_sampling()
    add_otlp_endpoint()
    _check_listening(address)
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        requests.post(f"{endpoint}/moto-api/reset", timeout=10).raise_for_status()
        nobody = Cloud(region, endpoint, AwsCredentials("-", "-"))
        cloud = Cloud(region, endpoint, _create_administrator(nobody))
        _set_calls_without_iam(endpoint, "0")
        yield cloud
    finally:
        _set_calls_without_iam(endpoint, "inf")
        server.stop()


def _check_listening(address: str) -> None:
    try:
        socket.create_server((address, 0)).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ToolError(
            f"--reached-at is '{address}'; it must be an address of this machine: {reason}."
        ) from None


def session_of(role_arn: str) -> AwsCredentials:
    """Returns credentials of a role, as AWS itself hands them to an instance or a pod.

    Whether the role trusts the one who asks is for the caller to check: moto knows principals
    that are users, not services.
    """
    partition = role_arn.split(":")[1]
    session = sts_backends[ACCOUNT][partition].assume_role(
        region_name=REGION_OF_SESSIONS[partition],
        role_session_name="rehearsal",
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return AwsCredentials(session.access_key_id, session.secret_access_key, session.session_token)


def _create_administrator(cloud: Cloud) -> AwsCredentials:
    iam = cloud.client("iam")
    iam.create_user(UserName="rehearsal")
    iam.put_user_policy(
        UserName="rehearsal",
        PolicyName="everything",
        PolicyDocument=allowing("*"),
    )
    key = iam.create_access_key(UserName="rehearsal")["AccessKey"]
    return AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])


def _set_calls_without_iam(endpoint: str, count: str) -> None:
    address = f"{endpoint}/moto-api/reset-auth"
    requests.post(address, data=count, timeout=10).raise_for_status()
