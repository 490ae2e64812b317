"""The kinds of values that mean something to the daemon's program."""

import re
from ipaddress import ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from components.agent.daemon.command import OWN_FLAGS
from components.agent.pod.proxy import proxy_port

from .fields import MustBe

HOST_PATTERN: Final = (
    r"[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?)*"
)
"""A host's name, or its IPv4 address."""

LONGEST_HOST: Final = 253
"""Characters of a host's name (RFC 1123)."""


def _with_right_port(proxy_url: str) -> str:
    proxy_port(proxy_url)
    return proxy_url


def _host_or_network(text: str) -> str:
    if not re.fullmatch(rf"\.?{HOST_PATTERN}", text):
        ip_network(text)
    return text


def _not_own(argument: str) -> str:
    """Go's `flag`, which the daemon reads them with, takes one dash for as good as two."""
    flag = argument.removeprefix("-").removeprefix("-").partition("=")[0]
    if argument.startswith("-") and flag in OWN_FLAGS:
        raise ValueError("the program says that itself")
    return argument


ProxyUrl = Annotated[
    str,
    Field(
        pattern=rf"^https?://({HOST_PATTERN}|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{{0,4}})?$",
        max_length=300,
    ),
    AfterValidator(_with_right_port),
    MustBe(
        "http:// or https://, a host, and : and a port or none, without user, password or path",
        secret=True,
    ),
]
NoProxy = Annotated[
    list[
        Annotated[
            str,
            Field(pattern=r"^[0-9A-Za-z.:-]+(/[0-9]{1,3})?$", max_length=LONGEST_HOST),
            AfterValidator(_host_or_network),
        ]
    ],
    MustBe("an array of hosts, domains such as .example.com, and networks such as 10.0.0.0/8"),
]
ExtraArguments = Annotated[
    list[Annotated[str, Field(min_length=1), AfterValidator(_not_own)]],
    MustBe(
        "an array of texts without the flags -b, -l, -m, -n, -o, -p, -r and -t, which other "
        "settings are for"
    ),
]
