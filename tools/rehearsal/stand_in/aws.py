"""How both stand-ins reach AWS X-Ray: as themselves or as another role."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from tools.rehearsal.stand_in.assumed_role import session_as

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient


class NoCredentialsError(Exception):
    """There are no AWS credentials; the message says what would help."""

    def __init__(self) -> None:
        super().__init__("No AWS credentials: set AWS_ACCESS_KEY_ID and its secret.")


def session_in(region: str, role_arn: str | None) -> boto3.Session:
    """Returns a session with this process's own credentials, or of a role that they may become.

    Raises:
        NoCredentialsError: It has none.
    """
    session = boto3.Session(region_name=region)
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return session_as(role_arn, credentials, region) if role_arn else session


def xray_client(session: boto3.Session, endpoint: str | None) -> "XRayClient":
    """Returns a client of AWS X-Ray, at its own address unless another is given."""
    return session.client(
        "xray",
        endpoint_url=endpoint,
        config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}),
    )


def signer_of(session: boto3.Session) -> SigV4Auth:
    """Returns what signs requests for AWS X-Ray with a session's credentials.

    Raises:
        NoCredentialsError: It has none.
    """
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return SigV4Auth(credentials, "xray", session.region_name)


def post_signed(
    signer: SigV4Auth, url: str, body: bytes, headers: Mapping[str, str]
) -> requests.Response:
    """Signs a request, sends it and gives back the answer."""
    signed = AWSRequest("POST", url, dict(headers), data=body)
    signer.add_auth(signed)
    return requests.post(url, body, headers=dict(signed.headers.items()), timeout=10)
