"""The pods in Kubernetes objects of any kind, and the containers in them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .rule import Resource
from .values import at, fields_of, is_unknown, items_of, parts_of

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""A Helm release by Helm itself: its objects are not to be seen, its values are."""

NONE: Final = (RELEASE, "kubernetes:apiextensions.k8s.io/", "kubernetes:image.toolkit.fluxcd.io/")
"""Kinds without a pod: schemas of others, and Flux's that look for new images."""

CHART: Final = {"values", "valuesObject", "configurationValues"}
"""Fields with values for a chart; the last is of EKS's add-ons."""

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
            for each in filter(None, map(fields_of, items_of(self.spec.get(key)))):
                # Those of others have the same names for other things.
                if key.endswith("ontainers") or isinstance(each.get("image"), str):
                    name = each.get("name")
                    shown = f"{title} {name}" if name and not is_unknown(name) else f"a {title}"
                    yield shown, each


def pods_of(resource: Resource) -> Iterator[Pod]:
    """Yields what has the shape of a pod, or of a part of one, anywhere in a Kubernetes object."""
    if not resource.type.startswith("kubernetes:") or resource.type.startswith(NONE):
        return
    patch = resource.type.endswith("Patch")
    for path, part in parts_of(resource.properties):
        spec = fields_of(part)
        pod = Pod(spec, patch)
        inside = {*CONTAINERS, "volumes"}.intersection(path[-2:])
        # Kinds of others have an image of their own, beside the fields of a pod or without.
        runs = path[:1] == ("spec",) and isinstance(spec.get("image"), str)
        partial = runs or _is_part_of_a_pod(spec) or (patch and path[-1:] == ("spec",))
        if any(pod.containers()) or (partial and not inside):
            yield pod


def _is_part_of_a_pod(spec: Mapping[str, Any]) -> bool:
    paths = [at(each, "hostPath") for each in (spec, *items_of(spec.get("volumes")))]
    context = fields_of(spec.get("securityContext"))
    shares = any(str(spec.get(key)).lower() == "true" for key in NAMESPACES)
    return any(paths) or bool(context) or shares


def chart_values(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """Yields each value for a chart, also of Flux, Argo CD or an EKS add-on: path, key, itself."""
    for path, value in parts_of(resource.properties):
        if resource.type.startswith(("kubernetes:", "aws:eks/")) and CHART.intersection(path):
            key = next(each for each in reversed(path) if not each.isdecimal())
            yield ".".join(path), key, value
