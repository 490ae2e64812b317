"""The stand-in for the daemon: what comes by UDP arrives once, what comes by TCP is signed."""

import os
import queue
import re
import socket
import threading
from typing import Any, Final

import pytest
import requests
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError

from tools.rehearsal.network import free_port
from tools.rehearsal.stand_in.__main__ import WHAT_THIS_IS, main
from tools.rehearsal.stand_in.relay import Proxy, Segments, listen, receive, send

REGION: Final = "eu-central-1"
HEADER: Final = '{"format": "json", "version": 1}\n'


class Received:
    """Stands for the client of X-Ray: keeps the batches, or refuses them."""

    def __init__(self, *refusals: Exception) -> None:
        self.batches: list[list[str]] = []
        self._refusals = list(refusals)

    def put_trace_segments(self, *, TraceSegmentDocuments: list[str]) -> dict[str, Any]:  # noqa: N803
        if self._refusals:
            raise self._refusals.pop()
        self.batches.append(TraceSegmentDocuments)
        return {"UnprocessedTraceSegments": []}


def sent(documents: list[str], xray: Any) -> None:
    segments = Segments()
    for each in (*documents, None):
        segments.put(each)
    send(segments, xray)


def test_every_segment_is_sent_once_in_batches() -> None:
    xray, documents = Received(), [str(number) for number in range(120)]
    sent(documents, xray)
    assert [len(each) for each in xray.batches] == [50, 50, 20]
    assert [each for batch in xray.batches for each in batch] == documents


def test_why_segments_are_not_taken_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied"}}, "PutTraceSegments")
    xray = Received(denied, denied, EndpointConnectionError(endpoint_url="http://nowhere"))
    sent([str(number) for number in range(151)], xray)
    assert [len(each) for each in xray.batches] == [1]
    codes = re.findall(r"did not take segments, (\w+) \(said once\)", caplog.text)
    assert codes == ["EndpointConnectionError", "AccessDenied"]


def test_what_has_arrived_is_received_before_the_end(caplog: pytest.LogCaptureFixture) -> None:
    segments, stopping, port = Segments(), threading.Event(), free_port()
    listening = listen(("127.0.0.1", port))
    malformed = ("\xff", "{}", HEADER, HEADER + "[]", '{"format": "xml", "version": 1}\n{}')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (*malformed, HEADER + '{"id": "a"}'):
            sender.sendto(datagram.encode("latin-1"), ("127.0.0.1", port))
    stopping.set()
    receive(listening, segments, stopping)
    assert [segments.get_nowait(), segments.get_nowait()] == ['{"id": "a"}', None]
    assert caplog.text.count("Skipped a malformed datagram") == len(malformed)
    with pytest.raises(queue.Empty):
        segments.get_nowait()


def test_an_endpoint_that_does_not_answer_is_a_bad_gateway() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Proxy(("127.0.0.1", 0), Credentials("rehearsal", "secret"), REGION, url) as proxy:
        threading.Thread(target=proxy.handle_request, daemon=True).start()
        answer = requests.post(f"http://127.0.0.1:{proxy.server_port}/a", b"{}", timeout=5)
    assert answer.status_code == 502


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version"], "0 This is a stand-in"),
        ([], "No region"),
        (["-n", REGION, "-r", "arn:aws:iam::123456789012:role/x"], "No AWS credentials"),
        (["-n", REGION, "-b", "2000"], "'2000' is not address:port"),
    ],
)
def test_it_says_what_it_is_and_what_is_missing(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SystemExit) as left:
        main(arguments)
    output = capsys.readouterr()
    assert output.err.splitlines()[0] == WHAT_THIS_IS
    assert said in f"{left.value.code} {output.out} {output.err}"
