"""The API to read from in a process of its own, so that it does not slow down who reads."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from tools.rehearsal.network import HOST

from ..own_process import questions, start_process
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
    with start_process(_serve, "limited-api") as connection:
        yield ApiProcess(connection)


def _serve(connection: Any) -> None:
    with ExitStack() as running:
        api = None
        for setting in questions(connection):
            if setting is None:
                connection.send(api.seen() if api else None)
                continue
            running.close()
            url, api = running.enter_context(start_limited_api(HOST, setting))
            connection.send(url)
