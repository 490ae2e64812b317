"""What stacks have in common, and what single settings mean beyond the resources they reach."""

import json
from typing import Any, Final

import pytest

from components.xray.transaction_search import span_policy_document
from tests.support.program import declare, only, settings_of, variant
from tools.lab.fake_provider import ACCOUNT, partition_of

TAGS: Final = {"team": "shop"}

CANNOT_BE_TAGGED: Final = {
    *("aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation"),
    *("aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:ecr/repositoryPolicy:RepositoryPolicy"),
    *("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "aws:xray/indexingRule:IndexingRule"),
    "aws:xray/traceSegmentDestination:TraceSegmentDestination",
    *("aws:eks/cluster:Cluster", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
}
"""Types without tags; the cluster is made inside another component, which has them."""


@pytest.mark.parametrize(
    "settings",
    [
        {"clusterName": "shop", "vpcEndpoints": ["ecr"], "transactionSearch": "enable"},
        {"privateNetwork": True, "imageSource": "mirror", "pullAccounts": ["111111111111"]},
    ],
)
def test_every_taggable_aws_resource_has_the_tags(settings: dict[str, Any]) -> None:
    deployment = declare(**settings, tags=TAGS)
    tagged = {
        (each.type, each.name): each.inputs.get("tags") or {}
        for each in deployment.resources.values()
        if each.type.startswith(("aws:", "eks:")) and each.type not in CANNOT_BE_TAGGED
    }
    for template in deployment.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        parts = {
            each["resourceType"]: each["tags"] for each in template.inputs["tagSpecifications"]
        }
        assert parts == dict.fromkeys(("instance", "volume", "network-interface"), TAGS)
    assert len(tagged) >= 5
    assert {each for each, tags in tagged.items() if not TAGS.items() <= tags.items()} == set()


def test_stacks_of_one_account_share_no_name() -> None:
    """X-Ray takes each name and priority once in a region (X-Ray API reference)."""
    stacks = [settings_of(name) for name in ("article", "collector", "dev", "prod")]
    rules = [rule for each in stacks for rule in each.sampling_rules]
    groups = [group["name"] for each in stacks for group in each.trace_groups]
    for names in ([each["name"] for each in rules], [each["priority"] for each in rules], groups):
        assert len(set(names)) == len(names) > 1


def test_a_new_cluster_is_a_safe_one() -> None:
    deployment = variant("dev")
    cluster = only(deployment.of_type("eks:index:Cluster")).inputs
    key = only(deployment.of_type("aws:kms/key:Key"))
    template = only(deployment.of_type("aws:ec2/launchTemplate:LaunchTemplate"))
    assert key.inputs["enableKeyRotation"] is True
    assert cluster["encryptionConfigKeyArn"] == deployment.made[key.urn].outputs["arn"]
    assert cluster["authenticationMode"] == "API"
    assert cluster["vpcCniOptions"]["enableNetworkPolicy"] is True
    assert cluster["skipDefaultNodeGroup"] is True
    assert len(cluster["enabledClusterLogTypes"]) == 5
    assert only(template.inputs["blockDeviceMappings"])["ebs"]["encrypted"] == "true"
    logs = only(deployment.of_type("aws:cloudwatch/logGroup:LogGroup")).inputs
    assert logs["name"] == f"/aws/eks/{cluster['name']}/cluster", "else EKS makes one, for ever"
    assert logs["retentionInDays"] == 90
    (plain,) = variant("article").of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert "tagSpecifications" not in plain.inputs, "EC2 takes none without tags"


def test_each_set_of_architectures_has_an_image_tag_of_its_own() -> None:
    amd64, arm64 = (
        declare(architectures=[each]).of_type("docker:index/image:Image")[0].inputs
        for each in ("amd64", "arm64")
    )
    both = variant("both-architectures").of_type("docker-build:index:Image")[0].inputs
    assert (amd64["build"]["platform"], arm64["build"]["platform"]) == (
        "linux/amd64",
        "linux/arm64",
    )
    assert both["push"] is True
    assert len({amd64["imageName"], arm64["imageName"], *both["tags"]}) == 3


def test_each_architecture_has_nodes_of_its_own_and_of_the_cluster_s_version() -> None:
    groups = variant("both-architectures").of_type("eks:index:ManagedNodeGroup")
    told = ("amiType", "instanceTypes", "version")
    assert {each.name: [each.inputs[key] for key in told] for each in groups} == {
        "xray-nodes-amd64": ["AL2023_x86_64_STANDARD", ["t3.medium"], "1.36"],
        "xray-nodes-arm64": ["AL2023_ARM_64_STANDARD", ["t4g.medium"], "1.36"],
    }


def test_protection_covers_cluster_key_and_network_but_no_nodes() -> None:
    deployment = declare(protectCluster=True, privateNetwork=True)
    protected = {
        each.type.rpartition(":")[2] for each in deployment.resources.values() if each.protected
    }
    assert {"Cluster", "Key", "Vpc", "Subnet"} <= protected
    assert protected.isdisjoint(
        {"ManagedNodeGroup", "LaunchTemplate", "Addon", "Repository", "Role"}
    )
    assert not any(each.protected for each in variant("dev").resources.values())


def test_a_closed_api_server_is_reached_from_the_vpc_alone() -> None:
    cluster = only(declare(publicAccessCidrs=[]).of_type("eks:index:Cluster")).inputs
    assert cluster["endpointPublicAccess"] is False


def test_auto_mode_leaves_network_policies_to_eks() -> None:
    assert "vpcCniOptions" not in only(variant("auto-mode").of_type("eks:index:Cluster")).inputs


def test_your_own_subnets_choose_the_vpc() -> None:
    cluster = only(variant("own-subnets").of_type("eks:index:Cluster")).inputs
    assert cluster["vpcId"] == "vpc-0123456789abcdef0"
    assert cluster["nodeAssociatePublicIpAddress"] is False


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1"])
def test_x_ray_keeps_spans_of_this_account_and_region(region: str) -> None:
    settings: dict[str, Any] = {"transactionSearch": "enable", "aws:region": region}
    policies = declare(**settings).of_type("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    partition = partition_of(region)["partition"]
    document = json.loads(only(policies).inputs["policyDocument"])
    assert document == span_policy_document(partition, region, ACCOUNT)


def test_transaction_search_that_is_on_already_is_left_alone() -> None:
    made = {each.type for each in declare(transactionSearch="already-enabled").resources.values()}
    assert not {each for each in made if "TransactionSearch" in each or "logResource" in each}


def test_transaction_search_replaces_no_pod() -> None:
    (old,), (new,) = (
        each.objects("DaemonSet") for each in (variant("dev"), variant("transaction-search"))
    )
    assert old["spec"] == new["spec"]


def test_only_moving_a_cluster_changes_its_vpc() -> None:
    def placed(**settings: Any) -> tuple[Any, Any]:
        cluster = only(declare(**settings).of_type("eks:index:Cluster")).inputs
        return cluster.get("vpcId"), cluster.get("privateSubnetIds")

    here = placed()
    assert placed(kubernetesVersion="1.30") == placed(autoMode=True) == here
    assert placed(publicAccessCidrs=[]) == placed(credentialSource="irsa") == here
    assert placed(privateNetwork=True) != here
