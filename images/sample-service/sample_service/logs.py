"""What keeps the log short while something cannot be reached."""

import logging
import re
from collections.abc import Collection

# Parts of a reason which differ each time: an object's address, and how long until another try.
_CHANGING = re.compile(r"0x[0-9a-f]+|[0-9]+\.[0-9]+s\b")


class OncePerReason(logging.Filter):
    """Lets each reason through once, as one line, and not again."""

    def __init__(self) -> None:
        super().__init__()
        self._reasons: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide whether the record is logged, and take its traceback away.

        Args:
            record: The record to be logged.

        Returns:
            False for what was logged before.
        """
        line = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            line = f"{line} {record.exc_info[0].__name__}: {record.exc_info[1]}"
        line = " ".join(line.split())
        record.msg, record.args, record.exc_info = line, None, None
        reason = _CHANGING.sub("", line)
        if reason in self._reasons:
            return False
        self._reasons.add(reason)
        return True


def log_once_per_reason(loggers: Collection[str]) -> None:
    """Make loggers say each reason once, which else would repeat it at every attempt.

    Args:
        loggers: Their names.
    """
    for name in loggers:
        logging.getLogger(name).addFilter(OncePerReason())
