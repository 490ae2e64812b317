"""Entry point of `python -m rehearsal.stand_in`."""

import logging
import os
import queue
import signal
import sys
import threading

import boto3
from botocore.auth import SigV4Auth
from botocore.config import Config

from rehearsal.stand_in.assumed_role import session_as
from rehearsal.stand_in.command_line import LOG_LEVELS, WHAT_THIS_IS, parser
from rehearsal.stand_in.proxy import Proxy
from rehearsal.stand_in.segments import Receiver, Sender

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger("stand_in")


def main() -> int:
    """Run the stand-in until SIGTERM or SIGINT.

    Returns:
        The exit status: 0 after a signal, 1 where it cannot start.
    """
    print(WHAT_THIS_IS, file=sys.stderr, flush=True)
    arguments = parser().parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log.setLevel(LOG_LEVELS[arguments.log_level])
    # The machine it stands in on is not an EC2 instance with a role: nothing to ask there.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    if arguments.region is None:
        print("No region: name one by --region or AWS_REGION.", file=sys.stderr)
        return 1
    session = boto3.Session(region_name=arguments.region)
    credentials = session.get_credentials()
    if credentials is not None and arguments.role_arn:
        session = session_as(arguments.role_arn, credentials, arguments.region)
        credentials = session.get_credentials()
    if credentials is None:
        print("No AWS credentials: set AWS_ACCESS_KEY_ID and its secret.", file=sys.stderr)
        return 1
    xray = session.client(
        "xray",
        endpoint_url=arguments.config.get("Endpoint"),
        config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}),
    )
    signer = SigV4Auth(credentials, "xray", arguments.region)
    segments: queue.Queue[str | None] = queue.Queue()
    sender = Sender(xray, segments)
    # Blocked in every thread from here on, so that none of them but sigwait below takes one.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        receiver = Receiver(arguments.bind, segments)
        # The last to be made, as its port says that the rest is ready.
        proxy = Proxy(arguments.bind_tcp, signer, xray.meta.endpoint_url)
    except OSError as error:
        print(f"Cannot listen: {error}", file=sys.stderr)
        return 1
    receiver.start()
    sender.start()
    threading.Thread(target=proxy.serve_forever, name="proxy", daemon=True).start()
    log.info("Sending to %s in %s.", xray.meta.endpoint_url, arguments.region)
    signal.sigwait(STOP_SIGNALS)
    receiver.stop()
    sender.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
