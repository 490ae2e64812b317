"""The stand-in's proxy: signs what SDKs ask of AWS X-Ray, and forwards it."""

import logging
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

log = logging.getLogger("stand_in")


class Proxy(ThreadingHTTPServer):
    """Signs each POST for AWS X-Ray and forwards it, as the real daemon does for sampling.

    Args:
        address: The TCP address and port to listen on.
        credentials: What it signs with.
        region: The region that it signs for.
        endpoint: The URL of AWS X-Ray.
    """

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], credentials: Any, region: str, endpoint: str
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)
        self._signer = SigV4Auth(credentials, "xray", region)
        self._endpoint = endpoint.rstrip("/")

    def forward(self, path: str, body: bytes, content_type: str) -> requests.Response:
        """Signs a request, sends it to AWS X-Ray and gives back the answer."""
        url = self._endpoint + path
        signed = AWSRequest("POST", url, {"Content-Type": content_type}, data=body)
        self._signer.add_auth(signed)
        return requests.post(url, body, headers=dict(signed.headers.items()), timeout=10)


class _Handler(BaseHTTPRequestHandler):
    server: Proxy  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answers with the status and the body of AWS X-Ray."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content_type = self.headers.get("Content-Type", "application/json")
        try:
            answer = self.server.forward(self.path, body, content_type)
        except (requests.RequestException, BotoCoreError) as error:
            self.send_error(502, type(error).__name__)
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs a request at debug level instead of printing it."""
        log.debug(format, *args)
