"""The commands around the program: `python -m tools demo|verify|traces|bench`."""

import signal

if __name__ == "__main__":
    # Until `main` handles it, Ctrl-C only ends this process, which has started nothing yet.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from tools.lab.direct import reach_directly
from tools.lab.errors import ToolError
from tools.lab.interruption import Interruption

COMMANDS: Final = {
    "demo": ("tools.rehearsal.command", "rehearse a stack on this machine"),
    "verify": ("tools.verify.command", "check that every node's traces reach X-Ray"),
    "traces": ("tools.traces.command", "show the service map and the traces"),
    "bench": ("tools.bench.command", "measure the program and the page"),
}
"""The module of each command, and what it does. A module has `add_options` and `run`; its
docstring describes it. Only that of the command that is asked for is loaded."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Returns:
        The exit status: 0, 1 where something is wrong, told in a sentence on stderr, or 130 after
        Ctrl-C. Wrong usage exits with 2.
    """
    Interruption().install()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal or a pipe may know few characters: ✓ becomes ? there.
            stream.reconfigure(errors="replace")
    reach_directly("localhost", "127.0.0.1", "::1")
    try:
        return _run(arguments)
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("Interrupted; nothing is left running.", file=sys.stderr)
        return 130


def _run(arguments: Sequence[str] | None) -> int:
    lines = "\n".join(f"  {name:8}{what}" for name, (_, what) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tools",
        epilog=f"commands:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("options", nargs=argparse.REMAINDER, help="--help lists a command's own")
    asked = parser.parse_args(arguments)
    module = import_module(COMMANDS[asked.command][0])
    prog = os.environ.get("TYPED", f"python -m tools {asked.command}")
    own = argparse.ArgumentParser(prog=prog, description=module.__doc__, allow_abbrev=False)
    if "TYPED" in os.environ:  # By the Makefile.
        own.usage = f'{prog} ARGS="OPTION …"'
    module.add_options(own)
    return module.run(own.parse_args(asked.options))


# The program's process loads this file too, under another name.
if __name__ == "__main__":
    status = main()
    # Else Python looks for cycles in all that was loaded before it ends, which takes seconds.
    gc.freeze()
    sys.exit(status)
