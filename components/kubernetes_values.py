"""The form of values that mean something to Kubernetes."""

from typing import Final

from .constraints import Constraint, array, mapping, matching, text

DNS_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""RFC 1123, as Kubernetes takes it for a namespace's name."""

DNS_NAME: Final = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
"""RFC 1123, as Kubernetes takes it for a domain."""

LONGEST_DOMAIN: Final = 253
"""Characters of a domain (RFC 1123)."""

LONGEST_ANNOTATION: Final = 10_000
"""Characters of one annotation."""

MOST_ANNOTATIONS: Final = 255
"""KiB of all annotations of an object, keys included; Kubernetes takes 256, and 1 is for our own
(apimachinery, api/validation: TotalAnnotationSizeLimitB)."""

OWN_LABELS: Final = ("app.kubernetes.io/", "pod-security.kubernetes.io/")
"""How the keys of the labels begin that the components and admission set."""

OWN_ANNOTATIONS: Final = ("xray-on-kubernetes/", "eks.amazonaws.com/")
"""How the keys of the annotations begin that the components set."""

OPERATING_SYSTEM: Final = "kubernetes.io/os"
"""The label by which the agent goes to Linux nodes."""


def _key_without(*own: str) -> Constraint:
    """A name of at most 63 characters, after a domain or none; not one of our own, nor below it."""
    return matching(
        rf"({DNS_NAME}/)?[0-9A-Za-z]([0-9A-Za-z_.-]{{0,61}}[0-9A-Za-z])?",
        "",
        also=lambda key: (
            len(key.rpartition("/")[0]) <= LONGEST_DOMAIN
            and not any(key == each or key.startswith(f"{each.rstrip('/')}/") for each in own)
        ),
    )


_LABEL_VALUE: Final = matching(r"([0-9A-Za-z]([0-9A-Za-z_.-]{0,61}[0-9A-Za-z])?)?", "")

NAMESPACE: Final = matching(
    DNS_LABEL,
    "a DNS label: 1 to 63 lower-case letters, digits and -, starting and ending with a letter or "
    "digit",
)

NAMESPACES: Final = array(
    "an array of namespaces, DNS labels such as xray; empty for all of them",
    matching(DNS_LABEL, ""),
)

VERSION: Final = matching(r"1\.[0-9]{2}", "a Kubernetes version such as 1.36")

NODE_SELECTOR: Final = mapping(
    "an object of Kubernetes labels that nodes have, without kubernetes.io/os, which is linux",
    _key_without(OPERATING_SYSTEM),
    _LABEL_VALUE,
)

LABELS: Final = mapping(
    "an object of Kubernetes labels, without app.kubernetes.io/ and pod-security.kubernetes.io/, "
    "which the program sets itself",
    _key_without(*OWN_LABELS),
    _LABEL_VALUE,
)

ANNOTATIONS: Final = mapping(
    "an object of Kubernetes annotations, texts of at most 10000 characters, of at most "
    f"{MOST_ANNOTATIONS} KiB together, without xray-on-kubernetes/ and eks.amazonaws.com/, which "
    "the program sets itself",
    _key_without(*OWN_ANNOTATIONS),
    text(0, LONGEST_ANNOTATION),
    also=lambda given: (
        sum(len(f"{key}{given[key]}".encode()) for key in given) <= MOST_ANNOTATIONS * 1024
    ),
)

PRIORITY_CLASS: Final = matching(
    DNS_NAME, "the name of a priority class such as system-node-critical", longest=LONGEST_DOMAIN
)
