"""The node: pods have no part in its namespaces, its ports or its privileges."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at, items_of
from .workloads import pods_of, release_values

NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")
"""Fields of a pod that put it into namespaces of its node (Pod Security Standards, baseline)."""


@rule("no-host-namespaces", "No pod shares its node's network, processes or memory.")
def check_namespaces(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields what a resource's pods share with their node."""
    for pod in pods_of(resource):
        for field in NAMESPACES:
            if pod.spec.get(field) is True:
                yield f"{resource.title} has {field} true; it must be false."
    yield from _set_by_a_chart(resource, *NAMESPACES)


@rule(
    "no-host-ports",
    "No pod takes a port of its node, but those that are allowed.",
    allowed=list_setting("Ports of a node that pods may take.", kind="integer"),
)
def check_ports(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """Yields the ports of its node that a resource takes, beside those that are allowed."""
    allowed = [int(port) for port in configuration["allowed"]]
    others = f" other than {', '.join(map(str, allowed))}" if allowed else ""
    for pod in pods_of(resource):
        for container in pod.containers():
            for port in _host_ports(container.spec):
                if port not in allowed:
                    yield (
                        f"{resource.title} takes port {port} of its node in {container.title}; it "
                        f"must have no hostPort{others}."
                    )
    for path, key, value in release_values(resource):
        if key == "hostPort" and _is_port(value) and int(value) not in allowed:
            yield f"{resource.title} has {path} {int(value)}; it must have no hostPort{others}."


@rule("no-privileged-pods", "No container has every right on its node.")
def check_privileges(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields the containers that have every right on their node."""
    for pod in pods_of(resource):
        specs = {"its pod": pod.spec, **{each.title: each.spec for each in pod.containers()}}
        for title, spec in specs.items():
            for field in ("privileged", "windowsOptions.hostProcess"):
                if at(spec.get("securityContext"), *field.split(".")) is True:
                    yield f"{resource.title} has {field} true in {title}; it must be false."
    yield from _set_by_a_chart(resource, "privileged", "hostProcess")


def _set_by_a_chart(resource: Resource, *keys: str) -> Iterator[str]:
    for path, key, value in release_values(resource):
        if key in keys and value is True:
            yield f"{resource.title} has {path} true; it must be false."


def _host_ports(container: Mapping[str, Any]) -> list[int]:
    # TCP and UDP of one number are one port to the reader.
    numbers = {at(port, "hostPort") for port in items_of(container.get("ports"))}
    return sorted(int(number) for number in numbers if _is_port(number))


def _is_port(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0
