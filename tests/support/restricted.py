"""What Kubernetes' `restricted` level refuses of a pod, as the rules of the policy pack have it."""

from collections.abc import Mapping
from typing import Any


def violations(pod: Fields) -> list[str]:
    """Returns what is refused about a pod, as paths of its fields."""
    found = [name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name)]
    if not all(each.keys() <= {"name", *VOLUME_TYPES} for each in pod.get("volumes", [])):
        found.append("volumes")
    found += [f"securityContext.{path}" for path in _of_either(pod.get("securityContext", {}))]
    for container in (*pod.get("initContainers", []), *pod["containers"]):
        found += [f"{container['name']}.{path}" for path in _of_container(container, pod)]
    return found


def _of_container(container: Fields, pod: Fields) -> Iterator[str]:
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield "ports.hostPort"
    probes = [container[each] for each in HANDLERS if each in container]
    if any(_names_a_host(each) for each in (*probes, *container.get("lifecycle", {}).values())):
        yield "handler.host"
    context = container.get("securityContext", {})
    yield from (f"securityContext.{path}" for path in _of_either(context))
    if context.get("allowPrivilegeEscalation") is not False:
        yield "securityContext.allowPrivilegeEscalation"
    capabilities = context.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"]:
        yield "securityContext.capabilities.drop"
    if capabilities.get("add"):
        yield "securityContext.capabilities.add"
    effective = {**pod.get("securityContext", {}), **context}
    if effective.get("runAsNonRoot") is not True:
        yield "securityContext.runAsNonRoot"
    if effective.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "securityContext.seccompProfile"


def _of_either(context: Fields) -> Iterator[str]:
    """What a pod's and a container's security context must both not say."""
    if context.get("runAsUser") == 0:
        yield "runAsUser"
    yield from (name for name in FORBIDDEN if name in context)


def _names_a_host(handler: Fields) -> bool:
    return any(handler.get(action, {}).get("host") for action in ("httpGet", "tcpSocket"))


CONTEXT: Final = "securityContext"

BREAKAGES: Final[list[tuple[Mapping[str, Any], Mapping[str, Any], str]]] = [
    ({"hostNetwork": True}, {}, "hostNetwork"),
    ({"hostPID": True}, {}, "hostPID"),
    ({"hostIPC": True}, {}, "hostIPC"),
    ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, {}, "volumes"),
    ({}, {"ports": [{"hostPort": 2000}]}, "xray-daemon.ports.hostPort"),
    ({}, {"livenessProbe": {"httpGet": {"host": "a"}}}, "xray-daemon.handler.host"),
    ({}, {"lifecycle": {"preStop": {"httpGet": {"host": "a"}}}}, "xray-daemon.handler.host"),
    ({}, {CONTEXT: {"privileged": True}}, f"xray-daemon.{CONTEXT}.privileged"),
    ({}, {CONTEXT: {"procMount": "Unmasked"}}, f"xray-daemon.{CONTEXT}.procMount"),
    ({}, {CONTEXT: {"runAsUser": 0}}, f"xray-daemon.{CONTEXT}.runAsUser"),
    ({}, {CONTEXT: {"runAsNonRoot": False}}, f"xray-daemon.{CONTEXT}.runAsNonRoot"),
    (
        {},
        {CONTEXT: {"allowPrivilegeEscalation": True}},
        f"xray-daemon.{CONTEXT}.allowPrivilegeEscalation",
    ),
    ({}, {CONTEXT: {"capabilities": {}}}, f"xray-daemon.{CONTEXT}.capabilities.drop"),
    (
        {},
        {CONTEXT: {"capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}}},
        f"xray-daemon.{CONTEXT}.capabilities.add",
    ),
    (
        {},
        {CONTEXT: {"seccompProfile": {"type": "Unconfined"}}},
        f"xray-daemon.{CONTEXT}.seccompProfile",
    ),
    ({CONTEXT: {"runAsUser": 0}}, {}, f"{CONTEXT}.runAsUser"),
    ({CONTEXT: {"runAsNonRoot": None}}, {}, f"xray-daemon.{CONTEXT}.runAsNonRoot"),
    ({CONTEXT: {"seccompProfile": {}}}, {}, f"xray-daemon.{CONTEXT}.seccompProfile"),
    ({CONTEXT: {"sysctls": [{"name": "kernel.msgmax"}]}}, {}, f"{CONTEXT}.sysctls"),
    ({CONTEXT: {"appArmorProfile": {"type": "Unconfined"}}}, {}, f"{CONTEXT}.appArmorProfile"),
    ({CONTEXT: {"seLinuxOptions": {"user": "root"}}}, {}, f"{CONTEXT}.seLinuxOptions"),
    (
        {CONTEXT: {"windowsOptions": {"hostProcess": True}}},
        {},
        f"{CONTEXT}.windowsOptions",
    ),
]
"""Changes of the pod and of its container, and what the restricted level refuses of them."""
