"""Serves HTTP until SIGTERM."""

import logging
import os
import signal
import sys
import time
from types import FrameType

from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from sample_service.app import create_app
from sample_service.identity import identify, read_container_id
from sample_service.settings import SettingsError, read_settings
from sample_service.tracing import start_tracing

THREADS = 8
# Idle connections count too, and where the limit is reached, 100 by default, they shut out even
# the kubelet's probes.
CONNECTIONS = 500
# Less than the 30 seconds Kubernetes gives a pod to stop by default.
DRAIN_SECONDS = 20


class DrainingDispatcher(ThreadedTaskDispatcher):
    """Worker threads which finish every request received, those in the queue too, at shutdown."""

    def shutdown(self, cancel_pending: bool = True, timeout: int = DRAIN_SECONDS) -> bool:
        """Stop the threads as soon as they have nothing left to do.

        Args:
            cancel_pending: Whether to drop what is still in the queue after the timeout.
            timeout: How long to wait, in seconds.

        Returns:
            Whether requests were dropped.
        """
        deadline = time.monotonic() + timeout
        while self.queue and time.monotonic() < deadline:
            time.sleep(0.02)
        return super().shutdown(cancel_pending, max(int(deadline - time.monotonic()), 1))


def main() -> int:
    """Run the service.

    Returns:
        The exit status: 0 after SIGTERM or SIGINT, 1 where the environment is not usable.
    """
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log = logging.getLogger("sample_service")
    log.setLevel(logging.INFO)
    # How many requests wait is load, not something wrong.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    signal.signal(signal.SIGTERM, _exit)
    tracing = start_tracing(settings, identify(settings, read_container_id()))
    dispatcher = DrainingDispatcher()
    dispatcher.set_thread_count(THREADS)
    try:
        server = create_server(
            create_app(settings, tracing),
            host="0.0.0.0",
            port=settings.port,
            connection_limit=CONNECTIONS,
            _dispatcher=dispatcher,
        )
    except OSError as error:
        print(f"PORT is '{settings.port}'; the service cannot listen: {error}.", file=sys.stderr)
        return 1
    log.info("%s listens on port %d.", settings.tracing_name, settings.port)
    server.run()
    tracing.end()
    log.info("%s has stopped.", settings.tracing_name)
    return 0


def _exit(_signal: int, _frame: FrameType | None) -> None:
    # The server's loop catches this and shuts the dispatcher down.
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
