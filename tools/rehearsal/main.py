"""Runs a rehearsal and turns its end into an exit status."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from tools.lab.errors import ToolError
from tools.lab.interruption import Interruption
from tools.lab.project import PROJECT

from .command_line import Options


def main(options: Options, directory: Path = PROJECT) -> int:
    """Rehearses a stack of the project in a directory.

    Returns:
        The exit status: 0 where every trace arrived once, 1 where something was wrong, 130 after
        Ctrl-C.
    """
    console = Console(highlight=False)
    errors = Console(stderr=True, highlight=False)
    interruption = Interruption()
    interruption.install()
    try:
        # Loaded only now, so that Ctrl-C ends this second in order too.
        with console.status("Loading …"):
            from .report import Report
            from .run import Rehearsal

        Rehearsal(directory, options, Report(console), interruption).run()
    except ToolError as error:
        errors.print(Text(f"error: {error}", style="red"), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        errors.print("Interrupted; nothing is left running.")
        return 130
    return 0
