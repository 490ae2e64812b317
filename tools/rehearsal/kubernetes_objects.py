"""Checks the program's Kubernetes objects against the API's schemas and writes them out."""

import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from tools.lab.deployment import Made, Manifest, Resource, name_of
from tools.lab.errors import ToolError


class KubernetesObjects:
    """The objects of a cluster: each is checked and written to a folder."""

    def __init__(self, folder: Path, kubernetes_version: str | None) -> None:
        self._folder = folder
        self._version = kubernetes_version or kubernetes_validate.latest_version()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def create(self, resource: Resource) -> Made:
        """Makes one object; raises a ToolError where the API's schema refuses it."""
        order = ("apiVersion", "kind", "metadata")
        # In the order that people read one.
        manifest = {key: resource.inputs[key] for key in order} | dict(resource.inputs)
        self._check(manifest)
        file = self._folder / f"{file_name_of(manifest)}.yaml"
        file.write_text(yaml_of(manifest), encoding="utf-8")
        kept = f"manifest: valid in Kubernetes {self._version}, written to {self._folder}"
        metadata = manifest["metadata"]
        identity = f"{metadata.get('namespace', 'default')}/{metadata['name']}"
        return Made(identity, manifest, kept)

    def _check(self, manifest: Manifest) -> None:
        if manifest["apiVersion"].startswith("monitoring.coreos.com/"):
            return  # The Prometheus operator's own; no schema of it is here.
        try:
            kubernetes_validate.validate(manifest, self._version, strict=True)
        except (
            kubernetes_validate.ValidationError,
            kubernetes_validate.SchemaNotFoundError,
            kubernetes_validate.utils.VersionNotSupportedError,
        ) as error:
            path = ".".join(str(part) for part in getattr(error, "absolute_path", ()))
            raise ToolError(
                f"{name_of(manifest)} is no valid object of Kubernetes {self._version}: "
                f"{path or 'the object'}: {error.message}."
            ) from None


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are read."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)


def yaml_of(content: Any, *, sort_keys: bool = False) -> str:
    """Returns an object as YAML for people; the files in a ConfigMap stand there line by line."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=sort_keys, width=100, allow_unicode=True)


def file_name_of(manifest: Manifest) -> str:
    """Returns a file's name for an object, without an ending."""
    return f"{manifest['kind'].lower()}-{manifest['metadata']['name']}"
