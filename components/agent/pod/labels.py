"""The labels and annotations that this project's Kubernetes objects carry."""

from collections.abc import Sequence
from typing import Final

import pulumi

Labels = dict[str, str]

RELIES_ON_ANNOTATION: Final = "xray-on-kubernetes/relies-on"
"""Names what a workload was made after, such as the policy that lets it write traces."""


def standard_labels(name: str, component: str) -> Labels:
    """Returns the recommended Kubernetes labels for an object of this project."""
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": "xray-on-kubernetes",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def selector_labels(name: str) -> Labels:
    """Returns the one label that selects an application's pods; selectors can't change later."""
    return {"app.kubernetes.io/name": name}


def relies_on(prerequisites: Sequence[pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """Returns the annotation that makes a workload wait for its prerequisites and name them.

    A dependency that travels as a value holds in every language that Pulumi knows, and binds the
    one object that needs it instead of a whole component.
    """
    if not prerequisites:
        return {}
    return {RELIES_ON_ANNOTATION: pulumi.Output.all(*prerequisites).apply(",".join)}
