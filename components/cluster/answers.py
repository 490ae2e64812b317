"""What AWS answers to a question, or a sentence where it doesn't."""

from collections.abc import Callable
from typing import Final, TypeVar

import pulumi

T = TypeVar("T")

ABSENT: Final = (
    *("ResourceNotFoundException", "couldn't find resource", "empty result", ": not found"),
    *("no matching EC2", "multiple EC2"),
)
"""How the AWS provider says that there is nothing, or not just one (terraform-provider-aws,
internal/tfresource). What else it says, such as AccessDenied, leaves that open."""


def find(ask: Callable[[], T], what: str) -> T | None:
    """Returns AWS's answer about, say, "EKS cluster 'shop'"; none where there is nothing.

    Raises a RunError if AWS doesn't say; an output that fails would end in Pulumi's own error.
    """
    try:
        return ask()
    except Exception as error:
        words = " ".join(str(error).rpartition("returned an error: ")[2].split())
        if any(each in words for each in ABSENT):
            return None
        raise pulumi.RunError(f"{what} could not be read. AWS says: {words}") from None


def read(ask: Callable[[], T], what: str, absent: str = "") -> T:
    """Returns what `find` finds; raises a RunError that says `absent` where there is nothing."""
    answer = find(ask, what)
    if answer is None:
        raise pulumi.RunError(absent or f"AWS knows nothing of {what}.")
    return answer
