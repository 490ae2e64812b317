"""AWS on this machine, for tests of programs that call it over HTTP."""

from collections.abc import Generator
from contextlib import contextmanager

import requests
from moto.server import ThreadedMotoServer


@contextmanager
def aws_here() -> Generator[str]:
    """Serves AWS, with nothing in it, until the end of the block, and gives its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    try:
        requests.post(f"{url}/moto-api/reset", timeout=60).raise_for_status()
        yield url
    finally:
        server.stop()
