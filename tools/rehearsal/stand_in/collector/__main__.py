"""Entry point of `python -m tools.rehearsal.stand_in.collector`."""

import argparse
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from http.server import HTTPServer
from pathlib import Path
from typing import Final

from tools.rehearsal.stand_in.aws import NoCredentialsError, session_in, signer_of, xray_client
from tools.rehearsal.stand_in.collector.configuration import (
    Configuration,
    GateConfiguration,
    UnusableConfigurationError,
    read_configuration,
)
from tools.rehearsal.stand_in.collector.servers import HealthHandler, HttpServer, OtlpServer
from tools.rehearsal.stand_in.collector.spans import SegmentExporter, SpanForwarder
from tools.rehearsal.stand_in.proxy import Proxy
from tools.rehearsal.stand_in.segments import Receiver, Sender

WHAT_THIS_IS: Final = "This is a stand-in for the OpenTelemetry Collector, not a collector."

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger("stand_in")


class Collector:
    """Everything that listens and sends.

    Raises:
        NoCredentialsError: There are no AWS credentials.
        OSError: It can't listen.
    """

    def __init__(self, configuration: Configuration) -> None:
        writer = configuration.writer
        session = session_in(writer.region, writer.role_arn)
        xray = xray_client(session, writer.endpoint)
        asking = session_in(configuration.sampling.region, configuration.sampling.role_arn)
        rules = xray_client(asking, configuration.sampling.endpoint).meta.endpoint_url
        segments: queue.Queue[str | None] = queue.Queue()
        exporter = (
            SegmentExporter(segments, configuration.indexed_attributes)
            if configuration.traces_endpoint is None
            else SpanForwarder(signer_of(session), configuration.traces_endpoint)
        )

        self._sender = Sender(xray, segments)
        self._receiver = Receiver(configuration.segments, segments)
        self._proxy = Proxy(configuration.proxy, signer_of(asking), rules)
        self._otlp = OtlpServer(configuration.spans, exporter)
        # The last to be made, as its port says that the rest is ready.
        self._health = HttpServer(configuration.health, HealthHandler)

    def start(self) -> None:
        """Starts to receive and to send."""
        self._sender.start()
        self._receiver.start()
        for server in (self._proxy, self._otlp, self._health):
            _serve(server)

    def stop(self) -> None:
        """Stops receiving, and sends all that has arrived."""
        self._health.shutdown()
        self._otlp.shutdown()
        # Waits for the requests that it is answering: their spans go before the queue's end.
        self._otlp.server_close()
        self._receiver.stop()
        self._sender.join()


class Gate:
    """What a collector is as its pod's readiness gate: a port that is open.

    Raises:
        OSError: It can't listen.
    """

    def __init__(self, configuration: GateConfiguration) -> None:
        self._server = HttpServer(configuration.spans, HealthHandler)

    def start(self) -> None:
        """Starts to accept connections."""
        _serve(self._server)

    def stop(self) -> None:
        """Stops accepting them."""
        self._server.shutdown()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stand-in until SIGTERM or SIGINT.

    Returns:
        The exit status: 0 after a signal, 1 where it cannot start.
    """
    print(WHAT_THIS_IS, file=sys.stderr, flush=True)
    parser = argparse.ArgumentParser(
        prog="tools.rehearsal.stand_in.collector", description=WHAT_THIS_IS, allow_abbrev=False
    )
    parser.add_argument("--config", type=Path, required=True, help="a collector's configuration")
    parser.add_argument("--version", action="version", version=WHAT_THIS_IS)
    file: Path = parser.parse_args(arguments).config
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The machine it stands in on is not an EC2 instance with a role: nothing to ask there.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    try:
        configuration = read_configuration(file)
        if isinstance(configuration, GateConfiguration):
            collector = Gate(configuration)
        else:
            log.setLevel(configuration.log_level)
            collector = Collector(configuration)
    except (UnusableConfigurationError, NoCredentialsError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot listen: {error}", file=sys.stderr)
        return 1
    # Blocked in every thread from here on, so that none of them but sigwait below takes one.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    collector.start()
    signal.sigwait(STOP_SIGNALS)
    collector.stop()
    return 0


def _serve(server: HTTPServer) -> None:
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
