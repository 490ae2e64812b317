"""What an application without a daemon does: a call to X-Ray for each segment."""

import time

from ..backends.launch import REGION
from ..backends.sink import Sink
from ..contenders import CREDENTIALS
from ..sender import segment
from ..xray_api import Traffic


def send_one_by_one(sink: Sink, prefix: str, segments: int) -> Traffic:
    """Sends segments by AWS's SDK for Python, each in a call of its own; returns the calls.

    Args:
        sink: Takes them, in the place of X-Ray.
        prefix: Four hexadecimal digits that their ids start with.
        segments: How many there are.
    """
    # Loaded only here: it takes a while.
    import boto3

    client = boto3.client(
        "xray",
        region_name=REGION,
        endpoint_url=sink.endpoint,
        aws_access_key_id=CREDENTIALS.access_key_id,
        aws_secret_access_key=CREDENTIALS.secret_access_key,
    )
    for number in range(segments):
        client.put_trace_segments(TraceSegmentDocuments=[document(prefix, number)])
    return sink.traffic(prefix)


def document(prefix: str, number: int) -> str:
    """Returns a segment as the senders send it, without the header of its datagram."""
    return segment(prefix, number, time.time()).decode().partition("\n")[2]
