"""The API to read from in a process of its own, so that it does not slow down who reads."""

import multiprocessing
import signal
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from rehearsal.network import HOST

from .limited_api import Seen, Setting, start_limited_api


class ApiProcess:
    """Runs one API at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def start(self, setting: Setting) -> str:
        """Starts an API in the place of the last, and returns its URL."""
        self._connection.send(setting)
        return self._connection.recv()

    def seen(self) -> Seen:
        """Returns what the API has been asked."""
        self._connection.send(None)
        return self._connection.recv()


@contextmanager
def start_api_process() -> Generator[ApiProcess]:
    """Starts the process, and stops it with its block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="limited-api", daemon=True)
    process.start()
    theirs.close()
    try:
        yield ApiProcess(ours)
    finally:
        ours.close()
        process.join()


def _serve(connection: Any) -> None:
    # Ctrl-C is for who measures, who ends this by closing the connection.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ExitStack() as running:
        api = None
        while True:
            try:
                setting = connection.recv()
            except EOFError:
                return
            if setting is None:
                connection.send(api.seen() if api else None)
                continue
            running.close()
            url, api = running.enter_context(start_limited_api(HOST, setting))
            connection.send(url)
