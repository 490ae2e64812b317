"""Sends a marked trace by every way to AWS X-Ray each minute, looks for it there, says what it saw.

Its metrics go to CloudWatch, and to whoever asks it by HTTP. As in `make verify`, the likeliest
cause comes first, and nothing that would follow from it is counted.
"""

import json
import logging
import os
import re
import secrets
import signal
import socket
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from zlib import crc32

import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

NAMESPACE = "XRayCanary"
"""Of its metrics; its role may write to no other."""

FIRST_SECONDS, BEGIN, SPREAD = 10, 5, 25
"""Seconds until the first round, while NetworkPolicies learn of the pod. Later ones begin `BEGIN`
into each minute, each node's up to `SPREAD` later: what it finds is published before the minute
ends, and a restart in the rest of it leaves no minute without a round."""

PATIENCE_SECONDS = 25
"""How long a trace is looked for."""

CAUSES = ("Unresolved", "Unreachable", "Denied", "Throttled", "NoWayOut", "Lost", "Dropped")

SERIES = re.compile(r"^otelcol_(\w+?)(?:_total)?\{(.*)\} (\S+)$", re.MULTILINE)
"""A line of a collector's metrics: name, labels, value (Prometheus, exposition formats)."""

DROPS = re.compile("(exporter_(enqueue|send)_failed|receiver_refused)_spans")
"""Spans that a collector counts as not taken or not sent (exporter/exporterhelper/metadata.yaml,
receiver/receiverhelper/metadata.yaml)."""

TRIED_AGAIN = re.compile('exporter="awsxray"|receiver="otlp/queue"')
"""Behind its own queue, which counts them once more (components/agent/collector/exporters.py)."""

DIRECT: Any = (("grpc.enable_http_proxy", 0),)
"""gRPC would go through the proxy that is for AWS."""

log = logging.getLogger("canary")


class Canary:
    """The canary of one node."""

    def __init__(self, environment: Mapping[str, str], xray: Any, cloudwatch: Any) -> None:
        self._host, _, port = environment["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")
        self._address = (self._host, int(port))
        self._ports: Mapping[str, int] = json.loads(environment["AGENT_PORTS"])
        self._metrics_host = f"xray-canary.{environment['POD_NAMESPACE']}"
        self._cluster, self.node = environment["CLUSTER_NAME"], environment["NODE_NAME"]
        self._xray, self._cloudwatch, self._refused = xray, cloudwatch, ""
        self._counted: float | None = None
        self.said: Mapping[str, float] = {}

    def round(self, due: float | None = None) -> None:
        """Tries everything, and publishes it as of when it was due."""
        found: dict[str, float] = {"Rounds": 1, **dict.fromkeys(CAUSES, 0)}
        found |= self._hindered() or self._traced()
        self.said = found
        self._publish(found, due or time.time())
        log.info("%s", [cause for cause in CAUSES if found[cause]] or "all is well")

    def _hindered(self) -> dict[str, float]:
        """Returns what keeps a trace from being sent, by its cause."""
        for name in self._ports.keys() - {"segments", "metrics"}:
            try:
                socket.create_connection((self._host, self._ports[name]), timeout=3).close()
            except OSError as error:
                log.warning("%s: %s", name, error)
                known = "Unresolved" if isinstance(error, socket.gaierror) else "Unreachable"
                return {known: 1, "Arrived": 0}
        return {}

    def _traced(self) -> dict[str, float]:
        """Returns how the traces fared."""
        found = self._collector()
        sent = {self._send_segment(): "segments"}
        sent |= {self._send_span(name): name for name in self._ports if name.startswith("otlp-")}
        before, self._refused = self._refused, self._refusal()
        if refusal := self._refused:  # Two that alternate would ring no alarm.
            return {**found, before or refusal: 1, refusal: 1}
        seconds = self._await(list(sent))
        if seconds:
            found["Seconds"] = max(seconds.values())
        if lost := [name for trace_id, name in sent.items() if trace_id not in seconds]:
            log.warning("not in X-Ray after %d s: what went by %s", PATIENCE_SECONDS, lost)
        return {**found, "Arrived": len(seconds) / len(sent), "Lost": float(bool(lost))}

    def _send_segment(self) -> str:
        now, id_ = time.time(), secrets.token_hex(12)
        trace_id = f"1-{int(now):08x}-{id_}"
        segment = {"name": "xray-canary", "id": id_[:16], "trace_id": trace_id, "start_time": now}
        segment |= {"end_time": now, "annotations": {"node": self.node}}
        family, kind, *_, address = socket.getaddrinfo(*self._address, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as sender:
            datagram = f'{{"format": "json", "version": 1}}\n{json.dumps(segment)}'
            sender.sendto(datagram.encode(), address)
        return trace_id

    def _send_span(self, name: str) -> str:
        endpoint = f"http://{self._host}:{self._ports[name]}"
        sender: Any = (
            HttpExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)
            if name == "otlp-http"
            else GrpcExporter(endpoint, True, None, None, 5, channel_options=DIRECT)
        )
        resource = Resource({"service.name": "xray-canary"})
        provider = TracerProvider(resource=resource, id_generator=AwsXRayIdGenerator())
        attributes = {"node": self.node, "aws.xray.annotations": ["node"]}
        tracer = provider.get_tracer("canary")
        span = tracer.start_span("canary", kind=trace.SpanKind.SERVER, attributes=attributes)
        span.end()
        sender.export([span])
        sender.shutdown()
        digits = trace.format_trace_id(span.get_span_context().trace_id)
        return f"1-{digits[:8]}-{digits[8:]}"

    def _refusal(self) -> str:
        """Returns why AWS does not answer what the agent signs, which comes to it by TCP."""
        try:
            url = f"http://{self._host}:{self._address[1]}/GetSamplingRules"
            answer = requests.post(url, json={}, timeout=10)
        except requests.RequestException as error:
            log.warning("no answer through the agent: %s", error)
            return "NoWayOut"
        if answer.ok:
            return ""
        log.warning("AWS to the agent: %d %s", answer.status_code, answer.text[:300])
        if answer.status_code == 429 or "Throttl" in answer.text:
            return "Throttled"
        return "NoWayOut" if answer.status_code >= 500 else "Denied"

    def _await(self, trace_ids: list[str]) -> dict[str, float]:
        """Returns the seconds until each trace was there that came in time."""
        began, seconds = time.monotonic(), dict[str, float]()
        while (now := time.monotonic() - began) < PATIENCE_SECONDS:
            seconds |= dict.fromkeys(self._found([e for e in trace_ids if e not in seconds]), now)
            if len(seconds) == len(trace_ids):
                break
            time.sleep(2)
        return seconds

    def _found(self, trace_ids: list[str]) -> set[str]:
        traces = self._xray.batch_get_traces(TraceIds=trace_ids)["Traces"]
        return {each["Id"] for each in traces if each["Segments"]}

    def _collector(self) -> dict[str, float]:
        """Returns what the node's collector says of itself, where there is one."""
        if "metrics" not in self._ports:
            return {}
        try:
            url = f"http://{self._metrics_host}:{self._ports['metrics']}/metrics"
            series = SERIES.findall(requests.get(url, timeout=5).text)
        except requests.RequestException:
            return {}
        dropping = [e for e in series if DROPS.fullmatch(e[0]) and not TRIED_AGAIN.search(e[1])]
        counted = sum(float(value) for *_, value in dropping)
        queue = {n.rpartition("_")[2]: float(value) for n, _, value in series if "_queue_" in n}
        # A new collector counts from zero.
        before, self._counted = self._counted, counted if series else None
        dropped = 0 if before is None else counted - before if counted >= before else counted
        return {"Dropped": dropped, "Queue": queue.get("size", 0) / queue.get("capacity", 1)}

    def _publish(self, found: Mapping[str, float], at: float) -> None:
        cluster = [{"Name": "Cluster", "Value": self._cluster}]
        node = [*cluster, {"Name": "Node", "Value": self.node}]
        of = [(name, cluster) for name in found if name != "Arrived"]
        of += [(name, node) for name in ("Arrived", "Seconds") if name in found]
        what = {"Timestamp": at}
        data = [{"MetricName": n, "Dimensions": d, "Value": found[n], **what} for n, d in of]
        self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def exposition(self) -> str:
        """Returns the metrics of the last round, for Prometheus."""
        labels, said = f'{{cluster="{self._cluster}",node="{self.node}"}}', self.said.items()
        return "".join(f"xray_canary_{name.lower()}{labels} {value}\n" for name, value in said)


def turn(canary: Canary, due: float) -> float:
    """Goes round once it is due; returns when the next time is, in seconds since 1970."""
    time.sleep(max(0, due - time.time()))
    try:
        canary.round(due)
    except (BotoCoreError, ClientError, OSError) as error:
        log.error("%s", error)
    return max(time.time(), (due // 60 + 1) * 60 + BEGIN + crc32(canary.node.encode()) % SPREAD)


def main() -> None:
    """Goes round until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    session = Session()
    config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
    # botocore itself reads another variable.
    region = os.environ["AWS_REGION"]
    made = [session.create_client(e, region, config=config) for e in ("xray", "cloudwatch")]
    canary = Canary(os.environ, *made)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(canary.exposition().encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    if socket.has_dualstack_ipv6():
        ThreadingHTTPServer.address_family = socket.AF_INET6
    server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    due = time.time() + FIRST_SECONDS
    while True:
        due = turn(canary, due)


if __name__ == "__main__":
    main()
