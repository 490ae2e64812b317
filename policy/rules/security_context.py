"""Security contexts: pods as the `restricted` level of Kubernetes admits them.

What the level asks beside them, of the node's namespaces, ports and privileges, has rules of its
own in `host_access`. https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .rule import Configuration, Resource, rule
from .values import at, fields_of, is_unknown, items_of, known_texts
from .workloads import Container, Pod, pods_of, release_values

VOLUME_TYPES: Final = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
    *("persistentVolumeClaim", "projected", "secret"),
}
"""Volumes that lead to nothing of the node's."""

SAFE_SYSCTLS: Final = frozenset(
    f"{group}.{name}"
    for group, names in {
        "kernel": "shm_rmid_forced",
        "net.ipv4": "ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start "
        "ping_group_range tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes "
        "tcp_keepalive_time tcp_rmem tcp_syncookies tcp_wmem",
    }.items()
    for name in names.split()
)
"""Kernel parameters that are a pod's own."""

PROFILES: Final = ("RuntimeDefault", "Localhost")
"""Profiles of seccomp and AppArmor that limit a container."""

ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "procMount": ("Default",),
    "seccompProfile.type": PROFILES,
    "appArmorProfile.type": PROFILES,
    "seLinuxOptions.user": (),
    "seLinuxOptions.role": (),
}
"""What a field of a security context may be, beside unset."""

PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
"""What the kubelet asks of a container; `lifecycle` has more of the kind."""

CHART_FAULTS: Final[Mapping[str, Any]] = {
    "allowPrivilegeEscalation": True,
    "runAsNonRoot": False,
    "runAsUser": 0,
}
"""What a Helm release must not set, by its key."""

Fault = tuple[str, str]
"""What is wrong, and what it must be."""


@rule("restricted-security-context", "Kubernetes' restricted level admits every pod.")
def check_security_context(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields what the restricted level refuses of a resource's pods."""
    for pod in pods_of(resource):
        for is_, must in _of_pod(pod):
            yield f"{resource.title} has {is_} in its pod; it must {must}."
        for container in pod.containers():
            for is_, must in _of_container(container, pod):
                yield f"{resource.title} has {is_} in {container.title}; it must {must}."
    for path, key, value in release_values(resource):
        if key in CHART_FAULTS and value is not None and value == CHART_FAULTS[key]:
            yield f"{resource.title} has {path} {_shown(value)}; it must not set it so."


def _of_pod(pod: Pod) -> Iterator[Fault]:
    for volume in items_of(pod.spec.get("volumes")):
        for kind in fields_of(volume).keys() - {"name"} - VOLUME_TYPES:
            yield f"a volume of the type {kind}", "have none of the node's"
    context = pod.spec.get("securityContext")
    for sysctl in items_of(at(context, "sysctls")):
        name = at(sysctl, "name")
        if not is_unknown(name) and name not in SAFE_SYSCTLS:
            yield f"the sysctl {name}", "have only those of a pod's own"
    yield from _of_either(context)


def _of_container(container: Container, pod: Pod) -> Iterator[Fault]:
    context = container.spec.get("securityContext")
    yield from _of_either(context)
    for added in known_texts(at(context, "capabilities", "add")):
        if added != "NET_BIND_SERVICE":
            yield f"the capability {added} added", "add none but NET_BIND_SERVICE"
    hooks = fields_of(container.spec.get("lifecycle")).values()
    handlers = [*(container.spec.get(probe) for probe in PROBES), *hooks]
    if any(_names_a_host(handler) for handler in handlers):
        yield "a probe or a hook to another host", "have none to a host"
    if _is_unsaid(pod, context, "runAsNonRoot"):
        yield "runAsNonRoot unset", "be true"
    if at(pod.spec, "os", "name") == "windows":
        return
    if _is_unsaid(pod, context, "seccompProfile", "type"):
        yield "seccompProfile unset", "be RuntimeDefault or Localhost"
    escalation = at(context, "allowPrivilegeEscalation")
    if escalation is not False and _can_be_judged(escalation, pod):
        yield f"allowPrivilegeEscalation {_shown(escalation)}", "be false"
    dropped = at(context, "capabilities", "drop")
    if "ALL" not in items_of(dropped) and _can_be_judged(dropped, pod):
        yield f"capabilities.drop {', '.join(known_texts(dropped)) or 'unset'}", "be ALL"


def _of_either(context: Any) -> Iterator[Fault]:
    """What neither a pod's nor a container's security context must say."""
    if at(context, "runAsUser") == 0:
        yield "runAsUser 0", "be another user than root"
    if at(context, "runAsNonRoot") is False:
        yield "runAsNonRoot false", "be true"
    for path, allowed in ALLOWED.items():
        value = at(context, *path.split("."))
        if value and not is_unknown(value) and value not in allowed:
            must = f"be {' or '.join(allowed)}" if allowed else "leave it unset"
            yield f"{path.removesuffix('.type')} {value}", must


def _names_a_host(handler: Any) -> bool:
    hosts = [at(handler, action, "host") for action in ("httpGet", "tcpSocket")]
    return any(host and not is_unknown(host) for host in hosts)


def _is_unsaid(pod: Pod, context: Any, *path: str) -> bool:
    """Whether neither a container nor its pod says what one of them must."""
    of_pod = at(pod.spec, "securityContext", *path)
    return not pod.partial and at(context, *path) is None and of_pod is None


def _can_be_judged(value: Any, pod: Pod) -> bool:
    """Whether a value is known in all its parts, and in a patch is there."""
    if value is None:
        return not pod.partial
    return not is_unknown(value) and not any(is_unknown(each) for each in items_of(value))


def _shown(value: Any) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
