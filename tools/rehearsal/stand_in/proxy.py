"""The stand-in's proxy: signs what SDKs ask of AWS X-Ray, and forwards it."""

import logging
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.exceptions import BotoCoreError

from tools.rehearsal.stand_in.aws import post_signed

log = logging.getLogger("stand_in")


class Proxy(ThreadingHTTPServer):
    """Signs each POST for AWS X-Ray and forwards it, as the real daemon does for sampling.

    Args:
        address: The TCP address and port to listen on.
        signer: Signs requests for AWS X-Ray.
        endpoint: The URL of AWS X-Ray.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], signer: SigV4Auth, endpoint: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, ProxyHandler)
        self._signer = signer
        self._endpoint = endpoint.rstrip("/")

    def forward(self, path: str, body: bytes, content_type: str) -> requests.Response:
        """Sign a request, send it to AWS X-Ray and give back the answer."""
        return post_signed(
            self._signer, self._endpoint + path, body, {"Content-Type": content_type}
        )


class ProxyHandler(BaseHTTPRequestHandler):
    """Answers one connection of the proxy."""

    server: Proxy  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answer with AWS X-Ray's status and body."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = self.server.forward(
                self.path, body, self.headers.get("Content-Type", "application/json")
            )
        except (requests.RequestException, BotoCoreError) as error:
            self.send_error(502, type(error).__name__)
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Log a request at debug level instead of printing it."""
        log.debug(format, *args)
