"""The service's settings, read from environment variables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

Value = TypeVar("Value")

# By the names which the X-Ray SDK knows its plugins by, whatever their case.
PLUGINS = ("EC2Plugin", "ECSPlugin", "ElasticBeanstalkPlugin")

MAXIMUM_DELAY_MILLISECONDS = 60_000

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_HOST_AND_PORT = re.compile(r"(?:(?:udp|tcp):)?[^\s:]+:(?P<port>[0-9]+)")
_SEGMENT_NAME = re.compile(r"(?=\S)[\w .:/%&#=+\\\-@]{1,200}")


class SettingsError(ValueError):
    """Environment variables the service cannot run with.

    Attributes:
        problems: One sentence for each of them.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What one process of the service runs with.

    Attributes:
        tracing_name: The name of its segments.
        port: The TCP port it serves HTTP on.
        downstream_url: The URL which `GET /` calls; None calls nothing.
        delay_milliseconds: The longest random delay of a request.
        fault_percent: The percentage of requests which fail at random, 0 to 100.
        plugins: The X-Ray SDK's plugins to enable.
        cluster_name: The Kubernetes cluster's name, where known.
        node_name: The name of the node the pod runs on, where known.
        pod_name: The pod's name, where known.
        pod_namespace: The pod's namespace, where known.
        pod_uid: The pod's UID, where known.
    """

    tracing_name: str
    port: int = 8080
    downstream_url: str | None = None
    delay_milliseconds: float = 0
    fault_percent: float = 0
    plugins: tuple[str, ...] = ()
    cluster_name: str | None = None
    node_name: str | None = None
    pod_name: str | None = None
    pod_namespace: str | None = None
    pod_uid: str | None = None


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    An empty variable counts as not set, apart from those which the X-Ray SDK reads itself.

    Args:
        environment: The environment variables, such as `os.environ`.

    Returns:
        The settings.

    Raises:
        SettingsError: At least one variable is missing or has a value the service cannot use.
    """
    problems: list[str] = []

    def optional(name: str) -> str | None:
        return environment.get(name, "").strip() or None

    def parsed(name: str, default: Value, parse: Callable[[str], Value], must_be: str) -> Value:
        # The X-Ray SDK reads its variables itself, and as they are.
        value = environment.get(name) if name.startswith("AWS_XRAY_") else optional(name)
        if value is None:
            return default
        try:
            return parse(value)
        except ValueError:
            problems.append(f"{name} is '{value}'; it must be {must_be}.")
            return default

    tracing_name = parsed(
        "AWS_XRAY_TRACING_NAME",
        "",
        _segment_name,
        "a segment name: at most 200 letters, digits, spaces and _.:/%&#=+\\-@",
    )
    if "AWS_XRAY_TRACING_NAME" not in environment:
        problems.append("AWS_XRAY_TRACING_NAME is not set; it must be the name of the segments.")
    parsed(
        "AWS_XRAY_DAEMON_ADDRESS",
        "",
        _daemon_address,
        "host:port, or 'tcp:host:port udp:host:port'",
    )
    settings = Settings(
        tracing_name=tracing_name,
        port=parsed("PORT", Settings.port, _port, "a whole number from 1 to 65535"),
        downstream_url=parsed("DOWNSTREAM_URL", None, _url, "an http:// or https:// URL"),
        delay_milliseconds=parsed(
            "DELAY_MILLISECONDS",
            Settings.delay_milliseconds,
            lambda value: _number(value, MAXIMUM_DELAY_MILLISECONDS),
            f"a number from 0 to {MAXIMUM_DELAY_MILLISECONDS}",
        ),
        fault_percent=parsed(
            "FAULT_PERCENT",
            Settings.fault_percent,
            lambda value: _number(value, 100),
            "a number from 0 to 100",
        ),
        plugins=parsed(
            "XRAY_PLUGINS",
            Settings.plugins,
            _plugins,
            f"a comma-separated list of {', '.join(PLUGINS)}",
        ),
        cluster_name=optional("CLUSTER_NAME"),
        node_name=optional("NODE_NAME"),
        pod_name=optional("POD_NAME"),
        pod_namespace=optional("POD_NAMESPACE"),
        pod_uid=optional("POD_UID"),
    )
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _number(value: str, maximum: float) -> float:
    if _NUMBER.fullmatch(value) is None or float(value) > maximum:
        raise ValueError(value)
    return float(value)


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise ValueError(value)
    return int(value)


def _segment_name(value: str) -> str:
    if _SEGMENT_NAME.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _daemon_address(value: str) -> str:
    parts = value.split(" ")
    protocols = {part.partition(":")[0] for part in parts}
    if len(parts) > 1 and (len(parts) != 2 or protocols != {"tcp", "udp"}):
        raise ValueError(value)
    for part in parts:
        match = _HOST_AND_PORT.fullmatch(part)
        if match is None or (len(parts) == 1 and part.count(":") != 1):
            raise ValueError(value)
        _port(match["port"])
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    # Reading the port raises ValueError where it is not a number up to 65535.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(value)
    return value


def _plugins(value: str) -> tuple[str, ...]:
    known = {plugin.lower(): plugin for plugin in PLUGINS}
    names = [name.strip().lower() for name in value.split(",")]
    if not known.keys() >= set(names):
        raise ValueError(value)
    return tuple(known[name] for name in dict.fromkeys(names))
