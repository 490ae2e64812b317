"""The program in a real account: `make test-aws`."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from tests.e2e.aws.acceptance import Acceptance
from tests.e2e.aws.account import Account
from tools.traces.command import explain

NEEDED: Final = {
    "pulumi version": "the Pulumi CLI must be installed (https://www.pulumi.com/docs/install/)",
    "docker info": "Docker must run, since it builds the images",
    "aws sts get-caller-identity": "the AWS CLI must be installed, and logged in",
}
"""What must work, and how that is said."""


def main() -> str | None:
    """Runs everything in the account; returns what went wrong."""
    for command, must in NEEDED.items():
        if subprocess.run(command, shell=True, capture_output=True, check=False).returncode:
            return f"error: {must}: `{command}` fails."
    account = Account(os.environ.get("REGION") or None)
    try:
        print(account.plan())
    except (BotoCoreError, ClientError) as failure:
        return f"error: {explain(failure)}"
    if not os.environ.get("YES"):
        print("Go on (yes or no)? ", end="", flush=True)
        # Where nobody can answer, nobody agrees.
        if sys.stdin.readline() != "yes\n":
            return "Nothing was made; YES=1 goes on without asking."
    # Ctrl-C reaches Pulumi's CLI by itself, which ends its update; the stacks are destroyed then.
    signal.signal(signal.SIGINT, lambda *_: None)
    folder = Path(tempfile.mkdtemp(prefix="acceptance-"))
    if problems := Acceptance(account, folder).run():
        return "\n".join([*problems, f"{folder} is kept."])
    shutil.rmtree(folder)
    return None


if __name__ == "__main__":
    sys.exit(main())
