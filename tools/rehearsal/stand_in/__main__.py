"""Entry point of `python -m tools.rehearsal.stand_in`."""

import logging
import os
import queue
import signal
import sys
import threading

from tools.rehearsal.stand_in.aws import NoCredentialsError, session_in, signer_of, xray_client
from tools.rehearsal.stand_in.command_line import LOG_LEVELS, WHAT_THIS_IS, parser
from tools.rehearsal.stand_in.proxy import Proxy
from tools.rehearsal.stand_in.segments import Receiver, Sender

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
    try:
        session = session_in(arguments.region, arguments.role_arn)
    except NoCredentialsError as error:
        print(error, file=sys.stderr)
        return 1
    xray = xray_client(session, arguments.config.get("Endpoint"))
    segments: queue.Queue[str | None] = queue.Queue()
    sender = Sender(xray, segments)
    # Blocked in every thread from here on, so that none of them but sigwait below takes one.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        receiver = Receiver(arguments.bind, segments)
        # The last to be made, as its port says that the rest is ready.
        proxy = Proxy(arguments.bind_tcp, signer_of(session), xray.meta.endpoint_url)
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
