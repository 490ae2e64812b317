"""What is made on no cluster waits for none, whatever providers its component is given."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.program import only, run_source, variant
from tools.lab.deployment import Deployment, Resource, label

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
    ResourceOptions({options}),
)
"""

OPTIONS: Final = {
    "a list": "providers=[cluster, account]",
    "a mapping": "providers={'kubernetes': cluster, 'aws': account}",
    "one of each": "provider=cluster, providers=[account]",
    "another's alone": "provider=account, providers=[cluster]",
}


def parents_of(deployment: Deployment, resource: Resource) -> list[Resource]:
    found: list[Resource] = []
    while resource.parent:
        resource = deployment.resources[resource.parent]
        found.append(resource)
    return found


@pytest.mark.parametrize("stack", ["dev", "article", "both-architectures"])
def test_an_image_is_in_no_component_that_waits_for_the_cluster(stack: str) -> None:
    deployment = variant(stack)
    images = [each for each in deployment.resources.values() if label(each).startswith("docker")]
    assert len(images) == 2
    for image in images:
        assert not [each.name for each in parents_of(deployment, image) if each.providers]


def test_a_component_of_objects_alone_is_given_its_provider_as_ever() -> None:
    daemon = only(variant("dev").of_type("xray-on-kubernetes:index:TraceDaemon"))
    provider = only(variant("dev").of_type("pulumi:providers:kubernetes"))
    assert daemon.providers == {provider.urn}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_child_is_made_by_the_provider_that_its_component_was_given(
    options: str, tmp_path: Path
) -> None:
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


def test_without_options_the_default_providers_make_it(tmp_path: Path) -> None:
    source = SAMPLES.format(options="").replace("ResourceOptions()", "None")
    deployment = run_source(source, tmp_path)
    assert {each.provider for each in deployment.resources.values()} == {""}
