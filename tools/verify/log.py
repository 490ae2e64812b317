"""The entries of an agent's log."""

import json
import re
from datetime import datetime
from typing import Final, NamedTuple

BEGINS: Final = re.compile(r'\n(?=\d{4}[-/]\d\d[-/]\d\d[T ]|\{")')
"""Where an entry begins, also one of Go's own `log`; other lines continue the one before."""

DAEMON_ENTRY: Final = re.compile(r"(\S+) \[\w+\] (.*)")
"""Time, level and message (aws/aws-xray-daemon pkg/cfg/cfg.go, LogFormat)."""


class Entry(NamedTuple):
    """An entry of a log: when it was written, by the node's clock, and its message."""

    time: datetime
    text: str


def entries_in(log: str) -> list[Entry]:
    """Returns the entries of a daemon's or a collector's log, oldest first."""
    found = (_entry_of(" ".join(text.split())) for text in BEGINS.split(log))
    return [entry for entry in found if entry is not None]


def _entry_of(text: str) -> Entry | None:
    try:
        if found := DAEMON_ENTRY.fullmatch(text):
            time, message = found.groups()
        else:
            said, _ = json.JSONDecoder().raw_decode(text)
            time, message = said["ts"], f"{said['msg']} {said.get('error', '')}"
        entry = Entry(datetime.fromisoformat(time), message)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return entry if entry.time.tzinfo else None
