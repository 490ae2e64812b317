"""A small stand-in for the AWS X-Ray daemon, for machines where the real one is not installed.

It has the daemon's command line, takes segments by UDP and sends them to AWS X-Ray in batches, and
signs and forwards the X-Ray SDK's sampling calls by TCP. It is ready as soon as its TCP port
accepts connections.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

import boto3
import botocore.session
import yaml
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from tools.rehearsal.stand_in.relay import Proxy, Segments, listen, receive, send

WHAT_THIS_IS: Final = "This is a stand-in for the AWS X-Ray daemon, not AWS's daemon."

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger("stand_in")


def main(arguments: list[str] | None = None) -> None:
    """Runs the stand-in until SIGTERM or SIGINT; exits with a sentence where it can't start."""
    print(WHAT_THIS_IS, file=sys.stderr, flush=True)
    options = _parse(arguments)
    logging.basicConfig(format="%(asctime)s [%(levelname)s] %(message)s", datefmt="%FT%T%z")
    log.setLevel(logging.INFO)
    # The machine it stands in on is not an EC2 instance with a role: nothing to ask there.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    if options.region is None:
        sys.exit("No region: name one by --region or AWS_REGION.")
    session = _session(options.region, options.role_arn)
    credentials = session.get_credentials()
    if credentials is None:
        sys.exit("No AWS credentials: set AWS_ACCESS_KEY_ID and its secret.")
    config = yaml.safe_load(options.config.read_text(encoding="utf-8")) if options.config else {}
    xray = session.client(
        "xray",
        endpoint_url=config.get("Endpoint"),
        config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}),
    )
    segments, stopping = Segments(), threading.Event()
    sender = threading.Thread(target=send, args=(segments, xray))
    # Blocked in every thread from here on, so that none of them but sigwait below takes one.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        receiver = threading.Thread(target=receive, args=(listen(options.bind), segments, stopping))
        # The last to be made, as its port says that the rest is ready.
        proxy = Proxy(options.bind_tcp, credentials, options.region, xray.meta.endpoint_url)
    except OSError as error:
        sys.exit(f"Cannot listen: {error}")
    receiver.start()
    sender.start()
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    log.info("Sending to %s in %s.", xray.meta.endpoint_url, options.region)
    signal.sigwait(STOP_SIGNALS)
    stopping.set()
    sender.join()


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the options of the real daemon, as far as they matter here."""
    parser = argparse.ArgumentParser(
        prog="tools.rehearsal.stand_in", description=WHAT_THIS_IS, allow_abbrev=False
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    add = parser.add_argument
    add("-n", "--region", default=region, help="the AWS region to send to")
    add("-b", "--bind", type=_address, default="127.0.0.1:2000", help="UDP address:port")
    add("-t", "--bind-tcp", type=_address, default="127.0.0.1:2000", help="TCP address:port")
    add("-c", "--config", type=Path, help="YAML file; only Endpoint is read")
    add("-r", "--role-arn", help="the role to send as")
    add("-v", "--version", action="version", version=WHAT_THIS_IS)
    return parser.parse_known_args(arguments)[0]


def _address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not (host and port.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{value}' is not address:port")
    return host.strip("[]"), int(port)


def _session(region: str, role_arn: str | None) -> boto3.Session:
    """Returns a session with this process's own credentials, or of a role that they may assume."""
    session = botocore.session.get_session()
    session.set_config_variable("region", region)
    own = session.get_credentials()
    if role_arn is not None and own is not None:
        fetcher = AssumeRoleCredentialFetcher(session.create_client, own, role_arn)
        credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        session._credentials = credentials  # pyright: ignore[reportAttributeAccessIssue]
    return boto3.Session(botocore_session=session)


if __name__ == "__main__":
    main()
