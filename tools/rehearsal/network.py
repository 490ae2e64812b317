"""The network of a rehearsal: free ports, and Services in front of processes."""

import contextlib
import itertools
import os
import random
import socket
import threading
from collections.abc import Sequence
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Final

from tools.lab.errors import ToolError

HOST: Final = "127.0.0.1"

TRIES: Final = 50
"""How many ports are tried until one is free for both TCP and UDP."""

PORTS: Final = range(20_000, 32_768)
"""Where ports are looked for: below those that Linux gives to connections (ip_local_port_range),
one of which could take a port between now and when its pod listens."""


def free_port() -> int:
    """Returns a port that is free for TCP and UDP alike, as the daemon uses one number for both.

    Raises:
        ToolError: None was found.
    """
    for _ in range(TRIES):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            port = random.choice(PORTS)
            with contextlib.suppress(OSError):
                tcp.bind((HOST, port))
                udp.bind((HOST, port))
                return port
    raise ToolError(f"no port on {HOST} is free for both TCP and UDP.")


class Service(ThreadingTCPServer):
    """Stands in for kube-proxy: one address, and each connection goes to the next pod in turn."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, pods: Sequence[int], port: int) -> None:
        """Starts to listen.

        Args:
            pods: Ports of the pods behind it.
            port: The port to listen on here; 0 takes any.

        Raises:
            ToolError: The port is in use, or not for this user to have.
        """
        self.next_pod = itertools.cycle(pods)
        try:
            super().__init__((HOST, port), _Connection)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise ToolError(f"--port is {port}; it must be a free port: {reason}.") from None
        self.port = int(self.server_address[1])

    def start(self) -> None:
        """Accepts connections from now on."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stops to listen."""
        self.shutdown()
        self.server_close()


class _Connection(BaseRequestHandler):
    server: Service  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle(self) -> None:
        client: socket.socket = self.request
        # Connections that are cut off in the end are no news.
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, next(self.server.next_pod))) as pod,
        ):
            answers = threading.Thread(target=_copy, args=(pod, client), daemon=True)
            answers.start()
            _copy(client, pod)
            answers.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
