"""One clear sentence for each way in which X-Ray can't be read."""

import socket
from urllib.parse import urlsplit

from botocore import exceptions

from tools.traces.patience import is_throttling
from tools.traces.reader import IncompleteReadingError, UnknownTraceError

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REFUSED_CREDENTIALS = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "AuthFailure",
    "IncompleteSignature",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class EndpointNotReachableError(Exception):
    """Nothing answers at the address given for the API."""


Failure = (
    exceptions.BotoCoreError
    | exceptions.ClientError
    | UnknownTraceError
    | IncompleteReadingError
    | EndpointNotReachableError
)


def check_endpoint(endpoint_url: str) -> None:
    """Check that something listens at an address, which fails faster than patient retries do.

    Raises:
        EndpointNotReachableError: Nothing does, or it isn't the address of anything.
    """
    try:
        address = urlsplit(endpoint_url)
        port = address.port or {"http": 80, "https": 443}[address.scheme]
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except KeyError as error:
        raise EndpointNotReachableError(
            f"The endpoint URL {endpoint_url} must begin with http:// or https://."
        ) from error
    except (OSError, ValueError) as error:
        raise EndpointNotReachableError(
            f"The endpoint {endpoint_url} can't be reached: {error}."
        ) from error


def explain(failure: Failure) -> str:
    """Return the sentence that tells a user what went wrong, and what to do about it."""
    if isinstance(failure, IncompleteReadingError):
        return _explain_end(failure)
    if isinstance(failure, exceptions.ClientError):
        return _explain_refusal(failure)
    if isinstance(failure, exceptions.NoRegionError):
        return "No AWS region is set: pass --region, or set AWS_REGION."
    if isinstance(failure, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return "No complete AWS credentials were found: log in, or set AWS_PROFILE."
    if isinstance(
        failure,
        exceptions.SSOError | exceptions.TokenRetrievalError | exceptions.CredentialRetrievalError,
    ):
        return f"The AWS credentials could not be loaded; log in again: {_one_line(failure)}"
    if isinstance(failure, exceptions.HTTPClientError | exceptions.ConnectionError):
        return f"X-Ray can't be reached: {_one_line(failure)}"
    return _one_line(failure)


def _explain_end(failure: IncompleteReadingError) -> str:
    read, listed = len(failure.traces), failure.listed
    all_of_them = f"{listed:,}" if failure.listed_all else f"at least {listed:,}"
    cause = failure.__cause__
    reason = (
        explain(cause)
        if isinstance(cause, exceptions.BotoCoreError | exceptions.ClientError)
        else _one_line(failure)
    )
    return f"Only {read:,} of {all_of_them} traces were read. {reason}"


def _explain_refusal(failure: exceptions.ClientError) -> str:
    error = failure.response.get("Error", {})
    code = error.get("Code", "")
    if is_throttling(failure):
        return (
            "X-Ray throttled all calls for minutes: something else in this account and region may "
            "use up what it allows. Try again later."
        )
    if code in _EXPIRED:
        return "The AWS credentials have expired: log in again."
    if code in _REFUSED_CREDENTIALS:
        return f"AWS doesn't accept the credentials ({code}): log in again."
    if code in _DENIED:
        return (
            "The AWS credentials don't allow this; xray:GetTraceSummaries and "
            f"xray:BatchGetTraces are needed: {_one_line(failure)}"
        )
    return _one_line(failure)


def _one_line(failure: Exception) -> str:
    text = " ".join(str(failure).split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
