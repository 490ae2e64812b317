"""The HTTP request and response of a segment, from either generation of attribute names."""

import ipaddress
from typing import Any, Final

from .attributes import Attributes

METHOD: Final = ("http.method", "http.request.method")
STATUS: Final = ("http.status_code", "http.response.status_code")
USER_AGENT: Final = ("http.user_agent", "user_agent.original")
URL: Final = ("http.url", "url.full")
SCHEME: Final = ("http.scheme", "url.scheme")
TARGET: Final = ("http.target", "url.path")
"""The same fact by its old name and by its new one (OpenTelemetry, semantic conventions)."""

SERVER_HOST: Final = (
    *("http.host", "http.server_name", "net.host.name", "host.name"),
    "server.address",
)
CLIENT_HOST: Final = ("http.host", "net.peer.name", "net.peer.ip")
SERVER_PORT: Final = ("net.host.port", "server.port")
CLIENT_PORT: Final = ("net.peer.port",)
"""Where a URL's host and port come from; the first that is there counts (translator/http.go)."""

PEER_IP: Final = ("net.peer.ip", "network.peer.address")
CLIENT_IP: Final = ("http.client_ip", "client.address")

SIGNS: Final = (
    *(*METHOD, *STATUS, *USER_AGENT, *URL, *SCHEME, *TARGET),
    *("http.host", "http.server_name", "http.client_ip", "net.host.port", "url.query"),
)
"""Attributes that make a span one of HTTP; the others alone don't."""

HTTP_ATTRIBUTES: Final = frozenset(
    (*SIGNS, *SERVER_HOST, *CLIENT_HOST, *SERVER_PORT, *CLIENT_PORT, *PEER_IP, *CLIENT_IP)
)
"""Attributes that are told here, and so are no metadata."""

DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def http_of(attributes: Attributes, *, server: bool) -> dict[str, Any] | None:
    """Returns a segment's `http`; none for a span of anything else.

    Args:
        attributes: The span's.
        server: Whether it served the request; else it made it.
    """
    if not any(key in attributes for key in SIGNS):
        return None
    peer_ip = _ip(attributes, PEER_IP)
    client_ip = _ip(attributes, CLIENT_IP) or peer_ip
    request = {
        "method": _first(attributes, METHOD),
        "url": _url(attributes, server=server),
        "user_agent": _first(attributes, USER_AGENT),
        "client_ip": client_ip,
        # Who asked is known from a header alone.
        "x_forwarded_for": True if client_ip and not peer_ip else None,
    }
    # The exporter writes a content_length for every response, which these attributes don't tell.
    response = {"status": status_of(attributes), "content_length": 0}
    return {
        "request": {key: value for key, value in request.items() if value},
        "response": {key: value for key, value in response.items() if value is not None},
    }


def status_of(attributes: Attributes) -> int | None:
    """Returns the status of the HTTP response."""
    status = _first(attributes, STATUS)
    return status if isinstance(status, int) else None


def _url(attributes: Attributes, *, server: bool) -> str | None:
    whole = _first(attributes, URL)
    if whole:
        return str(whole)
    if not any(key in attributes for key in (*SERVER_HOST, *CLIENT_HOST, *PEER_IP)):
        return None
    hosts, ports = (SERVER_HOST, SERVER_PORT) if server else (CLIENT_HOST, CLIENT_PORT)
    scheme = str(_first(attributes, SCHEME) or "http")
    address = str(_first(attributes, hosts) or "")
    # A host that HTTP's own header told has its port with it.
    port = None if "http.host" in attributes else _first(attributes, ports)
    if port and str(port) != DEFAULT_PORTS.get(scheme):
        address = f"{address}:{port}"
    query = str(attributes.get("url.query") or "").removeprefix("?")
    if "http.target" in attributes or not query:
        return f"{scheme}://{address}{_first(attributes, TARGET) or '/'}"
    return f"{scheme}://{address}{_first(attributes, TARGET) or '/'}?{query}"


def _ip(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        try:
            return str(ipaddress.ip_address(str(attributes.get(key))))
        except ValueError:
            continue
    return None


def _first(attributes: Attributes, keys: tuple[str, ...]) -> Any:
    return next((attributes[key] for key in keys if key in attributes), None)
