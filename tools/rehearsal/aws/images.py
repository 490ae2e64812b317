"""Makes the program's ECR repositories and images in moto, one function for each type."""

import hashlib
import json
from typing import Final

from tools.lab.deployment import Made, Resource

from .cloud import Cloud
from .iam import IN_MOTO, physical_name

NOT_BUILT: Final = "moto, not built: there is no Docker in a rehearsal"
NOT_COPIED: Final = "moto, not copied: there is no other registry in a rehearsal"


def create_repository(cloud: Cloud, resource: Resource) -> Made:
    """Makes a repository."""
    inputs = resource.inputs
    name = physical_name(resource)
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


def put_lifecycle_policy(cloud: Cloud, resource: Resource) -> Made:
    """Sets a repository's lifecycle policy."""
    name, policy = resource.inputs["repository"], resource.inputs["policy"]
    cloud.client("ecr").put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=policy)
    return Made(name, dict(resource.inputs), IN_MOTO)


def put_repository_policy(cloud: Cloud, resource: Resource) -> Made:
    """Sets a repository's policy."""
    name, policy = resource.inputs["repository"], resource.inputs["policy"]
    cloud.client("ecr").set_repository_policy(repositoryName=name, policyText=policy)
    return Made(name, dict(resource.inputs), IN_MOTO)


def push_image(cloud: Cloud, resource: Resource) -> Made:
    """Pushes an image of one platform, as pulumi-docker does."""
    image_name = resource.inputs["imageName"]
    digest = _put_image(cloud, image_name)
    reference = f"{image_name.rsplit(':', 1)[0]}@{digest}"
    outputs = {"repoDigest": reference, "imageName": image_name, "baseImageName": image_name}
    return Made(image_name, outputs, NOT_BUILT)


def push_several_platforms(cloud: Cloud, resource: Resource) -> Made:
    """Pushes an image of several platforms, as pulumi-docker-build does."""
    (tag,) = resource.inputs["tags"]
    digest = _put_image(cloud, tag)
    outputs = {**resource.inputs, "digest": digest, "ref": f"{tag}@{digest}"}
    return Made(resource.name, outputs, NOT_BUILT)


def copy_image(cloud: Cloud, resource: Resource) -> Made:
    """Copies an image from another registry, as the Index of pulumi-docker-build does."""
    tag = resource.inputs["tag"]
    outputs = {**resource.inputs, "ref": f"{tag}@{_put_image(cloud, tag)}"}
    return Made(resource.name, outputs, NOT_COPIED)


def _put_image(cloud: Cloud, image_name: str) -> str:
    """Puts a manifest with an image's tag into ECR; returns the digest."""
    repository_url, tag = image_name.rsplit(":", 1)
    digest = f"sha256:{hashlib.sha256(image_name.encode()).hexdigest()}"
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "size": 0,
            "digest": digest,
        },
        # moto makes an image's digest from those of its layers.
        "layers": [{"digest": digest, "size": 0}],
    }
    image = cloud.client("ecr").put_image(
        repositoryName=repository_url.split("/", 1)[1],
        imageManifest=json.dumps(manifest),
        imageTag=tag,
    )["image"]
    return image["imageId"]["imageDigest"]
