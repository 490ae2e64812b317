"""How fast an API may be called that tells its limit only by refusing what goes beyond it."""

import math
import threading
import time
from collections import deque
from concurrent.futures import CancelledError
from typing import Final

SLOWEST: Final = 2.0
"""Calls a second while the API refuses all: so soon is it noticed that it takes calls again."""

_SECOND: Final = 1.0
"""Over how long successes are counted, and how long none make it an outage."""

_LATE: Final = 0.1
"""Seconds that a late caller may make up for, so that the pace is kept on average."""


class RateEstimate:
    """How many calls a second an API allows, by what it has answered; times are in seconds.

    What succeeded in the second before a refusal is what the API allows. From there the rate
    grows as in CUBIC (RFC 9438), hardly at first and then fast, until the next refusal: neither a
    limit that was underrated nor one that was raised stays unused. After an outage, in which
    nothing succeeds, it is what it was before.
    """

    def __init__(self) -> None:
        self._successes: deque[float] = deque()
        self._allowed = math.inf
        self._counting_since = -math.inf
        self._last_success = -math.inf
        self._last_refusal = -math.inf

    def succeeded(self, now: float) -> None:
        """Take note of a call that succeeded."""
        if self.silence(now) > _SECOND:
            self._counting_since = now
        self._last_success = now
        self._successes.append(now)
        while self._successes[0] < now - _SECOND:
            self._successes.popleft()
        if self._allowed < math.inf:
            self._allowed = max(self._allowed, float(len(self._successes)))

    def refused(self, now: float) -> None:
        """Take note of a call that was refused."""
        self._last_refusal = now
        known = self._allowed < math.inf
        if self._successes and not (known and now < self._counting_since + _SECOND):
            self._allowed = max(SLOWEST, float(len(self._successes)))

    def silence(self, now: float) -> float:
        """Return for how long nothing but refusals has come; 0 after a success."""
        return now - self._last_success if self._last_refusal > self._last_success else 0.0

    def rate(self, now: float) -> float:
        """Return how many calls a second are worth to be tried; infinite before any refusal."""
        if self.silence(now) > _SECOND:
            return SLOWEST
        if self._allowed == math.inf:
            return math.inf
        return self._allowed * (1 + (now - self._last_refusal) ** 3 / 8)


class Pace:
    """Makes callers in many threads wait for their turns, at the rate that the API allows."""

    def __init__(self) -> None:
        self._estimate = RateEstimate()
        self._sent = -math.inf
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self.closed = threading.Event()
        """Whether no call is to be made any more."""

    def wait(self) -> None:
        """Wait until a call may be made.

        Raises:
            CancelledError: No call is to be made any more.
        """
        # One waits for its moment, which may change, and the others for it.
        with self._turn, self._changed:
            while not self.closed.is_set():
                now = time.monotonic()
                due = self._sent + 1 / self._estimate.rate(now)
                if due <= now:
                    self._sent = max(due, now - _LATE)
                    return
                self._changed.wait(due - now)
        raise CancelledError

    def succeeded(self) -> None:
        """Take note of a call that succeeded."""
        with self._changed:
            self._estimate.succeeded(time.monotonic())
            self._changed.notify_all()

    def refused(self) -> None:
        """Take note of a call that was refused."""
        with self._changed:
            self._estimate.refused(time.monotonic())
            self._changed.notify_all()

    def silence(self) -> float:
        """Return for how many seconds nothing but refusals has come; 0 after a success."""
        with self._changed:
            return self._estimate.silence(time.monotonic())

    def close(self) -> None:
        """Let all who wait, and all who come, be cancelled."""
        self.closed.set()
        with self._changed:
            self._changed.notify_all()
