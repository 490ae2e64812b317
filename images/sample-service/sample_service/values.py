"""How the values of environment variables are read: each function raises ValueError if it can't."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# By the names which the X-Ray SDK knows its plugins by, whatever their case.
PLUGINS = ("EC2Plugin", "ECSPlugin", "ElasticBeanstalkPlugin")
PROPAGATORS = ("xray", "tracecontext", "baggage")
A_URL = "an http:// or https:// URL"
REMOTE_SAMPLER = "xray"
SAMPLERS = (
    REMOTE_SAMPLER,
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
)
# With less, the sampler asks every 300 seconds, as if nothing had been said.
MINIMUM_POLLING_SECONDS = 10

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_HOST_AND_PORT = re.compile(r"(?:(?:udp|tcp):)?[^\s:]+:(?P<port>[0-9]+)")
_SEGMENT_NAME = re.compile(r"(?=\S)[\w .:/%&#=+\\\-@]{1,200}")


@dataclass(frozen=True)
class RemoteSampling:
    """Where OpenTelemetry's sampler gets X-Ray's sampling rules from; the defaults are its own.

    Attributes:
        endpoint: The URL.
        polling_seconds: How often it asks for the rules.
    """

    endpoint: str = "http://127.0.0.1:2000"
    polling_seconds: int = 300


def number(value: str, maximum: float) -> float:
    """Read a number from 0 to the maximum."""
    if _NUMBER.fullmatch(value) is None or float(value) > maximum:
        raise ValueError(value)
    return float(value)


def port(value: str) -> int:
    """Read the number of a TCP port."""
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise ValueError(value)
    return int(value)


def segment_name(value: str) -> str:
    """Read a name which X-Ray allows for a segment."""
    if _SEGMENT_NAME.fullmatch(value) is None:
        raise ValueError(value)
    return value


def daemon_address(value: str) -> str:
    """Read the X-Ray daemon's address, as the X-Ray SDK understands it."""
    parts = value.split(" ")
    protocols = {part.partition(":")[0] for part in parts}
    if len(parts) > 1 and (len(parts) != 2 or protocols != {"tcp", "udp"}):
        raise ValueError(value)
    for part in parts:
        match = _HOST_AND_PORT.fullmatch(part)
        if match is None or (len(parts) == 1 and part.count(":") != 1):
            raise ValueError(value)
        port(match["port"])
    return value


def url(value: str) -> str:
    """Read a URL of HTTP or HTTPS."""
    parts = urlsplit(value)
    # Reading the port raises ValueError where it is not a number up to 65535.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(value)
    return value


def plugins(value: str) -> tuple[str, ...]:
    """Read the names of the X-Ray SDK's plugins."""
    known = {plugin.lower(): plugin for plugin in PLUGINS}
    names = [name.strip().lower() for name in value.split(",")]
    if not known.keys() >= set(names):
        raise ValueError(value)
    return tuple(known[name] for name in dict.fromkeys(names))


def propagators(value: str) -> tuple[str, ...]:
    """Read the names of OpenTelemetry's propagators."""
    names = tuple(name.strip() for name in value.split(","))
    if not set(PROPAGATORS) >= set(names):
        raise ValueError(value)
    return names


def sampler(value: str) -> str:
    """Read the name of OpenTelemetry's sampler."""
    if value not in SAMPLERS:
        raise ValueError(value)
    return value


def remote_sampling(value: str) -> RemoteSampling:
    """Read the argument of OpenTelemetry's sampler for X-Ray."""
    pairs = [part.partition("=") for part in value.split(",")]
    named = {name: text for name, _, text in pairs}
    if not named.keys() <= {"endpoint", "polling_interval"} or len(named) < len(pairs):
        raise ValueError(value)
    endpoint = named.get("endpoint", RemoteSampling.endpoint)
    seconds = named.get("polling_interval", str(RemoteSampling.polling_seconds))
    if not (seconds.isascii() and seconds.isdigit() and int(seconds) >= MINIMUM_POLLING_SECONDS):
        raise ValueError(value)
    return RemoteSampling(url(endpoint).rstrip("/"), int(seconds))
