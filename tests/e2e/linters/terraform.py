"""What the program declares, as Terraform's JSON: the form in which checkov knows AWS's resources.

pulumi-aws is made from Terraform's provider: its types and inputs are that one's in other words.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from tools.lab.deployment import Deployment, Resource

INSIDE_PULUMI_EKS: Final = "aws:eks/cluster:Cluster"
"""What a stand-in for pulumi-eks makes, without inputs; its component's inputs are translated."""

PLURALS: Final = {"encryption_configurations": "encryption_configuration"}
"""Blocks of which Pulumi makes lists."""

REFERENCES: Final = {
    "vpc_id": "aws_vpc",
    "subnet_id": "aws_subnet",
    "allocation_id": "aws_eip",
    "security_group_ids": "aws_security_group",
}
"""Inputs that name another resource, by which checkov finds what belongs together."""


def write_terraform(deployment: Deployment, folder: Path) -> None:
    """Writes a stack's AWS resources to a folder, one file for each type."""
    resources: dict[str, dict[str, Any]] = {}
    for resource in deployment.resources.values():
        if resource.type.startswith(("aws:", "eks:index:")) and resource.type != INSIDE_PULUMI_EKS:
            terraform_type, values = _translated(resource)
            resources.setdefault(terraform_type, {})[resource.name] = values
    for terraform_type, by_name in resources.items():
        for values in by_name.values():
            _refer(values, resources)
        text = json.dumps({"resource": {terraform_type: by_name}}, indent=2)
        (folder / f"{terraform_type}.tf.json").write_text(text, encoding="utf-8")


def _translated(resource: Resource) -> tuple[str, dict[str, Any]]:
    if resource.type == "eks:index:Cluster":
        return "aws_eks_cluster", _control_plane(resource.inputs)
    if resource.type == "eks:index:ManagedNodeGroup":
        return "aws_eks_node_group", _snake_case(resource.inputs)
    service, kind = resource.type.split(":")[1].split("/")
    # Terraform leaves the service out for EC2.
    prefix = "aws" if service == "ec2" else f"aws_{service}"
    return f"{prefix}_{_snake(kind)}", _snake_case(resource.inputs)


def _control_plane(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the cluster that pulumi-eks makes of its inputs (nodejs/eks/cluster/cluster.ts)."""
    return {
        "vpc_config": {
            "endpoint_private_access": inputs["endpointPrivateAccess"],
            "endpoint_public_access": inputs["endpointPublicAccess"],
            "public_access_cidrs": inputs.get("publicAccessCidrs", ["0.0.0.0/0"]),
        },
        "enabled_cluster_log_types": inputs["enabledClusterLogTypes"],
        "encryption_config": {
            "resources": ["secrets"],
            "provider": {"key_arn": inputs["encryptionConfigKeyArn"]},
        },
        "access_config": {"authentication_mode": inputs["authenticationMode"]},
    }


def _snake_case(value: Any) -> Any:
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        snake = {_snake(key): _snake_case(item) for key, item in fields.items()}
        return {PLURALS.get(key, key): item for key, item in snake.items()}
    if isinstance(value, list):
        return [_snake_case(item) for item in cast(list[Any], value)]
    return value


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _refer(values: dict[str, Any], resources: Mapping[str, Mapping[str, Any]]) -> None:
    """Replaces the ids of other resources by references to them; an id here is a name."""
    for key, terraform_type in REFERENCES.items():

        def reference(identity: str, kind: str = terraform_type) -> str:
            name = identity.removeprefix("eipalloc-")
            return f"${{{kind}.{name}.id}}" if name in resources.get(kind, {}) else identity

        value = values.get(key)
        if isinstance(value, list):
            values[key] = [reference(each) for each in cast(list[str], value)]
        elif isinstance(value, str):
            values[key] = reference(value)
