"""Checks the program's Kubernetes objects against the API's schemas and writes them out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import yaml

from .engine import Made, Resource
from .errors import RehearsalError

Manifest = dict[str, Any]

RESOURCE_PREFIX: Final = "kubernetes:"


class KubernetesObjects:
    """The objects of a cluster: each checked, written to a folder, and applied if there is one."""

    def __init__(
        self, folder: Path, kubernetes_version: str | None, apply: Callable[[Manifest], None] | None
    ) -> None:
        self._folder = folder
        self._version = kubernetes_version or kubernetes_validate.latest_version()
        self._apply = apply
        self.manifests: list[Manifest] = []
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def create(self, resource: Resource) -> Made:
        """Makes one object.

        Raises:
            RehearsalError: The API's schema, or the API server, refuses it.
        """
        manifest = manifest_of(resource)
        self._check(manifest)
        self._write(manifest)
        kept = f"manifest: valid in Kubernetes {self._version}, written to {self._folder}"
        if self._apply is not None:
            self._apply(manifest)
            kept = f"applied: the cluster took it; its manifest is in {self._folder}"
        self.manifests.append(manifest)
        metadata = manifest["metadata"]
        identity = f"{metadata.get('namespace', 'default')}/{metadata['name']}"
        return Made(identity, manifest, kept)

    def of_kind(self, kind: str) -> list[Manifest]:
        """Returns the objects of one kind, such as `DaemonSet`."""
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def named(self, kind: str, name: str) -> Manifest:
        """Returns the object of a kind and a name."""
        return next(each for each in self.of_kind(kind) if each["metadata"]["name"] == name)

    def _check(self, manifest: Manifest) -> None:
        try:
            kubernetes_validate.validate(manifest, self._version, strict=True)
        except (
            kubernetes_validate.ValidationError,
            kubernetes_validate.SchemaNotFoundError,
            kubernetes_validate.utils.VersionNotSupportedError,
        ) as error:
            path = ".".join(str(part) for part in getattr(error, "absolute_path", ()))
            raise RehearsalError(
                f"{name_of(manifest)} is no valid object of Kubernetes {self._version}: "
                f"{path or 'the object'}: {error.message}."
            ) from None

    def _write(self, manifest: Manifest) -> None:
        file = self._folder / f"{file_name_of(manifest)}.yaml"
        file.write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")


def manifest_of(resource: Resource) -> Manifest:
    """Returns the manifest of a resource, in the order that people read one."""
    order = ("apiVersion", "kind", "metadata")
    return {key: resource.inputs[key] for key in order} | dict(resource.inputs)


def name_of(manifest: Manifest) -> str:
    """Returns how a person names an object: its kind and its name."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def file_name_of(manifest: Manifest) -> str:
    """Returns a file's name for an object, without an ending."""
    return f"{manifest['kind'].lower()}-{manifest['metadata']['name']}"
