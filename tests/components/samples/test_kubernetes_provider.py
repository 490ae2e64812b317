"""An image does not wait for the cluster, whatever providers its component is given."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.program import only, run_source, variant
from tools.lab.deployment import label

SAMPLES: Final = """
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions
from xray_on_kubernetes import SampleServices

cluster = kubernetes.Provider("cluster", kubeconfig="{{}}")
account = aws.Provider("account", region="eu-west-1")
SampleServices(
    "samples",
    {{"namespace": "shop", "daemon_address": "xray:2000", "cluster_name": "shop"}},
    {options},
)
"""

OPTIONS: Final = {
    "list": "ResourceOptions(providers=[cluster, account])",
    "mapping": "ResourceOptions(providers={'kubernetes': cluster, 'aws': account})",
    "both": "ResourceOptions(provider=cluster, providers=[account])",
    "other": "ResourceOptions(provider=account, providers=[cluster])",
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_children_use_the_providers_of_their_component(options: str, tmp_path: Path) -> None:
    deployment = run_source(SAMPLES.format(options=options), tmp_path)
    account = only(deployment.of_type("pulumi:providers:aws")).urn
    cluster = only(deployment.of_type("pulumi:providers:kubernetes")).urn
    made_by = {
        label(each): each.provider
        for each in deployment.resources.values()
        if each.custom and not each.type.startswith(("pulumi:", "docker"))
    }
    assert len(made_by) > 6
    for name, provider in made_by.items():
        assert provider == (account if name.startswith("aws:") else cluster), name


def test_without_options_default_providers_are_used(tmp_path: Path) -> None:
    deployment = run_source(SAMPLES.format(options="None"), tmp_path)
    assert {each.provider for each in deployment.resources.values()} == {""}


def test_no_component_of_an_image_waits_for_the_cluster() -> None:
    deployment = variant("both-architectures")
    images = [each for each in deployment.resources.values() if each.type.startswith("docker")]
    assert len(images) == 2
    for resource in images:
        while resource.parent:
            resource = deployment.resources[resource.parent]
            assert not resource.providers
    daemon = only(deployment.of_type("xray-on-kubernetes:index:TraceDaemon"))
    provider = only(deployment.of_type("pulumi:providers:kubernetes"))
    assert daemon.providers == {provider.urn}
    assert provider.inputs["upsertExistingObjects"] == "false", "objects of others stay theirs"
