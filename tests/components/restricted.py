"""What the `restricted` level of Kubernetes' Pod Security Standards asks of a pod.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

PodSpec = Mapping[str, Any]

VOLUME_TYPES: Final = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
CONTAINER_LISTS: Final = ("containers", "initContainers", "ephemeralContainers")
HANDLERS: Final = ("livenessProbe", "readinessProbe", "startupProbe")
SAFE_SYSCTLS: Final = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
}


def violations(pod: PodSpec) -> list[str]:
    """Returns what the restricted level refuses about a pod, as paths of its fields."""
    found = [*_of_pod(pod)]
    for kind in CONTAINER_LISTS:
        for container in pod.get(kind, []):
            found += [f"{container['name']}.{path}" for path in _of_container(container, pod)]
    return found


def _of_pod(pod: PodSpec) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield field
    for volume in pod.get("volumes", []):
        if not volume.keys() <= {"name", *VOLUME_TYPES}:
            yield "volumes"
    context = pod.get("securityContext", {})
    if not {sysctl["name"] for sysctl in context.get("sysctls", [])} <= SAFE_SYSCTLS:
        yield "securityContext.sysctls"
    yield from (f"securityContext.{path}" for path in _of_either(context))


def _of_container(container: Mapping[str, Any], pod: PodSpec) -> Iterator[str]:
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield "ports.hostPort"
    if any(_names_a_host(handler) for handler in _handlers(container)):
        yield "handler.host"
    context = container.get("securityContext", {})
    yield from (f"securityContext.{path}" for path in _of_either(context))
    if context.get("privileged"):
        yield "securityContext.privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "securityContext.allowPrivilegeEscalation"
    if context.get("procMount", "Default") != "Default":
        yield "securityContext.procMount"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield "securityContext.capabilities.drop"
    if not set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"}:
        yield "securityContext.capabilities.add"
    effective = {**pod.get("securityContext", {}), **context}
    if effective.get("runAsNonRoot") is not True:
        yield "securityContext.runAsNonRoot"
    if effective.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "securityContext.seccompProfile"


def _of_either(context: Mapping[str, Any]) -> Iterator[str]:
    """What a pod's and a container's security context must both not say."""
    if context.get("runAsUser") == 0:
        yield "runAsUser"
    if context.get("runAsNonRoot") is False:
        yield "runAsNonRoot"
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "windowsOptions.hostProcess"
    if context.get("seccompProfile", {}).get("type") == "Unconfined":
        yield "seccompProfile"
    if context.get("appArmorProfile", {}).get("type") == "Unconfined":
        yield "appArmorProfile"
    options = context.get("seLinuxOptions", {})
    if options.get("user") or options.get("role"):
        yield "seLinuxOptions"


def _handlers(container: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (container[probe] for probe in HANDLERS if probe in container)
    yield from container.get("lifecycle", {}).values()


def _names_a_host(handler: Mapping[str, Any]) -> bool:
    return any(handler.get(action, {}).get("host") for action in ("httpGet", "tcpSocket"))
