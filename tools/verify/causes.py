"""The likeliest reason why a node's trace did not arrive, from what is seen on the cluster."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tools.traces.formatting import printable

from .evidence import PORT, Evidence
from .log import Entry, evidence_in
from .probe import ProbeResult

LONGEST_ENTRY: Final = 240
"""Characters of an entry of a log that are repeated, the last ones."""

RECENT_SECONDS: Final = 900
"""How long before the probe an entry may be; a collector tries for minutes before it says so."""

NO_ANSWER: Final = (
    "dial tcp|no such host|i/o timeout|connection refused|no route to host|send failed"
    "|deadline exceeded|Client\\.Timeout|EndpointConnectionError|ConnectTimeout"
)


@dataclass(frozen=True)
class Cause:
    """A reason why a trace does not arrive.

    Attributes:
        sign: What shows it, of what is seen now; or a pattern that an entry of the log has.
        sentence: What is wrong, and what would help.
        when: What must be seen beside an entry.
        is_symptom: Whether an entry that shows another cause counts more, though older.
    """

    sign: Callable[[Evidence], object] | str
    sentence: str
    when: Callable[[Evidence], object] = lambda _seen: True
    is_symptom: bool = False


CAUSES: Final = (
    Cause(lambda seen: seen.probe.not_run, "the probe did not run there: {seen.probe.not_run}."),
    Cause(
        lambda seen: not seen.probe.resolved,
        "the name {seen.name} does not resolve there ({seen.probe.error}): look whether the "
        "Service is in that namespace, and at the cluster's DNS.",
    ),
    Cause(
        lambda seen: not seen.daemon.pod,
        "there is no daemon on the node: look at the DaemonSet's node selector and "
        "architectures, and at the node's free memory.",
    ),
    Cause(
        lambda seen: not seen.daemon.ready,
        "the daemon on the node is not ready: look at kubectl describe pod {seen.daemon.pod}.",
    ),
    Cause(
        lambda seen: str(PORT) in seen.probe.closed,
        "pods of {seen.node} don't reach the daemon ({closed}): look at the NetworkPolicy's "
        "ingress.",
    ),
    Cause(lambda seen: seen.probe.error, "the probe could not send: {seen.probe.error}."),
    Cause(
        lambda seen: seen.daemon.region not in (None, seen.region),
        "wrong region: the daemon sends to {seen.daemon.region}, and the trace was looked for in "
        "{seen.region}.",
    ),
    # It prints segments as they came, line breaks and all (pkg/processor/batchprocessor.go).
    Cause(
        lambda seen: seen.daemon.log_level in ("debug", "dev"),
        "the daemon {seen.daemon.pod} is ready; its log holds what pods sent, so it proves "
        "nothing: set logLevel to warn and try again.",
    ),
    # An inner word comes before what is around it. AWS Signature Version 4; Go's crypto/x509.
    Cause(
        r"Signature expired|Signature not yet current|RequestTimeTooSkewed|RequestExpired"
        r"|x509: .* is before ",
        "the clock of {seen.node} is wrong: look at its time service (chronyd).",
    ),
    Cause(
        r"x509: ",
        "the daemon doesn't trust the certificate that it is shown: look at a proxy that opens "
        "TLS, and at the endpoint of X-Ray.",
    ),
    # Go's net/http (proxyconnect) and botocore.
    Cause(
        r"proxyconnect |ProxyConnection|Proxy Authentication Required|StatusCode: 407",
        "the daemon doesn't get through its proxy: look at the proxy's address and its log.",
    ),
    # The addresses of the EKS Pod Identity agent (EKS user guide, pod-id-agent-setup).
    Cause(
        rf"(?=.*(169\.254\.170\.23|fd00:ec2::23))(?=.*({NO_ANSWER}))",
        "the Pod Identity agent doesn't answer on {seen.node}: look at the add-on "
        "eks-pod-identity-agent, and at NetworkPolicies' egress to 169.254.170.23.",
    ),
    Cause(
        rf"(?=.*operation error STS)(?=.*({NO_ANSWER}))",
        "the daemon finds no way out to AWS STS, which gives it its credentials: look at the "
        "node's route, the NetworkPolicy's egress and the endpoint of STS.",
    ),
    # aws-sdk-go-v2 credentials/ec2rolecreds; aws-sdk-go aws/credentials/chain_provider.go
    Cause(
        r"no EC2 IMDS role|no EC2 instance role found|NoCredentialProviders"
        r"|Unable to locate credentials",
        "the pod {seen.daemon.pod} has no credentials: neither "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI nor AWS_WEB_IDENTITY_TOKEN_FILE was put into it, and "
        "the node gives it none. Make its Pod Identity association (or annotate its service "
        "account), then kubectl rollout restart daemonset/xray-daemon; where the node's role is "
        "to be used, look at the hop limit of its instance metadata.",
        when=lambda seen: not seen.daemon.has_role,
    ),
    # aws-sdk-go-v2 service/internal (get identity), credentials/endpointcreds; AWS's common errors
    Cause(
        r"refresh cached credentials|no EC2 IMDS role|Unable to locate credentials|get identity: "
        r"|Unable to retrieve credentials|NoCredentialProviders|WebIdentityErr"
        r"|CredentialsEndpointError|ExpiredToken|UnrecognizedClient|InvalidSignature"
        r"|SignatureDoesNotMatch|InvalidClientTokenId|MissingAuthenticationToken",
        "the daemon has no valid credentials: look whether its service account has a role (a Pod "
        "Identity association or an annotation), at the role's trust policy, and at the Pod "
        "Identity agent on the node; pods older than their role may need kubectl rollout restart "
        "daemonset/xray-daemon.",
    ),
    # aws-sdk-go-v2 aws/retry/standard.go; ThrottledException in the X-Ray API reference
    Cause(
        r"Throttl(ing|ed)|TooManyRequests|RequestLimitExceeded|Rate exceeded|StatusCode: 429",
        "X-Ray throttles this account and region: sample less, or ask AWS for a higher quota of "
        "segments per second.",
    ),
    Cause(
        r"AccessDenied|not authorized to perform",
        "the daemon has no right to write traces: look at the policy of its role.",
    ),
    Cause(
        r"StatusCode: 403",
        "the daemon has no right to write traces, or something on the way refuses them (status "
        "403 without a reason): look at the policies of its role and of VPC endpoints, and at "
        "proxies.",
    ),
    Cause(
        NO_ANSWER,
        "the daemon finds no way out to AWS: look at the node's route, the proxy, the "
        "NetworkPolicy's egress and the endpoint of X-Ray.",
    ),
    Cause(r"^Unprocessed trace ", "X-Ray refused the probe's segment."),
    # aws-xray-daemon cmd/tracing/daemon.go, pkg/ringbuffer, pkg/processor; the collector's
    # exporterhelper (queue_batch) and memorylimiter
    Cause(
        r"^(Segment dropped|Spilling over|Segment buffer is full|Memory usage is above)"
        r"|queue is full|high memory usage",
        "the daemon drops segments, as more come than it can hold or send: sample less, or raise "
        "its memory limit.",
        is_symptom=True,
    ),
    Cause(
        r"", "the daemon {seen.daemon.pod} is ready, and can't send its segments.", is_symptom=True
    ),
    Cause(
        lambda _seen: True,
        "the daemon {seen.daemon.pod} is ready and logs nothing of it: the trace may still be on "
        "its way, so look again with a longer --timeout.",
    ),
)
"""The likeliest first: what was seen a moment ago, then what is logged, then neither."""


def likeliest_cause(seen: Evidence) -> str:
    """Returns one sentence: what is wrong, and what would help."""
    logged, entry = _logged(seen)
    cause = next(
        each for each in CAUSES if each is logged or (callable(each.sign) and each.sign(seen))
    )
    sentence = cause.sentence.format(seen=seen, closed=seen.probe.closed.get(str(PORT)))
    if cause is logged and entry is not None:
        time = datetime.fromtimestamp(entry.seconds, UTC).isoformat(sep=" ", timespec="seconds")
        sentence = f"{sentence} It logged at {time}: {entry.text[-LONGEST_ENTRY:]}"
    return printable(sentence)


def closed_ports(node: str, probe: ProbeResult) -> str:
    """Returns one sentence where pods don't reach a port of the agent, or nothing."""
    ports = ", ".join(f"{port} ({error})" for port, error in probe.closed.items())
    sentence = f"pods of {node} don't reach TCP {ports}: look at the NetworkPolicy's ingress."
    return printable(sentence) if ports else ""


def _logged(seen: Evidence) -> tuple[Cause | None, Entry | None]:
    """Returns the cause that the newest entry shows, and that entry."""
    shown = [
        (cause, entry)
        for entry in evidence_in(seen.daemon.log, seen.trace_id, seen.probe.sent - RECENT_SECONDS)
        for cause in [_shown_by(entry, seen)]
    ]
    return min(shown, key=lambda each: each[0].is_symptom, default=(None, None))


def _shown_by(entry: Entry, seen: Evidence) -> Cause:
    return next(
        cause
        for cause in CAUSES
        if isinstance(cause.sign, str)
        and cause.when(seen)
        and re.search(cause.sign, entry.text, re.IGNORECASE | re.DOTALL)
    )
