"""Every object is one that Kubernetes' own schemas take."""

from pathlib import Path

from tools.lab.deployment import KUBERNETES_PREFIX, Deployment
from tools.rehearsal.kubernetes_objects import KubernetesObjects


def test_kubernetes_schemas_take_every_object(declared: Deployment, tmp_path: Path) -> None:
    kubernetes = KubernetesObjects(tmp_path / "manifests", None)
    objects = [each for each in declared.resources.values() if _is_object(each.type)]
    for each in objects:
        kubernetes.create(each)
    assert len(list((tmp_path / "manifests").iterdir())) == len(objects) >= 4


def _is_object(resource_type: str) -> bool:
    return resource_type.startswith(KUBERNETES_PREFIX)
