"""One clear sentence for each way in which X-Ray can't be read."""

import re
import socket
from urllib.parse import urlsplit

from botocore import exceptions

from tools.lab.errors import ToolError

from .reader import IncompleteReadingError

_REFUSED_CREDENTIALS = re.compile("Expired|Token|Signature|UnrecognizedClient|AuthFailure")
"""In the code of an error: AWS has many for this."""

_CREDENTIALS_NOT_LOADED = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)


class EndpointNotReachableError(ToolError):
    """Nothing answers at the address given for the API."""


def check_endpoint(endpoint_url: str) -> None:
    """Checks that something listens at an address, which fails faster than retries do.

    Raises:
        EndpointNotReachableError: Nothing does, or it isn't the address of anything.
    """
    try:
        address = urlsplit(endpoint_url)
        port = address.port or {"http": 80, "https": 443}[address.scheme]
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except (KeyError, OSError, ValueError) as error:
        reason = "it must begin with http:// or https://" if isinstance(error, KeyError) else error
        raise EndpointNotReachableError(f"{endpoint_url} can't be reached: {reason}.") from error


def explain(failure: BaseException) -> str:
    """Returns the sentence that tells a user what went wrong, and what to do about it."""
    if isinstance(failure, IncompleteReadingError):
        reason = explain(failure.__cause__) if failure.__cause__ else ""
        return f"{failure} {reason}".strip()
    if isinstance(failure, exceptions.ClientError):
        return _explain_refusal(failure)
    if isinstance(failure, exceptions.NoRegionError):
        return "No AWS region is set: pass --region, or set AWS_REGION."
    if isinstance(failure, _CREDENTIALS_NOT_LOADED):
        return f"No AWS credentials: log in, or set AWS_PROFILE. {_one_line(failure)}"
    if isinstance(failure, exceptions.HTTPClientError | exceptions.ConnectionError):
        return f"X-Ray can't be reached: {_one_line(failure)}"
    return _one_line(failure)


def _explain_refusal(failure: exceptions.ClientError) -> str:
    code = failure.response.get("Error", {}).get("Code", "")
    if "Throttl" in code:
        return (
            "X-Ray throttled a call again and again: something else in this account and region "
            "may use up what it allows. Try again later."
        )
    if _REFUSED_CREDENTIALS.search(code):
        return f"AWS doesn't accept the credentials ({code}): log in again."
    if "Denied" in code or code == "UnauthorizedOperation":
        return (
            "The AWS credentials don't allow this; xray:GetTraceSummaries and "
            f"xray:BatchGetTraces are needed: {_one_line(failure)}"
        )
    return _one_line(failure)


def _one_line(failure: BaseException) -> str:
    text = " ".join(str(failure).split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
