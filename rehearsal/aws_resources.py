"""Makes the program's AWS resources in moto, one function for each type."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from .cloud import ACCOUNT, Cloud
from .deployment import Made, Resource, child_of, reference_to

IN_MOTO: Final = "moto"
NO_INSTANCES: Final = "recorded only: no instance starts in a rehearsal"
RECORDED: Final = "recorded only: moto has no such resource"

SUBNETS: Final = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
"""Subnets of a default VPC; nothing here runs in them."""

Maker = Callable[[Cloud, Resource], Made]


def _create_key(cloud: Cloud, resource: Resource) -> Made:
    inputs = resource.inputs
    key = cloud.client("kms").create_key(Description=inputs.get("description", ""))["KeyMetadata"]
    return Made(key["KeyId"], {**inputs, "arn": key["Arn"], "keyId": key["KeyId"]}, IN_MOTO)


def _create_role(cloud: Cloud, resource: Resource) -> Made:
    name = _physical_name(resource)
    role = cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=resource.inputs["assumeRolePolicy"]
    )["Role"]
    return Made(name, {**resource.inputs, "name": name, "arn": role["Arn"]}, IN_MOTO)


def _create_policy(cloud: Cloud, resource: Resource) -> Made:
    name = _physical_name(resource)
    policy = cloud.client("iam").create_policy(
        PolicyName=name, PolicyDocument=resource.inputs["policy"]
    )["Policy"]
    return Made(policy["Arn"], {**resource.inputs, "name": name, "arn": policy["Arn"]}, IN_MOTO)


def _attach_policy(cloud: Cloud, resource: Resource) -> Made:
    role, policy_arn = resource.inputs["role"], resource.inputs["policyArn"]
    cloud.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    return Made(f"{role}/{policy_arn}", dict(resource.inputs), IN_MOTO)


def _create_repository(cloud: Cloud, resource: Resource) -> Made:
    inputs = resource.inputs
    name = _physical_name(resource)
    repository = cloud.client("ecr").create_repository(
        repositoryName=name,
        imageTagMutability=inputs["imageTagMutability"],
        imageScanningConfiguration=inputs["imageScanningConfiguration"],
        encryptionConfiguration=inputs["encryptionConfigurations"][0],
    )["repository"]
    outputs = {
        **inputs,
        "name": name,
        "arn": repository["repositoryArn"],
        "registryId": repository["registryId"],
        "repositoryUrl": repository["repositoryUri"],
    }
    return Made(name, outputs, IN_MOTO)


def _put_lifecycle_policy(cloud: Cloud, resource: Resource) -> Made:
    name = resource.inputs["repository"]
    cloud.client("ecr").put_lifecycle_policy(
        repositoryName=name, lifecyclePolicyText=resource.inputs["policy"]
    )
    return Made(name, dict(resource.inputs), IN_MOTO)


def _push_image(cloud: Cloud, resource: Resource) -> Made:
    """Puts a manifest with the image's tag into ECR; there is no Docker to build with here."""
    image_name = resource.inputs["imageName"]
    repository_url, tag = image_name.rsplit(":", 1)
    configuration = hashlib.sha256(image_name.encode()).hexdigest()
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "size": 0,
            "digest": f"sha256:{configuration}",
        },
        # moto makes an image's digest from those of its layers.
        "layers": [{"digest": f"sha256:{configuration}", "size": 0}],
    }
    image = cloud.client("ecr").put_image(
        repositoryName=repository_url.split("/", 1)[1],
        imageManifest=json.dumps(manifest),
        imageTag=tag,
    )["image"]
    reference = f"{repository_url}@{image['imageId']['imageDigest']}"
    outputs = {"repoDigest": reference, "imageName": image_name, "baseImageName": image_name}
    return Made(image_name, outputs, "moto, not built: there is no Docker in a rehearsal")


def _create_cluster(cloud: Cloud, resource: Resource) -> Made:
    """Stands in for pulumi-eks's component: the cluster itself, and the role it runs as."""
    role = child_of(
        resource,
        "aws:iam/role:Role",
        f"{resource.name}-eksRole",
        assumeRolePolicy=trust_of("eks.amazonaws.com"),
    )
    made_role = _create_role(cloud, role)
    cluster = child_of(resource, "aws:eks/cluster:Cluster", f"{resource.name}-eksCluster")
    made_cluster = create_eks_cluster(cloud, cluster.name, made_role.outputs["arn"])
    identity = made_cluster.outputs["identities"][0]["oidcs"][0]["issuer"]
    outputs = {
        "eksCluster": reference_to(cluster, made_cluster.id),
        "kubeconfigJson": json.dumps({"apiVersion": "v1", "kind": "Config"}),
        "oidcIssuer": identity.removeprefix("https://"),
    }
    return Made(
        resource.name, outputs, IN_MOTO, inside=((role, made_role), (cluster, made_cluster))
    )


def trust_of(service: str) -> str:
    """Returns the trust policy (JSON) of a role that an AWS service takes."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create_eks_cluster(cloud: Cloud, name: str, role_arn: str) -> Made:
    """Makes an EKS cluster in moto and returns it as `aws.eks.Cluster` has it."""
    cloud.client("eks").create_cluster(
        name=name, roleArn=role_arn, resourcesVpcConfig={"subnetIds": list(SUBNETS)}
    )
    return Made(name, describe_eks_cluster(cloud, name), IN_MOTO)


def describe_eks_cluster(cloud: Cloud, name: str) -> dict[str, Any]:
    """Returns an EKS cluster as the AWS provider describes one."""
    cluster = cloud.client("eks").describe_cluster(name=name)["cluster"]
    return {
        "name": name,
        "arn": cluster["arn"],
        "endpoint": cluster["endpoint"],
        "certificateAuthorities": [cluster["certificateAuthority"]],
        "identities": [{"oidcs": [cluster["identity"]["oidc"]]}],
    }


def _record_nodes(cloud: Cloud, resource: Resource) -> Made:
    """No instance starts here; moto's EC2 would take 90 MB to remember that."""
    outputs = {**resource.inputs, "name": resource.name, "latestVersion": 1}
    return Made(resource.name, outputs, NO_INSTANCES)


def _record(cloud: Cloud, resource: Resource) -> Made:
    service, kind = resource.type.split(":")[1].split("/")[0], resource.type.split(":")[-1]
    arn = f"arn:aws:{service}:{cloud.region}:{ACCOUNT}:{kind.lower()}/{resource.name}"
    return Made(resource.name, {**resource.inputs, "arn": arn}, RECORDED)


MAKERS: Final[Mapping[str, Maker]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": _record_nodes,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _put_lifecycle_policy,
    "aws:ecr/repository:Repository": _create_repository,
    "aws:eks/addon:Addon": _record,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _record,
    "aws:iam/policy:Policy": _create_policy,
    "aws:iam/role:Role": _create_role,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attach_policy,
    "aws:kms/key:Key": _create_key,
    "aws:xray/group:Group": _record,
    "aws:xray/samplingRule:SamplingRule": _record,
    "docker:index/image:Image": _push_image,
    "eks:index:Cluster": _create_cluster,
    "eks:index:ManagedNodeGroup": _record_nodes,
}
"""What makes each type of AWS resource; a type that is not here is an error."""


def _physical_name(resource: Resource) -> str:
    """Returns the name that was asked for, or one as Pulumi makes it: with seven hex digits."""
    suffix = hashlib.sha256(resource.urn.encode()).hexdigest()[:7]
    return str(resource.inputs.get("name") or f"{resource.name}-{suffix}")
