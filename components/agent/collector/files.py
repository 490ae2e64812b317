"""The ConfigMap with an agent's configuration files, and the volume that mounts it."""

import hashlib
import json
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
import yaml
from pulumi_kubernetes.core.v1 import VolumeArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from ..agent import Files

FOLDER: Final = "/etc/collector"
"""Where the files are in a container."""

HASH_LENGTH: Final = 10
"""Hexadecimal digits that tell one content from another."""


def create_config_map(
    name: str,
    metadata: ObjectMetaArgsDict,
    prefix: str,
    files: pulumi.Output[Files],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Makes a ConfigMap that can't be changed, and returns its name.

    Another content makes another ConfigMap, which replaces the pods that use the old one; until
    the last of them is gone, theirs is what they started with.
    """
    created = kubernetes.core.v1.ConfigMap(
        name,
        metadata={**metadata, "name": files.apply(lambda known: f"{prefix}-{content_hash(known)}")},
        data=files.apply(as_yaml),
        immutable=True,
        opts=opts,
    )
    return created.metadata.apply(lambda made: made.name or prefix)


def configuration_volume(config_map: pulumi.Input[str]) -> VolumeArgsDict:
    """Returns the volume of a pod with the files of a ConfigMap."""
    return {"name": "configuration", "config_map": {"name": config_map}}


def as_yaml(files: Files) -> dict[str, str]:
    """Returns configurations as a collector reads them, by the names of their files."""
    return {name: yaml.safe_dump(each, sort_keys=False) for name, each in files.items()}


def content_hash(files: Files) -> str:
    """Returns some hexadecimal digits over the contents of some files."""
    content = json.dumps(files, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:HASH_LENGTH]
