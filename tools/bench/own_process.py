"""What serves a measurement in a process of its own, so that it does not slow down who measures."""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

Serve = Callable[[Any], None]
"""Answers by a connection what is asked by it; a function of a module, given to a new process."""


@contextmanager
def start_process(serve: Serve, name: str) -> Generator[Any]:
    """Runs a function in a new process, which ends with the block.

    Yields:
        The other end of its connection.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(serve, theirs), name=name, daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def questions(connection: Any) -> Iterator[Any]:
    """Yields what is asked by a connection, until its other end is closed."""
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        yield question


def _run(serve: Serve, connection: Any) -> None:
    # Ctrl-C is for who measures, who ends this by closing the connection.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(connection)
