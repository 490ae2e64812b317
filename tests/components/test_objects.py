"""Every object is valid, and made on the cluster that is traced."""

from pathlib import Path

from tests.support.program import only
from tools.lab.deployment import KUBERNETES_PREFIX, Deployment, label
from tools.rehearsal.kubernetes_objects import KubernetesObjects


def test_every_object_is_valid_and_on_the_cluster(declared: Deployment, tmp_path: Path) -> None:
    kubernetes = KubernetesObjects(tmp_path / "manifests", None)
    provider = only(declared.of_type("pulumi:providers:kubernetes"))
    for resource in declared.resources.values():
        is_object = resource.type.startswith(KUBERNETES_PREFIX)
        assert resource.provider == (provider.urn if is_object else ""), label(resource)
        if is_object:
            kubernetes.create(resource)
    assert len(list((tmp_path / "manifests").iterdir())) == len(declared.objects()) >= 4
