"""What was counted of calls, as rows of the table and in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.agent.collector.exporters import SEGMENTS_PER_CALL

from ..backends.compare import COLLECTOR, DAEMON
from ..backends.span_sender import DELAY_SECONDS, SPANS_PER_REQUEST
from ..xray_api import Traffic
from .ratios import ratio_row
from .row import Row
from .single_calls import document

FAST: Final = 500
SLOW: Final = 5
"""Segments a second: at the first batches are full, at the second they are not."""

CALLS_GOALS: Final[Mapping[int, int]] = {FAST: 50, SLOW: 500}
"""The most calls for 1,000 segments, by segments a second. Both programs wait for a second at most
until a batch is full, so that 5/s make batches of 5."""

THOUSAND: Final = 1000


@dataclass(frozen=True)
class Sent:
    """The calls that segments were sent in."""

    program: str
    rate: int
    """Segments that came in a second; 0 where each was sent as it came."""

    segments: int
    """Those that arrived."""

    traffic: Traffic

    @property
    def calls_each(self) -> float:
        """Returns the calls for each segment."""
        return self.traffic.calls / self.segments if self.segments else float("inf")

    @property
    def bytes_each(self) -> float:
        """Returns the bytes of requests for each segment."""
        return self.traffic.bytes / self.segments if self.segments else float("inf")


def single_row(single: Sent) -> Row:
    """Returns the row of what an application without a daemon sends."""
    ratio = single.bytes_each / segment_bytes()
    return Row("bytes sent by a call for each segment", "the segments", f"{ratio:.1f} ×")


def rows_of(sent: Sent, single: Sent) -> list[Row]:
    """Returns the rows of a program at one rate, beside a call for each segment."""
    where = f"for 1,000 segments at {sent.rate}/s, {sent.program}"
    calls, goal = THOUSAND * sent.calls_each, CALLS_GOALS[sent.rate]
    size = sent.bytes_each / single.bytes_each
    return [
        Row(f"calls {where}", "1,000", f"{calls:,.0f}", f"≤ {goal}", calls <= goal),
        ratio_row(f"bytes {where}", single.program, size, goal=1),
    ]


def beside_daemon(sent: Sequence[Sent], highest: Mapping[str, int | None]) -> list[Row]:
    """Returns the rows of the collector beside the daemon, as far as both were measured."""
    fast = {each.program: each for each in sent if each.rate == FAST}
    daemon, collector = fast.get(DAEMON), fast.get(COLLECTOR)
    rows: list[Row] = []
    if daemon and collector:
        size = collector.bytes_each / daemon.bytes_each
        rows.append(ratio_row(f"bytes for the same segments, {COLLECTOR}", DAEMON, size))
    if {DAEMON, COLLECTOR} <= highest.keys():
        most, of_daemon = highest[COLLECTOR], highest[DAEMON]
        figure = f"{most / of_daemon:.2f} ×" if most and of_daemon else "not stated"
        rows.append(Row(f"segments/s on one core, none lost, {COLLECTOR}", DAEMON, figure))
    return rows


def left_out_row(program: str, reason: str) -> Row:
    """Returns the row of what could not be measured."""
    what = f"calls for 1,000 segments at {FAST}/s, {program}"
    return Row(what, "1,000", f"left out: {reason}", f"≤ {CALLS_GOALS[FAST]}")


def segment_bytes() -> int:
    """Returns the size of the segments that are sent."""
    return len(document("0000", 0))


def conditions_of(
    versions: Sequence[str],
    single: Sent,
    seconds: Mapping[int, int],
    highest: Mapping[str, int | None],
) -> str:
    """Returns under which conditions the figures hold."""
    headers = single.traffic.header_bytes / single.traffic.calls
    always = (
        f"A segment has about {segment_bytes():.0f} bytes, and a call for each, by boto3, about "
        f"{headers:.0f} of request line and headers: the larger segments are, the nearer to 1 × "
        "the bytes are. TLS, answers and telemetry are not counted."
    )
    if not versions:
        return always
    lasting = " and ".join(f"{rate}/s for {each} s" for rate, each in seconds.items())
    programs = (
        f"{', '.join(dict.fromkeys(versions))}; {lasting}. The daemon sends 50 segments in a call, "
        "or what it has after a second (aws/aws-xray-daemon, pkg/cfg/cfg.go, BatchSize and "
        "IdleTimeoutMillisecond), and no setting changes that; so does the collector's processor "
        f"`batch` (components/collector_configuration.py, {SEGMENTS_PER_CALL} and 1s). Spans come "
        f"{SPANS_PER_REQUEST} in a request, or what there is after {DELAY_SECONDS} s, and become "
        "segments on their way."
    )
    return " ".join([programs, always, *_rates(highest)])


def _rates(highest: Mapping[str, int | None]) -> list[str]:
    if not highest:
        return []
    found = "; ".join(f"{name}: {_rate(rate)}" for name, rate in highest.items())
    return [
        f"Segments/s on one core, found in short tries, to within a half: {found}. "
        "`make bench ARGS=backends` measures them well."
    ]


def _rate(rate: int | None) -> str:
    if rate is None:
        return "not stated, as sender or sink allow no more"
    return f"{rate:,}" if rate else "fewer than were tried"
