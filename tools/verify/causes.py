"""The likeliest reason why a node's trace did not arrive, from what is seen on the cluster."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import yaml

from components.canary.alarms import TABLE as CANARY
from tools.traces.formatting import printable

from .evidence import Entry, Evidence
from .probe import ProbeResult

TABLE: Final[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8")
)

SENTENCES: Final[dict[str, str]] = CANARY["sentences"]

LONGEST_ENTRY: Final = 240
"""Characters of an entry of a log that are repeated, the last ones."""


def likeliest_cause(seen: Evidence) -> str:
    """Returns one sentence: what is wrong, and what would help."""
    causes = [each for each in TABLE["causes"] if _holds(each, seen)]
    shown = [(_shown_by(entry, causes), entry) for entry in _newest_first(seen)]
    logged, entry = min(shown, key=lambda each: each[0].get("symptom", 0), default=(None, None))
    cause = next(each for each in causes if each is logged or "logged" not in each)
    sentence: str = said_of(cause).format(seen=seen)
    if entry is not None and cause is logged:
        time = entry.time.isoformat(sep=" ", timespec="seconds")
        sentence += f" It logged at {time}: {entry.text[-LONGEST_ENTRY:]}"
    return printable(sentence)


def said_of(cause: dict[str, Any]) -> str:
    """Returns the sentence of a cause, which an alarm of the canary may have too."""
    said: str = cause["say"]
    return SENTENCES.get(said, said)


def closed_ports(node: str, probe: ProbeResult) -> str:
    """Returns one sentence where pods don't reach a port of the agent, or nothing."""
    ports = ", ".join(f"{port} ({error})" for port, error in probe.closed.items())
    sentence = f"pods of {node} don't reach TCP {ports}: look at the NetworkPolicy's ingress."
    return printable(sentence) if ports else ""


def _newest_first(seen: Evidence) -> list[Entry]:
    """Returns the entries that say why the trace is not sent."""
    began, since = (datetime.fromtimestamp(each, UTC) for each in (seen.probe.sent, seen.since))
    # What hindered it before it sent something hinders it no more.
    well = [entry.time for entry in seen.daemon.log if entry.text.startswith(TABLE["sent"])]
    since = max([since, *(time for time in well if time < began)])
    begins = "|".join(TABLE["evidence"]).replace("{trace_id}", seen.trace_id)
    recent = [entry for entry in reversed(seen.daemon.log) if entry.time >= since]
    return [entry for entry in recent if re.match(begins, entry.text)]


def _holds(cause: dict[str, Any], seen: Evidence) -> bool:
    what, but = cause.get("seen"), cause.get("unless")
    return (not what or attrgetter(what)(seen)) and not (but and attrgetter(but)(seen))


def _shown_by(entry: Entry, causes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return next(
        each
        for each in causes
        if "logged" in each and all(re.search(sign, entry.text, re.I) for sign in each["logged"])
    )
