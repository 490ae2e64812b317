"""The network of a rehearsal: free ports, and Services in front of processes."""

import asyncio
import contextlib
import itertools
import os
import random
import socket
import threading
from collections.abc import Sequence
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


def listen(port: int) -> socket.socket:
    """Returns a socket that listens on a TCP port; 0 takes any.

    Raises:
        ToolError: The port is in use, or not for this user to have.
    """
    try:
        return socket.create_server((HOST, port), backlog=256)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ToolError(f"--port is {port}; it must be a free port: {reason}.") from None


class Service:
    """Stands in for kube-proxy: one address, and each connection goes to the next pod in turn."""

    def __init__(
        self, name: str, namespace: str, service_port: int, pods: Sequence[int], port: int
    ) -> None:
        """Starts to listen.

        Args:
            name: The Service's name.
            namespace: The Service's namespace.
            service_port: The Service's port in a cluster.
            pods: Ports of the pods behind it.
            port: The port to listen on here; 0 takes any.

        Raises:
            ToolError: The port is in use.
        """
        self.name = name
        self.namespace = namespace
        self.service_port = service_port
        self._next_pod = itertools.cycle(pods)
        self._socket = listen(port)
        self.port = int(self._socket.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops to listen, and drops open connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._connect, sock=self._socket))
        self._loop.run_forever()
        # Connections that are cut off in the end are no news.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            pod_reader, pod_writer = await asyncio.open_connection(HOST, next(self._next_pod))
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, pod_writer), _copy(pod_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
