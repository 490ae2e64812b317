"""A small stand-in for the AWS X-Ray daemon, for machines where the real one is not installed.

It takes segments by UDP and sends them to AWS X-Ray in batches, and signs and forwards the X-Ray
SDK's sampling calls by TCP, under the real daemon's command line as far as that matters here. It
is ready as soon as its TCP port accepts connections.
"""

import argparse
import json
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import requests
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_xray import XRayClient

WHAT_THIS_IS = "This is a stand-in for the AWS X-Ray daemon, not AWS's daemon."
BATCH_SEGMENTS = 50
FLUSH_SECONDS = 0.2
RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024
MAXIMUM_DATAGRAM_BYTES = 64 * 1024
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
LOG_LEVELS = {
    "dev": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "prod": logging.INFO,
}

log = logging.getLogger("stand_in_daemon")


class Receiver(threading.Thread):
    """Receives datagrams and puts the segment documents in them into a queue.

    Args:
        address: The UDP address and port to receive on.
        segments: Gets each segment document, and None after the last one.
    """

    def __init__(self, address: tuple[str, int], segments: "queue.Queue[str | None]") -> None:
        super().__init__(name="receiver")
        self._segments = segments
        self._stopping = threading.Event()
        self._malformed = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.settimeout(FLUSH_SECONDS)
        self._socket.bind(address)

    def run(self) -> None:
        """Receive until stopped and until nothing is left in the socket."""
        while True:
            stopping = self._stopping.is_set()
            if stopping:
                self._socket.setblocking(False)
            try:
                self._take(self._socket.recv(MAXIMUM_DATAGRAM_BYTES))
            except (TimeoutError, BlockingIOError):
                if stopping:
                    break
        self._socket.close()
        self._segments.put(None)

    def stop(self) -> None:
        """Stop as soon as what has arrived is in the queue."""
        self._stopping.set()

    def _take(self, datagram: bytes) -> None:
        try:
            self._segments.put(segment_in(datagram))
        except ValueError as error:
            self._malformed += 1
            log.warning("Skipped malformed datagram number %d: %s.", self._malformed, error)


class Sender(threading.Thread):
    """Sends segment documents from a queue to AWS X-Ray, in batches.

    Args:
        xray: The client to send them by.
        segments: Where they come from; None ends it.
    """

    def __init__(self, xray: "XRayClient", segments: "queue.Queue[str | None]") -> None:
        super().__init__(name="sender")
        self._xray = xray
        self._segments = segments
        self._said: set[str] = set()

    def run(self) -> None:
        """Send until the queue says that it ended."""
        for batch in self._batches():
            try:
                answer = self._xray.put_trace_segments(TraceSegmentDocuments=batch)
            except ClientError as error:
                self._say_once(error.response.get("Error", {}).get("Code", "no error code"), error)
            except BotoCoreError as error:
                self._say_once(type(error).__name__, error)
            else:
                for segment in answer["UnprocessedTraceSegments"]:
                    self._say_once(segment.get("ErrorCode", "no error code"), segment)

    def _batches(self) -> "Iterator[list[str]]":
        segment = self._segments.get()
        while segment is not None:
            batch = [segment]
            flush_at = time.monotonic() + FLUSH_SECONDS
            try:
                while len(batch) < BATCH_SEGMENTS:
                    segment = self._segments.get(timeout=max(flush_at - time.monotonic(), 0))
                    if segment is None:
                        break
                    batch.append(segment)
            except queue.Empty:
                pass
            yield batch
            if segment is not None:
                segment = self._segments.get()

    def _say_once(self, code: str, what: object) -> None:
        if code not in self._said:
            self._said.add(code)
            # On one line, as some endpoints answer errors in XML or HTML.
            reason = " ".join(str(what).split())
            log.error("AWS X-Ray did not take segments, %s (said once): %s", code, reason)


class Proxy(ThreadingHTTPServer):
    """Signs each POST for AWS X-Ray and forwards it, as the real daemon does for sampling.

    Args:
        address: The TCP address and port to listen on.
        signer: Signs requests for AWS X-Ray.
        endpoint: The URL of AWS X-Ray.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], signer: SigV4Auth, endpoint: str) -> None:
        super().__init__(address, ProxyHandler)
        self._signer = signer
        self._endpoint = endpoint.rstrip("/")

    def forward(self, path: str, body: bytes, content_type: str) -> requests.Response:
        """Sign a request, send it to AWS X-Ray and give back the answer."""
        url = self._endpoint + path
        signed = AWSRequest("POST", url, {"Content-Type": content_type}, data=body)
        self._signer.add_auth(signed)
        return requests.post(url, body, headers=dict(signed.headers.items()), timeout=10)


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


def segment_in(datagram: bytes) -> str:
    """Take the segment document out of a datagram.

    Args:
        datagram: What came by UDP: a header line, then the document.

    Returns:
        The document, as it came.

    Raises:
        ValueError: The datagram does not have this form.
    """
    header, _, document = datagram.decode().partition("\n")
    if json.loads(header) != {"format": "json", "version": 1}:
        raise ValueError(f"the header is {header!r}")
    if not isinstance(json.loads(document), dict):
        raise ValueError("the document is not a JSON object")
    return document


def main() -> int:
    """Run the stand-in until SIGTERM or SIGINT.

    Returns:
        The exit status: 0 after a signal, 1 where it cannot start.
    """
    print(WHAT_THIS_IS, file=sys.stderr, flush=True)
    arguments = _parser().parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log.setLevel(LOG_LEVELS[arguments.log_level])
    if arguments.role_arn:
        print("The stand-in cannot assume roles.", file=sys.stderr)
        return 1
    # The machine it stands in on is not an EC2 instance with a role: nothing to ask there.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    if arguments.region is None:
        print("No region: name one by --region or AWS_REGION.", file=sys.stderr)
        return 1
    session = boto3.Session(region_name=arguments.region)
    credentials = session.get_credentials()
    if credentials is None:
        print("No AWS credentials: set AWS_ACCESS_KEY_ID and its secret.", file=sys.stderr)
        return 1
    xray = session.client(
        "xray",
        endpoint_url=arguments.config.get("Endpoint"),
        config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}),
    )
    signer = SigV4Auth(credentials, "xray", arguments.region)
    segments: queue.Queue[str | None] = queue.Queue()
    sender = Sender(xray, segments)
    # Blocked in every thread from here on, so that none of them but sigwait below takes one.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        receiver = Receiver(arguments.bind, segments)
        # The last to be made, as its port says that the rest is ready.
        proxy = Proxy(arguments.bind_tcp, signer, xray.meta.endpoint_url)
    except OSError as error:
        print(f"Cannot listen: {error}", file=sys.stderr)
        return 1
    receiver.start()
    sender.start()
    threading.Thread(target=proxy.serve_forever, name="proxy", daemon=True).start()
    log.info("Sending to %s in %s.", xray.meta.endpoint_url, arguments.region)
    signal.sigwait(STOP_SIGNALS)
    receiver.stop()
    sender.join()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stand_in_daemon", description=WHAT_THIS_IS)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    add = parser.add_argument
    add("-o", "--local-mode", action="store_true", help="accepted: it never asks EC2 metadata")
    add("-n", "--region", default=region, help="the AWS region to send to")
    add("-b", "--bind", type=_address, default="127.0.0.1:2000", help="UDP address:port")
    add("-t", "--bind-tcp", type=_address, default="127.0.0.1:2000", help="TCP address:port")
    add("-m", "--buffer-memory", type=int, help="accepted: the buffer is not limited")
    add("-l", "--log-level", choices=LOG_LEVELS, default="prod")
    add("-c", "--config", type=_config, default={}, help="YAML file; only Endpoint is read")
    add("-r", "--role-arn", help="refused: the stand-in cannot assume roles")
    add("-v", "--version", action="version", version=WHAT_THIS_IS)
    return parser


def _address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not (host and port.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{value}' is not address:port")
    return host, int(port)


def _config(value: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(Path(value).read_text())
    except (OSError, yaml.YAMLError) as error:
        raise argparse.ArgumentTypeError(f"cannot read {value}: {error}") from error
    return config if isinstance(config, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
