"""Pods as the `restricted` level of Kubernetes admits them, with no part in their node.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at, fields_of, is_unknown, items_of, known_texts, parts_of
from .workloads import NAMESPACES, RELEASE, Pod, chart_values, pods_of

VOLUME_TYPES: Final = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
    *("persistentVolumeClaim", "projected", "secret"),
}
"""Volumes that lead to nothing of the node's."""

SAFE_SYSCTLS: Final = re.compile(
    r"kernel\.shm_rmid_forced|net\.ipv4\.(ip_local_(port_range|reserved_ports)|ping_group_range|"
    r"ip_unprivileged_port_start|tcp_(fin_timeout|keepalive_(intvl|probes|time)|[rw]mem|syncookies))"
)
"""Kernel parameters that are a pod's own."""

ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "procMount": ("Default",),
    **dict.fromkeys(
        ("seccompProfile.type", "appArmorProfile.type"), ("RuntimeDefault", "Localhost")
    ),
    **dict.fromkeys(("seLinuxOptions.user", "seLinuxOptions.role"), ()),
    "seLinuxOptions.type": tuple(f"container{each}_t" for each in ("", "_init", "_kvm", "_engine")),
}
"""What a field of a security context may be, beside unset."""


@rule("no-host-namespaces")
def check_namespaces(resource: Resource, _: Configuration) -> Iterator[str]:
    """No pod shares its node's network, processes or memory."""
    for pod in pods_of(resource):
        for field in (each for each in NAMESPACES if _shown(pod.spec.get(each)) == "true"):
            yield f"{resource.title} has {field} true; it must be false."
    yield from _set_by_a_chart(resource, dict.fromkeys(NAMESPACES, True), "be false")


@rule("no-host-ports", allowed=list_setting("Ports of a node that pods may take.", kind="integer"))
def check_ports(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """No pod takes a port of its node, but those that are allowed."""
    allowed = [int(port) for port in configuration["allowed"]]
    must = "have no hostPort"
    must += f" other than {', '.join(map(str, allowed))}" if allowed else ""
    pods = ((("its pod", pod.spec), *pod.containers()) for pod in pods_of(resource))
    for title, container in (each for pod in pods for each in pod):
        ports = [at(port, "hostPort") for port in items_of(container.get("ports"))]
        # TCP and UDP of one number are one port to the reader.
        for port in sorted({int(port) for port in ports if _is_port(port)}.difference(allowed)):
            yield f"{resource.title} takes port {port} of its node in {title}; it must {must}."
    for path, key, value in chart_values(resource):
        if key == "hostPort" and _is_port(value) and int(value) not in allowed:
            yield f"{resource.title} has {path} {int(value)}; it must {must}."
    yield from _set_by_a_chart(resource, {"hostPort": True}, must)


def _is_port(value: Any) -> bool:
    return _shown(value).isdecimal() and int(value) > 0


@rule("no-privileged-pods")
def check_privileges(resource: Resource, _: Configuration) -> Iterator[str]:
    """No container has every right on its node."""
    for pod in pods_of(resource):
        for title, spec in (("its pod", pod.spec), *pod.containers()):
            for field in ("privileged", "windowsOptions.hostProcess"):
                if _shown(at(spec.get("securityContext"), *field.split("."))) == "true":
                    yield f"{resource.title} has {field} true in {title}; it must be false."
    yield from _set_by_a_chart(resource, {"privileged": True, "hostProcess": True}, "be false")


@rule("restricted-security-context")
def check_security_context(resource: Resource, _: Configuration) -> Iterator[str]:
    """Kubernetes' restricted level admits every pod."""
    faults: list[tuple[str, str, str]] = []
    for pod in pods_of(resource):
        faults += [("its pod", *fault) for fault in _of_pod(pod)]
        for title, container in pod.containers():
            faults += [(title, *fault) for fault in _of_container(container, pod)]
    for path, key, value in chart_values(resource):
        faults += [(path, *fault) for fault in _of_profiles(value)]
        if key == "hostPath" and value:
            faults.append((path, "a path of its node's", "have none"))
    for title, is_, must in faults:
        yield f"{resource.title} has {is_} in {title}; it must {must}."
    refused = {"allowPrivilegeEscalation": True, "runAsNonRoot": False, "runAsUser": 0}
    yield from _set_by_a_chart(resource, refused, "not set it so")
    for key in {"valueYamlFiles", "postrender"} & resource.properties.keys():
        if resource.type == RELEASE and resource.properties[key]:
            yield f"{resource.title} has {key}, which can't be judged; it must set values instead."
    for path, value in parts_of(resource.properties):
        if path and path[-1].startswith("container.apparmor.") and value == "unconfined":
            yield f"{resource.title} has the annotation {path[-1]} {value}; it must leave it unset."


def _set_by_a_chart(resource: Resource, faults: Mapping[str, Any], must: str) -> Iterator[str]:
    faults = {key.lower(): fault for key, fault in faults.items()}
    for path, key, value in chart_values(resource):
        name = key.lower().removeprefix("use").removeprefix("enable").removesuffix("enabled")
        found = at(value, "enabled") if fields_of(value) else value
        # A chart writes a text into its templates as it is, and takes 1 for true.
        if name in faults and (found == faults[name] or _shown(found) == _shown(faults[name])):
            yield f"{resource.title} has {path} {_shown(found)}; it must {must}."


def _of_pod(pod: Pod) -> Iterator[tuple[str, str]]:
    itself = [{"hostPath": pod.spec["hostPath"]}] if "hostPath" in pod.spec else []
    for volume in (*itself, *items_of(pod.spec.get("volumes"))):
        for kind in fields_of(volume).keys() - {"name"} - VOLUME_TYPES:
            yield f"a volume of the type {kind}", "have none of the node's"
    yield from _of_either(pod.spec.get("securityContext"))


def _of_container(container: Mapping[str, Any], pod: Pod) -> Iterator[tuple[str, str]]:
    context, of_pod = container.get("securityContext"), pod.spec.get("securityContext")
    yield from _of_either(context)
    probes = [container.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
    handlers = [*probes, *fields_of(container.get("lifecycle")).values()]
    hosts = [at(each, kind, "host") for each in handlers for kind in ("httpGet", "tcpSocket")]
    if any(host and not is_unknown(host) for host in hosts):
        yield "a probe or a hook to another host", "have none to a host"

    def unset(*path: str) -> bool:
        return not pod.partial and at(context, *path) is None and at(of_pod, *path) is None

    def judged(value: Any) -> bool:
        said = value is not None or not pod.partial
        return said and not any(map(is_unknown, (value, *items_of(value))))

    if unset("runAsNonRoot"):
        yield "runAsNonRoot unset", "be true"
    if at(pod.spec, "os", "name") == "windows":
        return
    if unset("seccompProfile", "type"):
        yield "seccompProfile unset", "be RuntimeDefault or Localhost"
    escalation = at(context, "allowPrivilegeEscalation")
    if escalation is not False and judged(escalation):
        yield f"allowPrivilegeEscalation {_shown(escalation)}", "be false"
    dropped = at(context, "capabilities", "drop")
    if "ALL" not in items_of(dropped) and judged(dropped):
        yield f"capabilities.drop {', '.join(known_texts(dropped)) or 'unset'}", "be ALL"


def _of_either(context: Any) -> Iterator[tuple[str, str]]:
    """What neither a pod's nor a container's security context must say."""
    if _shown(at(context, "runAsUser")) == "0":
        yield "runAsUser 0", "be another user than root"
    if _shown(at(context, "runAsNonRoot")) == "false":
        yield "runAsNonRoot false", "be true"
    yield from _of_profiles(context)


def _of_profiles(context: Any) -> Iterator[tuple[str, str]]:
    for name in (at(sysctl, "name") for sysctl in items_of(at(context, "sysctls"))):
        if not is_unknown(name) and not SAFE_SYSCTLS.fullmatch(str(name)):
            yield f"the sysctl {name}", "have only those of a pod's own"
    for added in known_texts(at(context, "capabilities", "add")):
        if added != "NET_BIND_SERVICE":
            yield f"the capability {added} added", "add none but NET_BIND_SERVICE"
    for path, allowed in ALLOWED.items():
        value = at(context, *path.split("."))
        if value and not is_unknown(value) and value not in allowed:
            must = f"be {' or '.join(allowed)}" if allowed else "leave it unset"
            yield f"{path.removesuffix('.type')} {value}", must


def _shown(value: Any) -> str:
    if value is None:
        return "unset"
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
