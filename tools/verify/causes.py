"""The likeliest reason why a node's trace did not arrive, from what is seen on the cluster."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from tools.traces.formatting import printable

from .evidence import Evidence
from .log import Entry
from .probe import ProbeResult

TABLE: Final[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8")
)

CAUSES: Final[list[dict[str, Any]]] = TABLE["causes"]

LONGEST_ENTRY: Final = 240
"""Characters of an entry of a log that are repeated, the last ones."""

RECENT_SECONDS: Final = 900
"""How long before the probe an entry may be; a collector tries for minutes before it says so."""


def likeliest_cause(seen: Evidence) -> str:
    """Returns one sentence: what is wrong, and what would help."""
    logged = [(_shown_by(entry, seen), entry) for entry in _evidence(seen)]
    newest, entry = min(logged, key=lambda each: each[0].get("symptom", False), default=({}, None))
    cause = next(
        each for each in CAUSES if each is newest or getattr(seen, each.get("seen", ""), False)
    )
    sentence: str = cause["say"].format_map({name: getattr(seen, name) for name in dir(seen)})
    if cause is newest and entry is not None:
        time = datetime.fromtimestamp(entry.seconds, UTC).isoformat(sep=" ", timespec="seconds")
        sentence += f" It logged at {time}: {entry.text[-LONGEST_ENTRY:]}"
    return printable(sentence)


def closed_ports(node: str, probe: ProbeResult) -> str:
    """Returns one sentence where pods don't reach a port of the agent, or nothing."""
    ports = ", ".join(f"{port} ({error})" for port, error in probe.closed.items())
    sentence = f"pods of {node} don't reach TCP {ports}: look at the NetworkPolicy's ingress."
    return printable(sentence) if ports else ""


def _evidence(seen: Evidence) -> list[Entry]:
    """Returns the entries that say why the trace is not sent, newest first."""
    since = seen.probe.sent - RECENT_SECONDS
    begins = "|".join(TABLE["evidence"]).replace("{trace_id}", seen.trace_id)
    recent = [entry for entry in reversed(seen.daemon.log) if entry.seconds >= since]
    return [entry for entry in recent if re.match(begins, entry.text)]


def _shown_by(entry: Entry, seen: Evidence) -> dict[str, Any]:
    return next(
        each
        for each in CAUSES
        if "logged" in each
        and not getattr(seen, each.get("unless", ""), False)
        and re.search(
            each["logged"].replace("{no_answer}", TABLE["no_answer"]), entry.text, re.I | re.S
        )
    )
