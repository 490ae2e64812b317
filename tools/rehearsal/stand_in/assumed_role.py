"""Sends as another role, as the real daemon does with `-r`."""

import boto3
import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
)


def session_as(role_arn: str, own: Credentials, region: str) -> boto3.Session:
    """Returns a session of a role, whose credentials are renewed before they end.

    Args:
        role_arn: The role.
        own: Credentials of who may become it.
        region: Where STS is asked, and AWS X-Ray.
    """
    session = botocore.session.get_session()
    session.set_config_variable("region", region)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.create_client, source_credentials=own, role_arn=role_arn
    )
    credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    session._credentials = credentials  # pyright: ignore[reportAttributeAccessIssue]
    return boto3.Session(botocore_session=session)
