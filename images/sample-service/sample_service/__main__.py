"""Serves HTTP until SIGTERM."""

import json
import logging
import os
import signal
import sys

import waitress

from sample_service.app import create_app
from sample_service.settings import SettingsError, read_settings


class JsonFormatter(logging.Formatter):
    """Writes each record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def main() -> int:
    """Returns the exit status: 0 after SIGTERM, 1 if the environment is not usable."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler])
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    # Waitress answers the requests that it has received, for at most 5 seconds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        waitress.serve(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            threads=32,
            # Idle ones count too: at the default of 100 they shut out even the kubelet's probes.
            connection_limit=500,
        )
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        print(f"HOST and PORT are {where}; the service can't listen: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
