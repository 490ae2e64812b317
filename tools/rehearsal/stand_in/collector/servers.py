"""The ports by HTTP that a collector has beside the daemon's: OTLP, and the health check."""

import logging
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tools.rehearsal.span_segments import PROTOBUF, TRACES_PATH, MalformedRequestError
from tools.rehearsal.stand_in.collector.spans import Answer, SpanExporter, refusal

log = logging.getLogger("stand_in")


class HttpServer(ThreadingHTTPServer):
    """Answers each connection in a thread of its own; closing it waits for all of them."""

    daemon_threads = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)


class OtlpServer(HttpServer):
    """Takes spans by OTLP/HTTP, in protobuf.

    Args:
        address: The TCP address and port to listen on.
        exporter: Where the spans go.
    """

    def __init__(self, address: tuple[str, int], exporter: SpanExporter) -> None:
        super().__init__(address, OtlpHandler)
        self.exporter = exporter


class QuietHandler(BaseHTTPRequestHandler):
    """Answers one connection of a server."""

    timeout = 2
    """Seconds that a client may say nothing; a server that is closed waits for it as long."""

    def answer(self, answer: Answer) -> None:
        """Sends an answer."""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log a request at debug level instead of printing it."""
        log.debug(format, *args)


class OtlpHandler(QuietHandler):
    """Answers one connection of the OTLP server."""

    server: OtlpServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Hand a request's spans on, and answer what became of them."""
        self.answer(self._taken())

    def _taken(self) -> Answer:
        if self.path != TRACES_PATH:
            return refusal(404, f"only {TRACES_PATH} is there")
        if self.headers.get_content_type() != PROTOBUF:
            return refusal(415, f"only {PROTOBUF} is taken")
        length = self.headers.get("Content-Length")
        if length is None:
            return refusal(411, "only requests with a Content-Length are taken")
        body = self.rfile.read(int(length))
        try:
            return self.server.exporter.export(body, dict(self.headers.items()))
        except MalformedRequestError as error:
            log.warning("Refused a request by OTLP: %s.", error)
            return refusal(400, str(error))


class HealthHandler(QuietHandler):
    """Answers one connection of the health check."""

    def do_GET(self) -> None:
        """Say that all is well: it would not listen else (collector, extension health_check)."""
        self.answer(Answer(200, b'{"status": "Server available"}', "application/json"))
