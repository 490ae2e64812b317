"""The network of a rehearsal: ports of this machine, and what the names of Services lead to."""

import contextlib
import os
import random
import re
import socket
from typing import Final

from tools.lab.errors import ToolError

HOST: Final = "127.0.0.1"

PORTS: Final = range(20_000, 32_768)
"""Where ports are looked for: below those that Linux gives to connections (ip_local_port_range),
one of which could take a port between now and when its pod listens."""


def free_port() -> int:
    """Returns a port that is free for TCP and UDP alike, as the daemon uses one number for both."""
    for port in random.sample(PORTS, 50):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            contextlib.suppress(OSError),
        ):
            tcp.bind((HOST, port))
            udp.bind((HOST, port))
            return port
    raise ToolError(f"no port on {HOST} is free for both TCP and UDP.")


def check_listening(option: str, host: str, port: int, wanted: str) -> None:
    """Raises a ToolError, which says what an option must be, where nothing can listen there."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ToolError(f"{option}; it must be {wanted}: {reason}.") from None


class Addresses:
    """Where the names of Services lead on this machine."""

    def __init__(self) -> None:
        self._patterns: list[tuple[re.Pattern[str], str]] = []

    def add(self, name: str, namespace: str, port: int, local_port: int) -> None:
        """Makes every form of a Service's name and port stand for a local port."""
        form = rf"{re.escape(name)}(\.{re.escape(namespace)}(\.svc(\.cluster\.local)?)?)?:{port}"
        self._patterns.append((re.compile(rf"(?<![\w.-]){form}\b"), f"{HOST}:{local_port}"))

    def translate(self, text: str) -> str:
        """Returns a text with the addresses of Services replaced."""
        for pattern, local in self._patterns:
            text = pattern.sub(local, text)
        return text
