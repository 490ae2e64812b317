"""Runs in the image of the stand-in. As the drain sentinel, the daemon a second time, it only
listens: the stand-in has no room in the 32 MiB of that container."""

import runpy
import signal
import socket
import sys

SENTINEL_PORT = 2001

if any(each.endswith(f":{SENTINEL_PORT}") for each in sys.argv):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with socket.create_server(("", SENTINEL_PORT)) as listening:
        while True:
            listening.accept()[0].close()
runpy.run_module("tools.rehearsal.stand_in", run_name="__main__", alter_sys=True)
