"""The kinds of values that mean something to Kubernetes."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from components.cluster.kubeconfig import cluster_name_in

from .fields import MustBe

DNS_LABEL_PATTERN: Final = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
"""RFC 1123, as Kubernetes takes it for a namespace's name."""

QUALIFIED_NAME_PATTERN: Final = (
    r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?"
    r"[0-9A-Za-z]([0-9A-Za-z_.-]{0,61}[0-9A-Za-z])?$"
)
"""The key of a label or an annotation: a name, of at most 63 characters, after a domain or none."""

LONGEST_DOMAIN: Final = 253
"""RFC 1123, as Kubernetes takes it before the name in a key."""

LONGEST_ANNOTATION: Final = 10_000
"""Characters; all annotations of an object have 256 KiB together (Kubernetes' API)."""

OWN_LABELS: Final = ("app.kubernetes.io/", "pod-security.kubernetes.io/")
"""How the keys of the labels begin that `components.labels` and admission give."""

OWN_ANNOTATIONS: Final = ("xray-on-kubernetes/", "eks.amazonaws.com/")
"""How the keys of the annotations begin that `components.labels` and `WriteAccess` give."""

OPERATING_SYSTEM: Final = "kubernetes.io/os"
"""The label by which the daemon goes to Linux nodes."""


def _kubeconfig(text: str) -> str:
    cluster_name_in(text)
    return text


def _with_short_domain(key: str) -> str:
    domain, _, _ = key.rpartition("/")
    if len(domain) > LONGEST_DOMAIN:
        raise ValueError("the domain is too long")
    return key


def _without(*beginnings: str) -> AfterValidator:
    def check(key: str) -> str:
        if key.startswith(beginnings):
            raise ValueError("the program says that itself")
        return key

    return AfterValidator(check)


def _not_operating_system(key: str) -> str:
    if key == OPERATING_SYSTEM:
        raise ValueError("the program says that itself")
    return key


Kubeconfig = Annotated[
    str,
    AfterValidator(_kubeconfig),
    MustBe("the contents of a kubeconfig whose current context leads to the cluster", secret=True),
]
Namespace = Annotated[
    str,
    Field(pattern=DNS_LABEL_PATTERN),
    MustBe(
        "a DNS label: 1 to 63 lower-case letters, digits and -, starting and ending with a "
        "letter or digit"
    ),
]
KubernetesVersion = Annotated[
    str,
    Field(pattern=r"^1\.[0-9]{2}$"),
    MustBe("a Kubernetes version such as 1.34"),
]
QualifiedName = Annotated[
    str, Field(pattern=QUALIFIED_NAME_PATTERN), AfterValidator(_with_short_domain)
]
LabelValue = Annotated[str, Field(pattern=r"^([0-9A-Za-z]([0-9A-Za-z_.-]{0,61}[0-9A-Za-z])?)?$")]
NodeSelector = Annotated[
    dict[Annotated[QualifiedName, AfterValidator(_not_operating_system)], LabelValue],
    MustBe(
        "an object of Kubernetes labels that nodes have, without kubernetes.io/os, which is linux"
    ),
]
Labels = Annotated[
    dict[Annotated[QualifiedName, _without(*OWN_LABELS)], LabelValue],
    MustBe(
        "an object of Kubernetes labels, without those of app.kubernetes.io/ and "
        "pod-security.kubernetes.io/, which are the program's own"
    ),
]
Annotations = Annotated[
    dict[
        Annotated[QualifiedName, _without(*OWN_ANNOTATIONS)],
        Annotated[str, Field(max_length=LONGEST_ANNOTATION)],
    ],
    MustBe(
        "an object of Kubernetes annotations, texts of at most 10000, without those of "
        "xray-on-kubernetes/ and eks.amazonaws.com/, which are the program's own"
    ),
]
PriorityClass = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
        max_length=253,
    ),
    MustBe("the name of a priority class such as system-node-critical"),
]
Namespaces = Annotated[
    list[Annotated[str, Field(pattern=DNS_LABEL_PATTERN)]],
    MustBe("an array of namespaces, DNS labels such as xray; empty for all of them"),
]
