"""What Kubernetes' `restricted` level refuses of a pod, as the rules of the policy pack have it."""

from collections.abc import Mapping
from typing import Any

from policy.rules import Resource, Rule, pod_security


def violations(pod: Mapping[str, Any]) -> list[str]:
    """Returns a sentence for each thing that the level refuses."""
    resource = Resource("kubernetes:core/v1:Pod", "pod", {"spec": pod})
    rules = [each for each in vars(pod_security).values() if isinstance(each, Rule)]
    return [sentence for each in rules for sentence in each.violations(resource, {})]
