"""The likeliest reason why a node's trace did not arrive, from what is seen on the cluster."""

import re
from collections.abc import Callable
from typing import Final

from .evidence import Evidence

LONGEST_LINE: Final = 240
"""Characters of a line of a log that are repeated, the last ones."""

LOGGED: Final = (
    (
        r"(?=.*operation error STS)(?=.*(dial tcp|no such host|timeout|send failed))",
        "the daemon finds no way out to AWS STS, which gives it its credentials: look at the "
        "node's route, the NetworkPolicy's egress and the endpoint of STS",
    ),
    (
        r"refresh cached credentials|no EC2 IMDS role|Unable to locate credentials|get identity: "
        r"|ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId",
        "the daemon has no valid credentials: look whether its service account has a role (a Pod "
        "Identity association or an annotation), and at the Pod Identity agent on the node; pods "
        "older than their role may need kubectl rollout restart daemonset/xray-daemon",
    ),
    (
        r"AccessDenied|not authorized to perform|StatusCode: 403",
        "the daemon has no right to write traces: look at the policy of its role",
    ),
    (
        r"dial tcp|no such host|i/o timeout|connection refused|request send failed"
        r"|deadline exceeded|Client\.Timeout|EndpointConnectionError|ConnectTimeout"
        r"|ProxyConnection",
        "the daemon finds no way out to AWS: look at the node's route, the proxy, the "
        "NetworkPolicy's egress and the endpoint of X-Ray",
    ),
)
"""What a daemon logs where it can't write, in the words of AWS's SDKs for Go and for Python, and
what that means; of a line that shows several, the first."""


def likeliest_cause(evidence: Evidence) -> str:
    """Returns one sentence: what is wrong, and what would help."""
    logged, error = _logged(evidence), _last_error(evidence)
    return next(
        sentence.format(seen=evidence, logged=logged, error=error)
        for shown, sentence in CAUSES
        if shown(evidence)
    )


def _logged(seen: Evidence) -> str | None:
    """Returns what the last line of the daemon's log means that shows anything."""
    for line in reversed(seen.daemon.log):
        for sign, meaning in LOGGED:
            if re.search(sign, line, re.IGNORECASE):
                return f"{meaning}. It logged: {line[-LONGEST_LINE:]}"
    return None


def _last_error(seen: Evidence) -> str | None:
    errors = [line for line in seen.daemon.log if "error" in line.lower()]
    return errors[-1][-LONGEST_LINE:] if errors else None


CAUSES: Final[tuple[tuple[Callable[[Evidence], object], str], ...]] = (
    (lambda seen: seen.probe.not_run, "the probe did not run there: {seen.probe.not_run}."),
    (
        lambda seen: not seen.probe.resolved,
        "the name {seen.name} does not resolve there ({seen.probe.error}): look whether the "
        "Service is in that namespace, and at the cluster's DNS.",
    ),
    (
        lambda seen: not seen.daemon.pod,
        "there is no daemon on the node: look at the DaemonSet's node selector and "
        "architectures, and at the node's free memory.",
    ),
    (
        lambda seen: not seen.daemon.ready,
        "the daemon on the node is not ready: look at kubectl describe pod {seen.daemon.pod}.",
    ),
    (
        lambda seen: seen.daemon.region not in (None, seen.region),
        "wrong region: the daemon sends to {seen.daemon.region}, and the trace was looked for in "
        "{seen.region}.",
    ),
    (_logged, "{logged}"),
    (
        lambda seen: not seen.probe.proxy_open,
        "pods of {seen.node} don't reach the daemon ({seen.probe.error}): look at the "
        "NetworkPolicy's ingress.",
    ),
    (_last_error, "the daemon {seen.daemon.pod} is ready, and logged last: {error}"),
    (
        lambda _seen: True,
        "the daemon {seen.daemon.pod} is ready and logs no error: the trace may still be on its "
        "way, so look again with a longer --timeout.",
    ),
)
"""What shows a cause, and what is said of it, the likeliest first: one counts only where those
before it are not shown."""
