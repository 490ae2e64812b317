"""What runs in the image of the stand-in: the daemon, or the drain sentinel beside it.

The sentinel is the daemon a second time, on another port and with 32 MiB, in which the stand-in has
no room. It has to listen and to end on SIGTERM, no more.
"""

import runpy
import signal
import socket
import sys

SENTINEL_PORT = 2001


def main() -> None:
    if not any(each.endswith(f":{SENTINEL_PORT}") for each in sys.argv):
        runpy.run_module("tools.rehearsal.stand_in", run_name="__main__", alter_sys=True)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with socket.create_server(("", SENTINEL_PORT)) as listening:
        while True:
            listening.accept()[0].close()


if __name__ == "__main__":
    main()
