"""Makes the program's IAM resources in moto, one function for each type."""

import hashlib
from typing import Final

from tools.lab.deployment import Made, Resource

from .cloud import Cloud

IN_MOTO: Final = "moto"
"""Where a resource is that moto has."""


def physical_name(resource: Resource) -> str:
    """Returns the name that was asked for, or one as Pulumi makes it: with seven hex digits."""
    suffix = hashlib.sha256(resource.urn.encode()).hexdigest()[:7]
    return str(resource.inputs.get("name") or f"{resource.name}-{suffix}")


def create_role(cloud: Cloud, resource: Resource) -> Made:
    """Makes a role."""
    name = physical_name(resource)
    role = cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=resource.inputs["assumeRolePolicy"]
    )["Role"]
    return Made(name, {**resource.inputs, "name": name, "arn": role["Arn"]}, IN_MOTO)


def create_policy(cloud: Cloud, resource: Resource) -> Made:
    """Makes a policy."""
    name = physical_name(resource)
    policy = cloud.client("iam").create_policy(
        PolicyName=name, PolicyDocument=resource.inputs["policy"]
    )["Policy"]
    return Made(policy["Arn"], {**resource.inputs, "name": name, "arn": policy["Arn"]}, IN_MOTO)


def attach_policy(cloud: Cloud, resource: Resource) -> Made:
    """Attaches a policy to a role."""
    role, policy_arn = resource.inputs["role"], resource.inputs["policyArn"]
    cloud.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    return Made(f"{role}/{policy_arn}", dict(resource.inputs), IN_MOTO)
