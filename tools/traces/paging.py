"""Pages of what X-Ray answers, told from those of something else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient


class NotXRayError(BotoCoreError):
    """Something else answers, such as the login page of a proxy."""

    fmt = "{url} doesn't answer as X-Ray does: {what}; a proxy may answer instead"


def read_pages(
    client: "XRayClient", operation: Any, result: str, **arguments: Any
) -> Iterator[list[dict[str, Any]]]:
    """Yields what each page of an answer has.

    Raises:
        NotXRayError: It isn't an answer of X-Ray. botocore takes whatever has status 200 for one.
    """
    tokens: set[str] = set()
    try:
        for page in client.get_paginator(operation).paginate(**arguments):
            yield [dict(each) for each in page[result]]
            if (token := page.get("NextToken")) in tokens:
                raise ValueError("the pages have no end")
            tokens |= {token} if token else set()
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        what = error if isinstance(error, ValueError) else f"there are no {result}"
        raise NotXRayError(url=client.meta.endpoint_url, what=what) from error
