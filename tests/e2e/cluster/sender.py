"""Sends segments or spans at a steady rate, as SDKs do; runs in the sample services' image.

Arguments: `udp`, `http` or `grpc`, then HOST RATE SECONDS BEGIN PREFIX: seconds from an epoch time
on, and four hexadecimal digits with which the ids begin.
"""

import contextlib
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def segment(prefix: str, number: int, at: float) -> str:
    """Returns a segment, numbered by its id, with what a collector drops or writes anew."""
    document = {
        "name": "bench",
        "id": f"{prefix}{number:012x}",
        "trace_id": f"1-{int(at):08x}-{prefix}{number:020x}",
        "start_time": at - 0.01,
        "end_time": at,
        "service": {"version": "1", "compiler": "none"},
        "precursor_ids": ["0123456789abcdef"],
    }
    return json.dumps(document, ensure_ascii=False)


def sender_pod(namespace: str, image: str, kind: str, *arguments: object) -> dict[str, Any]:
    """Returns the pod that sends; the arguments are those after the kind."""
    command = ["python", "-c", Path(__file__).read_text("utf-8"), kind, *map(str, arguments)]
    container = {"name": "sender", "image": image, "imagePullPolicy": "IfNotPresent"}
    spec = {"restartPolicy": "Never", "containers": [container | {"command": command}]}
    metadata = {"name": kind, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def main() -> None:
    """Sends at the rate, as long as it is told to."""
    kind, host, rate, seconds, begin, prefix = sys.argv[1:]
    send, end = _to_daemon(host, prefix) if kind == "udp" else _to_collector(kind, host, prefix)
    for number in range(int(rate) * int(seconds)):
        at = float(begin) + number / int(rate)
        if (delay := at - time.time()) > 0.001:
            time.sleep(delay)
        send(number, at)
    end()


def _to_daemon(host: str, prefix: str) -> tuple[Callable[[int, float], None], Callable[[], None]]:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # As the SDKs' sockets: towards an address that is gone, the kernel's buffer fills. The SDKs for
    # Java and Go look the name up once.
    sender.setblocking(False)
    target = (socket.gethostbyname(host), 2000)

    def send(number: int, at: float) -> None:
        header = '{"format": "json", "version": 1}\n'
        with contextlib.suppress(OSError):
            sender.sendto((header + segment(prefix, number, at)).encode(), target)

    return send, sender.close


def _to_collector(
    kind: str, host: str, prefix: str
) -> tuple[Callable[[int, float], None], Callable[[], None]]:
    """OpenTelemetry's own exporters, each with a connection that it keeps."""
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as Grpc
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import IdGenerator
    from opentelemetry.trace import SpanKind

    class Ids(IdGenerator):
        number = 0

        def generate_span_id(self) -> int:
            return int(f"{prefix}{self.number:012x}", 16)

        def generate_trace_id(self) -> int:
            return int(f"{int(time.time()):08x}{prefix}{self.number:020x}", 16)

    exporter: Any = (
        Http(endpoint=f"http://{host}:4318/v1/traces")
        if kind == "http"
        else Grpc(endpoint=f"http://{host}:4317", insecure=True)
    )
    ids = Ids()
    provider = TracerProvider(id_generator=ids)
    provider.add_span_processor(BatchSpanProcessor(exporter, 8192, 200, 128))
    tracer = provider.get_tracer("bench")

    def send(number: int, _at: float) -> None:
        ids.number = number
        tracer.start_span("bench", kind=SpanKind.SERVER).end()

    return send, provider.shutdown


if __name__ == "__main__":
    main()
