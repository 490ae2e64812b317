"""The entries of an agent's log."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

DAEMON_ENTRY: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\S+) (?:\[\w+\]|\w+ stand_in:) (.*)", re.DOTALL
)
"""Time, level and message (aws/aws-xray-daemon pkg/cfg/cfg.go, LogFormat), or those of the
rehearsal's stand-in for it."""

GO_ENTRY: Final = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
"""What Go's own `log` writes, as its proxy does; no part of the entry before."""


@dataclass(frozen=True)
class Entry:
    """An entry of a log: when it was written, by the node's clock, and its message."""

    seconds: float
    text: str


def entries_in(log: str) -> list[Entry]:
    """Returns the entries of a log, oldest first, each with the lines that continue it."""
    entries: list[Entry] = []
    for line in log.split("\n"):
        entry = _entry_of(line)
        if entry is not None:
            entries.append(entry)
        elif entries:
            joined = f"{entries[-1].text} {' '.join(line.split())}".rstrip()
            entries[-1] = replace(entries[-1], text=joined)
    return entries


def _entry_of(line: str) -> Entry | None:
    """Returns the entry that a line begins; none where it continues another."""
    if GO_ENTRY.match(line):
        return Entry(0, line)
    try:
        if found := DAEMON_ENTRY.fullmatch(line):
            return Entry(_seconds(found[1]), found[2])
        said: Any = json.loads(line)
        return Entry(_seconds(said["ts"]), f"{said['msg']} {said.get('error', '')}".rstrip())
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _seconds(text: str) -> float:
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
