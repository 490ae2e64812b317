"""The likeliest reason why a node's trace did not arrive, from what is seen on the cluster."""

import re
from dataclasses import dataclass
from typing import Final

from .probe import Said

LONGEST_LINE: Final = 240
"""Characters of a line of a log that are repeated, the last ones."""

SIGNS: Final = (
    (
        re.compile(
            r"(?=.*operation error STS)(?=.*(dial tcp|no such host|timeout|send failed))", re.I
        ),
        "the daemon finds no way out to AWS STS, which gives it its credentials: look at the "
        "node's route, the NetworkPolicy's egress and the endpoint of STS",
    ),
    (
        re.compile(
            r"refresh cached credentials|no EC2 IMDS role|Unable to locate credentials"
            r"|get identity: |ExpiredToken|UnrecognizedClient|InvalidSignature"
            r"|InvalidClientTokenId",
            re.I,
        ),
        "the daemon has no valid credentials: look whether its service account has a role, and "
        "whether the pod is younger than that",
    ),
    (
        re.compile(r"AccessDenied|not authorized to perform|StatusCode: 403", re.I),
        "the daemon has no right to write traces: look at the policy of its role",
    ),
    (
        re.compile(
            r"dial tcp|no such host|i/o timeout|connection refused|request send failed"
            r"|deadline exceeded|Client\.Timeout|EndpointConnectionError|ConnectTimeout"
            r"|ProxyConnection",
            re.I,
        ),
        "the daemon finds no way out to AWS: look at the node's route, the proxy, the "
        "NetworkPolicy's egress and the endpoint of X-Ray",
    ),
)
"""What a daemon logs where it can't write, in the words of AWS's SDKs for Go and for Python, and
what that means; of a line that shows several, the first."""


@dataclass(frozen=True)
class Daemon:
    """The daemon's pod on one node."""

    pod: str
    ready: bool
    region: str | None
    """Where it sends traces, by its arguments."""

    log: str
    """Its last lines."""


@dataclass(frozen=True)
class Evidence:
    """What is seen of one node whose trace did not arrive."""

    node: str
    address: str
    region: str
    """Where the trace was looked for."""

    said: Said | None
    """What the probe said; none where it did not run."""

    not_run: str
    """Why it did not."""

    daemon: Daemon | None


def likeliest_cause(evidence: Evidence) -> str:
    """Returns one sentence: what is wrong, and what would help."""
    said, daemon = evidence.said, evidence.daemon
    if said is None:
        return f"the probe did not run there: {evidence.not_run or 'it said nothing'}."
    if not said.resolved:
        return (
            f"the name {evidence.address.rsplit(':', 1)[0]} does not resolve there "
            f"({said.error}): look whether the Service is in that namespace, and at the "
            "cluster's DNS."
        )
    if daemon is None:
        return (
            "there is no daemon on the node: look at the DaemonSet's node selector and "
            "architectures, and at the node's free memory."
        )
    if not daemon.ready:
        return f"the daemon on the node is not ready: look at kubectl describe pod {daemon.pod}."
    if daemon.region is not None and daemon.region != evidence.region:
        return (
            f"wrong region: the daemon sends to {daemon.region}, and the trace was looked for in "
            f"{evidence.region}."
        )
    return _by_log(evidence.node, said, daemon)


def _by_log(node: str, said: Said, daemon: Daemon) -> str:
    """Returns what the last line of the daemon's log means that shows something."""
    for line in reversed(daemon.log.splitlines()):
        for sign, cause in SIGNS:
            if sign.search(line):
                return f"{cause}. It logged: {' '.join(line.split())[-LONGEST_LINE:]}"
    if not said.proxy_open:
        return (
            f"pods of {node} don't reach the daemon ({said.error}): look at the NetworkPolicy's "
            "ingress."
        )
    errors = [line for line in daemon.log.splitlines() if "error" in line.lower()]
    if errors:
        return f"the daemon {daemon.pod} is ready, and logged last: {errors[-1][-LONGEST_LINE:]}"
    return (
        f"the daemon {daemon.pod} is ready and logs no error: the trace may still be on its way, "
        "so look again with a longer --timeout."
    )
