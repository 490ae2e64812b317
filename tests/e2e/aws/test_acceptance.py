"""The program in a real account: `make test-aws`."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.e2e.aws.acceptance import Acceptance
from tests.e2e.aws.account import Account


@pytest.mark.aws
def test_two_stacks_come_up_trace_and_leave_nothing() -> None:
    for command in ("pulumi version", "docker info", "aws sts get-caller-identity"):
        if subprocess.run(command, shell=True, capture_output=True, check=False).returncode:
            pytest.exit(f"`{command}` fails; it must work.", returncode=1)
    account = Account(os.environ.get("REGION") or None)
    print(f"\n{account.plan()}")
    if not os.environ.get("YES"):
        print("Go on (yes or no)? ", end="", flush=True)
        # Where nobody can answer, nobody agrees.
        if sys.stdin.readline() != "yes\n":
            pytest.exit("Nothing was made; YES=1 goes on without asking.", returncode=1)
    # Ctrl-C reaches Pulumi's CLI by itself, which ends its update; the stacks are destroyed then.
    signal.signal(signal.SIGINT, lambda *_: None)
    folder = Path(tempfile.mkdtemp(prefix="acceptance-"))
    problems = Acceptance(account, folder).run()
    if problems:
        pytest.fail("\n".join([*problems, f"{folder} is kept."]), pytrace=False)
    shutil.rmtree(folder)
