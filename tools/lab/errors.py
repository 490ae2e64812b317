"""What can go wrong in a tool, as a sentence for its user."""


class ToolError(Exception):
    """Ends the command; its message is one clear sentence.

    Whatever reads a user's files, or asks a program, a cluster or AWS, may raise one; a docstring
    says so where it is raised for a reason of its own.
    """


def sentence_in(error: BaseException) -> str | None:
    """Returns the sentence of a ToolError at the root of an exception, if there is one."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ToolError):
            return str(seen)
        seen = seen.__cause__ or seen.__context__
    return None


class NothingFoundError(Exception):
    """A function of a provider found nothing, which the program is to hear."""
