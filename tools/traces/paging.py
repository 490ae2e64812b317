"""Pages of what X-Ray answers, told from those of something else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient


class NotXRayError(BotoCoreError):
    """Something else answers, such as the login page of a proxy."""

    fmt = "{url} doesn't answer as X-Ray does: a proxy may have (set NO_PROXY, or log in to it)"


class EndlessAnswerError(BotoCoreError):
    """A page names one that was read already as the next."""

    fmt = "X-Ray's answer has no end: the next page is always one that was read already"


def read_pages(
    client: "XRayClient", operation: Any, result: str, **arguments: Any
) -> Iterator[list[dict[str, Any]]]:
    """Yields what each page of an answer has.

    Raises:
        NotXRayError: It isn't an answer of X-Ray: botocore takes whatever comes with status 200
            for one, and what isn't JSON for an empty one.
        EndlessAnswerError: It has no end.
    """
    tokens: set[str] = set()
    pages = iter(client.get_paginator(operation).paginate(**arguments))
    while True:
        try:
            page: Any = next(pages)
            found = [dict(each) for each in page[result]]
        except StopIteration:
            return
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise NotXRayError(url=client.meta.endpoint_url) from error
        yield found
        if (token := page.get("NextToken")) in tokens:
            raise EndlessAnswerError
        tokens |= {token} if token else set()
