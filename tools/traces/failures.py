"""One clear sentence for each way in which X-Ray can't be read."""

import re

from botocore import exceptions

from .reader import IncompleteReadingError

_REFUSED_CREDENTIALS = re.compile("Expired|Token|Signature|UnrecognizedClient|AuthFailure")
"""In the code of an error: AWS has many for this."""


def explain(failure: BaseException | None) -> str:
    """Returns the sentence that tells a user what went wrong, and what to do about it."""
    said = " ".join(str(failure).split()).rstrip(".") + "."
    match failure:
        case IncompleteReadingError():
            return f"{said} {explain(failure.__cause__)}"
        case exceptions.ClientError():
            return _explain_refusal(failure.response.get("Error", {}).get("Code", ""), said)
        case exceptions.NoRegionError():
            return "No AWS region is set: pass --region, or set AWS_REGION."
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            return f"X-Ray can't be reached: {said}"
        case (
            exceptions.NoCredentialsError()
            | exceptions.PartialCredentialsError()
            | exceptions.CredentialRetrievalError()
            | exceptions.SSOError()
            | exceptions.TokenRetrievalError()
        ):
            return f"No AWS credentials: log in, or set AWS_PROFILE. {said}"
        case _:
            return said


def _explain_refusal(code: str, said: str) -> str:
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
            f"xray:BatchGetTraces are needed: {said}"
        )
    return said
