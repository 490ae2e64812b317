"""The pods in Kubernetes objects of any kind, and the containers in them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .rule import Resource
from .values import at, fields_of, is_unknown, items_of, parts_of

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""A Helm release by Helm itself: its objects are not to be seen, its values are."""

CONTAINER_LISTS: Final[Mapping[str, str]] = {
    "containers": "container",
    "initContainers": "init container",
    "ephemeralContainers": "ephemeral container",
    "container": "container",
}
"""Lists of containers in a pod, and what one in each is called; Workflows have `container`."""


NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")
"""Fields of a pod that put it into namespaces of its node."""


class Container(NamedTuple):
    """One container of a pod."""

    title: str
    """What it is called, such as `init container setup`."""
    spec: Mapping[str, Any]


class Pod(NamedTuple):
    """One pod, or a template of pods."""

    spec: Mapping[str, Any]
    partial: bool
    """Whether it is a patch: what it does not say was said by somebody else."""

    def containers(self) -> Iterator[Container]:
        """Yields its containers, those for its start and for debugging too."""
        for key, title in CONTAINER_LISTS.items():
            for each in items_of(self.spec.get(key)):
                name = at(each, "name")
                shown = f"{title} {name}" if name and not is_unknown(name) else f"a {title}"
                yield Container(shown, fields_of(each))


def pods_of(resource: Resource) -> Iterator[Pod]:
    """Yields what has the shape of a pod, anywhere in a Kubernetes object."""
    if resource.type.startswith("kubernetes:") and resource.type != RELEASE:
        patch = resource.kind.endswith("Patch")
        for path, part in parts_of(resource.properties):
            spec = fields_of(part)
            full = any(_has_containers(spec, key) for key in CONTAINER_LISTS)
            if full or _is_part_of_a_pod(spec) or (patch and path[-1:] == ("spec",)):
                yield Pod(spec, patch or not full)


def _has_containers(spec: Mapping[str, Any], key: str) -> bool:
    if key == "container":
        return isinstance(at(spec, key, "image"), str)
    return isinstance(spec.get(key), list)


def _is_part_of_a_pod(spec: Mapping[str, Any]) -> bool:
    paths = [at(each, "hostPath") for each in items_of(spec.get("volumes"))]
    return any(paths) or any(spec.get(key) is True for key in NAMESPACES)


def containers_of(resource: Resource) -> list[Container]:
    """Returns the containers of all those pods."""
    return [container for pod in pods_of(resource) for container in pod.containers()]


def release_values(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """Yields every value that a Helm release sets: its path, its key and itself."""
    if resource.type == RELEASE:
        yield from _values_in(resource.properties.get("values"), "values")


def _values_in(value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    for key, each in fields_of(value).items():
        yield f"{path}.{key}", key, each
        yield from _values_in(each, f"{path}.{key}")
        for index, item in enumerate(items_of(each)):
            if item is not each:
                yield from _values_in(item, f"{path}.{key}[{index}]")
