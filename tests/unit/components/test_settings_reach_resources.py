from collections.abc import Mapping
from typing import Any, Final

import pytest

from rehearsal.deployment import Deployment
from tests.program import declare, only, variant

TAGS: Final = {"team": "shop"}

RULE: Final[dict[str, Any]] = {
    "name": "checkout",
    "priority": 7,
    "fixedRate": 0.25,
    "reservoirSize": 3,
    "serviceName": "shop-*",
    "serviceType": "AWS::EKS::Container",
    "host": "shop.example.com",
    "httpMethod": "POST",
    "urlPath": "/pay/*",
    "attributes": {"plan": "gold"},
}

CANNOT_BE_TAGGED: Final = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:eks/cluster:Cluster",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
}
"""Types without tags; the cluster is made inside another component, which has them."""

REACHES: Final[list[tuple[str, Any, str, dict[str, Any]]]] = [
    ("kubernetesVersion", "1.30", "eks:index:Cluster", {"version": "1.30"}),
    (
        "nodeInstanceType",
        "m7i.large",
        "eks:index:ManagedNodeGroup",
        {"instanceTypes": ["m7i.large"]},
    ),
    (
        "nodeCount",
        3,
        "eks:index:ManagedNodeGroup",
        {"scalingConfig": {"desiredSize": 3, "minSize": 3, "maxSize": 3}},
    ),
    ("policyName", "writers", "aws:iam/policy:Policy", {"name": "writers"}),
    ("policyName", "2024", "aws:iam/policy:Policy", {"name": "2024"}),
    (
        "traceGroups",
        [{"name": "slow", "filterExpression": "duration > 5", "insights": True}],
        "aws:xray/group:Group",
        {
            "groupName": "slow",
            "filterExpression": "duration > 5",
            "insightsConfiguration": {"insightsEnabled": True, "notificationsEnabled": False},
        },
    ),
    (
        "samplingRules",
        [RULE],
        "aws:xray/samplingRule:SamplingRule",
        {key: value for key, value in RULE.items() if key != "name"}
        | {"ruleName": "checkout", "resourceArn": "*", "version": 1},
    ),
    (
        "samplingRules",
        [{"name": "all", "priority": 1, "fixedRate": 1}],
        "aws:xray/samplingRule:SamplingRule",
        {
            **dict.fromkeys(["serviceName", "serviceType", "host", "httpMethod", "urlPath"], "*"),
            "reservoirSize": 1,
        },
    ),
]
"""A setting, its value, the one resource that it reaches, and what that then has."""


@pytest.mark.parametrize(("key", "value", "resource_type", "inputs"), REACHES)
def test_a_setting_reaches_its_resource(
    key: str, value: Any, resource_type: str, inputs: dict[str, Any]
) -> None:
    resource = only(declare(**{key: value}).of_type(resource_type))
    assert inputs.items() <= dict(resource.inputs).items()


def test_the_settings_of_the_daemon_reach_its_pod() -> None:
    daemon = _container(
        declare(logLevel="debug", memoryLimitMebibytes=256, hostPort=True), "DaemonSet"
    )
    assert daemon["args"][-4:] == ["-l", "debug", "-m", "112"]
    assert daemon["resources"]["limits"] == {"memory": "256Mi"}
    assert [port["hostPort"] for port in daemon["ports"]] == [2000, 2000]


@pytest.mark.parametrize(("stack", "region"), [("dev", "eu-west-1"), ("article", "us-east-1")])
def test_the_region_reaches_the_daemon(stack: str, region: str) -> None:
    daemon = _container(variant(stack), "DaemonSet")
    assert daemon["args"][daemon["args"].index("-n") + 1] == region
    assert {"name": "AWS_REGION", "value": region} in daemon["env"]


def test_the_settings_of_the_sample_services_reach_their_pods() -> None:
    deployment = declare(
        sampleImage="example.com/sample:1",
        sampleDelayMilliseconds=0,
        sampleFaultPercent=100,
        samplePlugins=["EC2Plugin", "ECSPlugin"],
    )
    service_a, service_b = (
        _variables(each["spec"]["template"]["spec"]["containers"][0])
        for each in sorted(deployment.objects("Deployment"), key=_name)
    )
    assert service_b["DELAY_MILLISECONDS"] == "0"
    assert service_b["FAULT_PERCENT"] == "100"
    assert "FAULT_PERCENT" not in service_a
    assert service_a["XRAY_PLUGINS"] == service_b["XRAY_PLUGINS"] == "EC2Plugin,ECSPlugin"
    assert _container(deployment, "Deployment")["image"] == "example.com/sample:1"


def test_no_plugin_is_named_where_none_is_wanted() -> None:
    for sample in variant("dev").objects("Deployment"):
        assert "XRAY_PLUGINS" not in _variables(sample["spec"]["template"]["spec"]["containers"][0])


def test_names_that_are_given_are_taken_and_others_are_left_to_pulumi() -> None:
    article = variant("article").of_type("aws:ecr/repository:Repository")
    assert [each.inputs.get("name") for each in article] == ["xray-daemon", None]
    assert "name" not in only(variant("dev").of_type("aws:iam/policy:Policy")).inputs


@pytest.mark.parametrize("settings", [{}, {"clusterName": "shop"}, {"credentials": "node-role"}])
def test_every_aws_resource_that_can_have_tags_has_them(settings: Mapping[str, Any]) -> None:
    deployment = declare(**settings, tags=TAGS)
    tagged = {
        each.type: each.inputs.get("tags")
        for each in deployment.resources.values()
        if each.type.startswith(("aws:", "eks:")) and each.type not in CANNOT_BE_TAGGED
    }
    assert len(tagged) >= 5
    assert tagged == dict.fromkeys(tagged, TAGS)


def test_a_new_cluster_is_a_safe_one() -> None:
    deployment = variant("dev")
    cluster = only(deployment.of_type("eks:index:Cluster")).inputs
    key = only(deployment.of_type("aws:kms/key:Key"))
    assert key.inputs["enableKeyRotation"] is True
    assert cluster["encryptionConfigKeyArn"] == deployment.made[key.urn].outputs["arn"]
    assert cluster["authenticationMode"] == "API"
    assert cluster["vpcCniOptions"] == {"enableNetworkPolicy": True}
    assert cluster["skipDefaultNodeGroup"] is True
    assert set(cluster["enabledClusterLogTypes"]) == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }


def test_an_image_s_tag_can_t_be_moved_and_the_image_is_scanned() -> None:
    for repository in variant("dev").of_type("aws:ecr/repository:Repository"):
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS"}]


def test_a_preview_builds_no_image() -> None:
    for image in variant("dev").of_type("docker:index/image:Image"):
        assert image.inputs["buildOnPreview"] is False
        assert image.inputs["build"]["platform"] == "linux/amd64"


def _container(deployment: Deployment, kind: str) -> dict[str, Any]:
    return deployment.objects(kind)[0]["spec"]["template"]["spec"]["containers"][0]


def _variables(container: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def _name(manifest: Mapping[str, Any]) -> str:
    return manifest["metadata"]["name"]
