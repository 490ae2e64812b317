"""Sends segments at a steady rate, as X-Ray's SDKs do; runs in a pod, with Python alone.

Arguments: HOST:PORT RATE SECONDS PREFIX, and `once` or `each`: whether the host's name is looked up
once, as the SDKs for Java and Go do, or for each segment, as the one for Python does.
"""

import contextlib
import json
import socket
import sys
import time

HEADER = '{"format": "json", "version": 1}\n'


def main() -> None:
    """Sends at the rate, as long as it is told to."""
    address, rate, seconds, prefix, lookup = sys.argv[1:]
    host, _, port = address.rpartition(":")
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # As the SDKs' sockets: towards an address that is gone, the kernel's buffer fills.
    sender.setblocking(False)
    target = socket.gethostbyname(host) if lookup == "once" else host
    start = time.time()
    for number in range(int(rate) * int(seconds)):
        delay = start + number / int(rate) - time.time()
        if delay > 0.001:
            time.sleep(delay)
        # A name that leads nowhere for a moment, or a full buffer: an SDK loses the segment too.
        with contextlib.suppress(OSError):
            sender.sendto(segment(prefix, number, time.time()), (target, int(port)))


def segment(prefix: str, number: int, now: float) -> bytes:
    """Returns a datagram with a segment, numbered by its id."""
    document = {
        "name": "bench",
        "id": f"{prefix}{number:012x}",
        "trace_id": f"1-{int(now):08x}-{prefix}{number:020x}",
        "start_time": now - 0.01,
        "end_time": now,
    }
    return (HEADER + json.dumps(document)).encode()


if __name__ == "__main__":
    main()
