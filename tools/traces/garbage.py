"""Keeps Python from looking through all traces for garbage again and again."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

_RARELY = (100_000, 10, 100)
"""Objects made before the youngest are looked through, and how often that is done before the older
ones are (Python's documentation, gc.set_threshold). By default the first is 700 to 2,000."""


@contextmanager
def collecting_rarely() -> Generator[None]:
    """Look for cyclic garbage rarely within the block.

    Traces are many objects that stay, none of them in a cycle: looking through them takes half
    as long as making them. What is no longer referred to is freed at once all the same.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
