"""On which nodes a pod can run."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import (
    NodeAffinityArgsDict,
    NodeSelectorRequirementArgsDict,
    PodAntiAffinityArgsDict,
)

from .labels import Labels


def node_affinity(
    architectures: pulumi.Input[Sequence[str]] | None, *, fargate: bool
) -> NodeAffinityArgsDict:
    """Returns the affinity of pods to nodes that can run them.

    Args:
        architectures: Those that the pods' image is made for; none stands for any.
        fargate: Whether Fargate's nodes can. They run no DaemonSets, whose pods there would be
            pending for ever (aws/amazon-vpc-cni-k8s, config/master/aws-k8s-cni.yaml).
    """
    label = "eks.amazonaws.com/compute-type"
    required: list[NodeSelectorRequirementArgsDict] = []
    if not fargate:
        required.append({"key": label, "operator": "NotIn", "values": ["fargate"]})
    if architectures is not None:
        required.append({"key": "kubernetes.io/arch", "operator": "In", "values": architectures})
    return {
        "required_during_scheduling_ignored_during_execution": {
            "node_selector_terms": [{"match_expressions": required}]
        }
    }


def spread(selector: Labels) -> PodAntiAffinityArgsDict:
    """Returns the preference of pods for nodes without another of the same selector."""
    return {
        "preferred_during_scheduling_ignored_during_execution": [
            {
                "weight": 100,
                "pod_affinity_term": {
                    "label_selector": {"match_labels": selector},
                    "topology_key": "kubernetes.io/hostname",
                },
            }
        ]
    }
