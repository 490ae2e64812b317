"""The pods in Kubernetes objects of any kind, and the containers in them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .rule import Resource
from .values import at, fields_of, is_unknown, items_of, parts_of

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""A Helm release by Helm itself: its objects are not to be seen, its values are."""

CONTAINERS: Final[Mapping[str, str]] = {
    "containers": "container",
    "initContainers": "init container",
    "ephemeralContainers": "ephemeral container",
    **dict.fromkeys(("container", "script", "sidecars", "steps"), "container"),
}
"""Fields of a pod with containers, and what one in each is called; the last are those of Argo's
Workflows and Tekton's Tasks (their API references)."""

NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")
"""Fields of a pod that put it into namespaces of its node."""


class Pod(NamedTuple):
    """One pod, or a template of pods."""

    spec: Mapping[str, Any]
    partial: bool
    """Whether it is a patch: what it does not say was said by somebody else."""

    def containers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yields all its containers, each with what it is called, as in `init container setup`."""
        for key, title in CONTAINERS.items():
            for each in items_of(self.spec.get(key)):
                # Those of others have the same names for other things.
                if key.endswith("ontainers") or isinstance(at(each, "image"), str):
                    name = at(each, "name")
                    shown = f"{title} {name}" if name and not is_unknown(name) else f"a {title}"
                    yield shown, fields_of(each)


def pods_of(resource: Resource) -> Iterator[Pod]:
    """Yields what has the shape of a pod, or of a part of one, anywhere in a Kubernetes object."""
    if not resource.type.startswith("kubernetes:") or resource.type == RELEASE:
        return
    patch = resource.type.endswith("Patch")
    for path, part in parts_of(resource.properties):
        spec = fields_of(part)
        pod = Pod(spec, patch)
        full = isinstance(spec.get("containers"), list) or any(pod.containers())
        inside = {*CONTAINERS, "volumes"}.intersection(path[-2:])
        partial = _is_part_of_a_pod(spec) or (patch and path[-1:] == ("spec",))
        if full or (partial and not inside):
            yield pod


def _is_part_of_a_pod(spec: Mapping[str, Any]) -> bool:
    # A PersistentVolume is a volume itself.
    paths = [at(each, "hostPath") for each in (spec, *items_of(spec.get("volumes")))]
    context = fields_of(spec.get("securityContext"))
    return any(paths) or bool(context) or any(spec.get(key) is True for key in NAMESPACES)


def chart_values(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """Yields each value for a chart, of Helm, Flux or Argo CD: its path, its key and itself."""
    for path, value in parts_of(resource.properties):
        if resource.type.startswith("kubernetes:") and {*path[:-1]} & {"values", "valuesObject"}:
            key = next(each for each in reversed(path) if not each.isdecimal())
            # A chart writes a text into its templates as it is.
            written = value if value not in ("true", "false", "0") else json.loads(value)
            yield ".".join(path), key, written
