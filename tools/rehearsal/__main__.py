"""Entry point of `python -m rehearsal`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (older ones are to get a sentence, no traceback)
    sys.exit("Python is %d.%d; it must be 3.11 or newer." % sys.version_info[:2])  # noqa: UP031

from tools.rehearsal.command_line import parse
from tools.rehearsal.main import main

# The program's process loads this file too, under another name.
if __name__ == "__main__":
    sys.exit(main(parse()))
