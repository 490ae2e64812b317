"""Ctrl-C and SIGTERM: end the rehearsal in order, never between two halves of one step."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Interruption:
    """Turns the first signal into one KeyboardInterrupt, and ignores those that follow."""

    def __init__(self) -> None:
        self._shielded = False
        self._pending = False

    def install(self) -> None:
        """Handles the signals from now on."""
        for number in SIGNALS:
            signal.signal(number, self._handle)

    @contextmanager
    def shield(self) -> Generator[None]:
        """Puts an interruption off until its block is left."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False
        if self._pending:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        os.write(2, "\nEnding …\n".encode())  # No print: one may be what is interrupted.
        if not self._shielded:
            raise KeyboardInterrupt
        self._pending = True
