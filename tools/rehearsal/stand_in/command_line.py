"""The stand-in's command line: the real daemon's, as far as it matters here."""

import argparse
import logging
import os
from pathlib import Path
from typing import Any, Final

import yaml

WHAT_THIS_IS: Final = "This is a stand-in for the AWS X-Ray daemon, not AWS's daemon."

LOG_LEVELS: Final = {
    "dev": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "prod": logging.INFO,
}


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    made = argparse.ArgumentParser(prog="tools.rehearsal.stand_in", description=WHAT_THIS_IS)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    add = made.add_argument
    add("-o", "--local-mode", action="store_true", help="accepted: it never asks EC2 metadata")
    add("-n", "--region", default=region, help="the AWS region to send to")
    add("-b", "--bind", type=address_in, default="127.0.0.1:2000", help="UDP address:port")
    add("-t", "--bind-tcp", type=address_in, default="127.0.0.1:2000", help="TCP address:port")
    add("-m", "--buffer-memory", type=int, help="accepted: the buffer is not limited")
    add("-l", "--log-level", choices=LOG_LEVELS, default="prod")
    add("-c", "--config", type=_config, default={}, help="YAML file; only Endpoint is read")
    add("-r", "--role-arn", help="the role to send as")
    add("-a", "--resource-arn", help="accepted: it sends no telemetry of its own")
    add("-f", "--log-file", help="accepted: it logs to its standard error")
    add("-p", "--proxy-address", help="accepted: what it sends to is on this machine")
    add("-v", "--version", action="version", version=WHAT_THIS_IS)
    return made


def address_in(value: str) -> tuple[str, int]:
    """Returns the host and the port of an address such as `0.0.0.0:2000` or `[::]:2000`.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    host, _, port = value.rpartition(":")
    if not (host and port.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{value}' is not address:port")
    return host.strip("[]"), int(port)


def _config(value: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(Path(value).read_text())
    except (OSError, yaml.YAMLError) as error:
        raise argparse.ArgumentTypeError(f"cannot read {value}: {error}") from error
    return config if isinstance(config, dict) else {}
