"""What a program declares: its resources, what came of them, and its outputs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Manifest = dict[str, Any]

KUBERNETES_PREFIX: Final = "kubernetes:"
"""How types of Kubernetes objects begin."""

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
"""How Pulumi's protocol marks a value that is a resource (sdk/go/common/resource)."""


@dataclass(frozen=True)
class Resource:
    """One resource as the program declared it."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str
    """URN of the parent; empty for the stack itself."""

    dependencies: frozenset[str]
    """URNs of the resources that had to be there first."""

    custom: bool
    """Whether a provider makes it; a component only holds others."""

    provider: str = ""
    """URN of the provider that the program chose for it; empty for its package's default."""

    providers: frozenset[str] = frozenset()
    """URNs of those that a component has for its children; it is registered once they are there."""

    retained: bool = False
    """Whether a destroy leaves it as it is."""

    protected: bool = False
    """Whether Pulumi refuses to delete or replace it."""


class Made(NamedTuple):
    """What came of a resource: its identity, its outputs, and where it is now."""

    id: str
    outputs: dict[str, Any]
    kept: str
    inside: tuple[tuple[Resource, "Made"], ...] = ()
    """What a component of another package made inside itself."""


def label(resource: Resource) -> str:
    """Returns a resource's package, kind and name, such as `aws:Role xray-nodes`."""
    package, *_, kind = resource.type.split(":")
    return f"{package}:{kind} {resource.name}"


def physical_name(resource: Resource, property_: str = "name") -> str:
    """Returns the name that was asked for, or one as Pulumi makes it: with seven hex digits."""
    suffix = hashlib.sha256(resource.urn.encode()).hexdigest()[:7]
    return str(resource.inputs.get(property_) or f"{resource.name}-{suffix}")


def child_of(component: Resource, resource_type: str, name: str, **inputs: Any) -> Resource:
    """Returns a resource that a component of another package makes inside itself."""
    stack, path, _ = component.urn.rsplit("::", 2)
    return Resource(
        urn=f"{stack}::{path}${resource_type}::{name}",
        type=resource_type,
        name=name,
        inputs=inputs,
        parent=component.urn,
        dependencies=frozenset(),
        custom=True,
        protected=component.protected,
    )


def reference_to(resource: Resource, identity: str) -> dict[str, str]:
    """Returns how one resource stands as a value in another's outputs."""
    return {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": resource.urn, "id": identity}


@dataclass
class Deployment:
    """Everything that one run of the program declared, in the order it was made."""

    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    made: dict[str, Made] = field(default_factory=dict[str, Made])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    read: dict[str, str] = field(default_factory=dict[str, str])
    """Ids of the Kubernetes objects that were only read, by their URNs."""

    def of_type(self, resource_type: str) -> list[Resource]:
        """Returns the resources of one type, such as `aws:iam/role:Role`."""
        return [each for each in self.resources.values() if each.type == resource_type]

    def objects(self, kind: str = "") -> list[Manifest]:
        """Returns the Kubernetes objects of one kind, or all, in the order they were declared."""
        manifests = [
            self.made[each.urn].outputs
            for each in self.resources.values()
            if each.type.startswith(KUBERNETES_PREFIX)
        ]
        return [each for each in manifests if kind in ("", each["kind"])]

    def children(self, urn: str) -> list[Resource]:
        """Returns what hangs under a resource; under an empty URN, the stack's own."""
        return [each for each in self.resources.values() if each.parent == urn]


def name_of(manifest: Manifest) -> str:
    """Returns how a person names an object: its kind and its name."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"
