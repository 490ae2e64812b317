import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from components.access.policies import write_policy_document
from components.xray.transaction_search import span_policy_document
from tests.support.program import declare, only, variant
from tools.lab.deployment import Deployment
from tools.lab.fake_provider import ACCOUNT, partition_of

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
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:xray/indexingRule:IndexingRule",
    "aws:xray/traceSegmentDestination:TraceSegmentDestination",
    "aws:eks/cluster:Cluster",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
}
"""Types without tags; the cluster is made inside another component, which has them."""

REACHES: Final[list[tuple[str, Any, str, dict[str, Any]]]] = [
    ("kubernetesVersion", "1.30", "eks:index:Cluster", {"version": "1.30"}),
    (
        "nodeInstanceTypes",
        ["m7i.large"],
        "eks:index:ManagedNodeGroup",
        {"instanceTypes": ["m7i.large"]},
    ),
    (
        "nodeCount",
        3,
        "eks:index:ManagedNodeGroup",
        {"scalingConfig": {"desiredSize": 3, "minSize": 3, "maxSize": 3}},
    ),
    ("autoMode", True, "eks:index:Cluster", {"autoMode": {"enabled": True}}),
    (
        "publicAccessCidrs",
        ["203.0.113.0/24"],
        "eks:index:Cluster",
        {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
    ),
    ("publicAccessCidrs", [], "eks:index:Cluster", {"endpointPublicAccess": False}),
    ("credentials", "irsa", "eks:index:Cluster", {"createOidcProvider": True}),
    (
        "subnetIds",
        ["subnet-01234567", "subnet-89abcdef"],
        "eks:index:Cluster",
        {
            "vpcId": "vpc-0123456789abcdef0",
            "privateSubnetIds": ["subnet-01234567", "subnet-89abcdef"],
            "nodeAssociatePublicIpAddress": False,
        },
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
    (
        "transactionSearch",
        "declare",
        "aws:xray/traceSegmentDestination:TraceSegmentDestination",
        {"destination": "CloudWatchLogs"},
    ),
    (
        "transactionSearch",
        "declare",
        "aws:xray/indexingRule:IndexingRule",
        {"name": "Default", "rule": {"probabilistic": {"desiredSamplingPercentage": 1}}},
    ),
]
"""A setting, its value, the one resource that it reaches, and what that then has."""


@pytest.mark.parametrize(("key", "value", "resource_type", "inputs"), REACHES)
def test_a_setting_reaches_its_resource(
    key: str, value: Any, resource_type: str, inputs: dict[str, Any]
) -> None:
    resource = only(declare(**{key: value}).of_type(resource_type))
    assert inputs.items() <= dict(resource.inputs).items()


def test_the_share_that_is_indexed_reaches_its_rule() -> None:
    deployment = declare(transactionSearch="declare", indexingPercent="2.5")
    rule = only(deployment.of_type("aws:xray/indexingRule:IndexingRule")).inputs["rule"]
    assert rule == {"probabilistic": {"desiredSamplingPercentage": 2.5}}


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1"])
def test_x_ray_may_keep_spans_of_this_account_and_region(region: str) -> None:
    settings: dict[str, Any] = {"transactionSearch": "declare", "aws:region": region}
    deployment = declare(**settings)
    policy = only(deployment.of_type("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")).inputs
    partition = partition_of(region)["partition"]
    assert json.loads(policy["policyDocument"]) == span_policy_document(partition, region, ACCOUNT)


def test_a_destroy_does_not_take_x_ray_the_right_to_keep_spans() -> None:
    deployment = variant("transaction-search")
    assert [each.type for each in deployment.resources.values() if each.retained] == [
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    ]


@pytest.mark.parametrize("settings", [{}, {"transactionSearch": "existing"}])
def test_transaction_search_is_left_alone_unless_it_is_declared(
    settings: Mapping[str, Any],
) -> None:
    made = {each.type for each in declare(**settings).resources.values()}
    assert "xray-on-kubernetes:index:TransactionSearch" not in made
    assert not {each for each in made if each.startswith("aws:cloudwatch")}


@pytest.mark.parametrize(("exporter", "spans"), [("xray", False), ("otlp", True)])
def test_who_sends_spans_may_send_spans(exporter: str, spans: bool) -> None:
    deployment = declare(
        backend="collector", collectorExporter=exporter, transactionSearch="existing"
    )
    policy = only(deployment.of_type("aws:iam/policy:Policy")).inputs["policy"]
    assert json.loads(policy) == write_policy_document(spans=spans)


def test_the_settings_of_the_daemon_reach_its_pod() -> None:
    daemon = _container(
        declare(logLevel="debug", memoryLimitMebibytes=256, hostPort=True), "DaemonSet"
    )
    assert daemon["args"][-4:] == ["-l", "debug", "-m", "112"]
    assert daemon["resources"]["limits"]["memory"] == "256Mi"
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


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"clusterName": "shop", "vpcEndpoints": ["ecr"]},
        {"credentials": "node-role"},
        {"transactionSearch": "declare"},
        {"privateNetwork": True, "imageSource": "mirror", "pullAccounts": ["111111111111"]},
    ],
)
def test_every_aws_resource_that_can_have_tags_has_them(settings: Mapping[str, Any]) -> None:
    deployment = declare(**settings, tags=TAGS)
    tagged = {
        each.type: each.inputs.get("tags")
        for each in deployment.resources.values()
        if each.type.startswith(("aws:", "eks:")) and each.type not in CANNOT_BE_TAGGED
    }
    assert len(tagged) >= 5
    assert all(TAGS.items() <= (tags or {}).items() for tags in tagged.values()), tagged


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
    for image in variant("both-architectures").of_type("docker-build:index:Image"):
        assert image.inputs["buildOnPreview"] is False


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_one_architecture_is_built_by_docker_itself(architecture: str) -> None:
    deployment = declare(architectures=[architecture])
    images = deployment.of_type("docker:index/image:Image")
    assert [image.inputs["build"]["platform"] for image in images] == [f"linux/{architecture}"] * 2
    assert not deployment.of_type("docker-build:index:Image")


def test_several_architectures_are_built_by_buildx() -> None:
    deployment = variant("both-architectures")
    images = deployment.of_type("docker-build:index:Image")
    assert [image.inputs["platforms"] for image in images] == [["linux/amd64", "linux/arm64"]] * 2
    assert all(image.inputs["push"] is True for image in images)
    assert not deployment.of_type("docker:index/image:Image")


def test_other_architectures_make_another_tag_since_tags_can_t_be_moved() -> None:
    one, other = (
        declare(architectures=[each]).of_type("docker:index/image:Image")[0].inputs["imageName"]
        for each in ("amd64", "arm64")
    )
    both = variant("both-architectures").of_type("docker-build:index:Image")[0].inputs["tags"]
    assert len({one, other, *both}) == 3


def test_each_architecture_has_nodes_of_its_own_image() -> None:
    groups = variant("both-architectures").of_type("eks:index:ManagedNodeGroup")
    assert {
        each.name: (each.inputs["amiType"], each.inputs["instanceTypes"]) for each in groups
    } == {
        "xray-nodes-amd64": ("AL2023_x86_64_STANDARD", ["t3.medium"]),
        "xray-nodes-arm64": ("AL2023_ARM_64_STANDARD", ["t4g.medium"]),
    }


def test_volumes_of_nodes_are_encrypted() -> None:
    template = only(variant("dev").of_type("aws:ec2/launchTemplate:LaunchTemplate"))
    (volume,) = template.inputs["blockDeviceMappings"]
    assert volume["ebs"]["encrypted"] == "true"


def test_a_protected_cluster_is_so_with_its_key_and_network_and_not_its_nodes() -> None:
    deployment = declare(protectCluster=True, privateNetwork=True)
    protected = {each.type for each in deployment.resources.values() if each.protected}
    assert {
        *("eks:index:Cluster", "aws:eks/cluster:Cluster", "aws:kms/key:Key"),
        *("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"),
    } <= protected
    assert not protected & {
        *("eks:index:ManagedNodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"),
        *("aws:eks/addon:Addon", "aws:ecr/repository:Repository", "aws:iam/role:Role"),
    }
    assert not any(each.protected for each in variant("dev").resources.values())


def test_in_auto_mode_eks_makes_the_nodes() -> None:
    deployment = variant("auto-mode")
    assert not deployment.of_type("eks:index:ManagedNodeGroup")
    assert not deployment.of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert not deployment.of_type("aws:eks/addon:Addon")
    assert "vpcCniOptions" not in only(deployment.of_type("eks:index:Cluster")).inputs


@pytest.mark.parametrize("source", ["mirror", "public"])
def test_a_digest_pins_aws_s_own_image(source: str) -> None:
    digest = f"sha256:{'0f' * 32}"
    pinned = f"public.ecr.aws/xray/aws-xray-daemon:3.6.6@{digest}"
    deployment = declare(imageSource=source, daemonDigest=digest, sampleImage="sample:1")
    if source == "mirror":
        copy = only(deployment.of_type("docker-build:index:Index")).inputs
        assert copy["sources"] == [pinned]
        assert copy["tag"].endswith(":3.6.6-0f0f0f0f0f0f")
    else:
        assert deployment.outputs["daemonImage"] == pinned


def test_other_accounts_pull_the_daemon_s_image_and_no_other() -> None:
    policy = only(variant("another-account").of_type("aws:ecr/repositoryPolicy:RepositoryPolicy"))
    statement = only(json.loads(policy.inputs["policy"])["Statement"])
    assert policy.inputs["repository"] == "xray-daemon-repository"
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::111111111111:root"]}


def test_a_role_of_another_account_reaches_the_daemon_and_its_policy() -> None:
    deployment = variant("another-account")
    writer = "arn:aws:iam::111111111111:role/writer"
    assert _container(deployment, "DaemonSet")["args"][-2:] == ["-r", writer]
    policy = only(deployment.of_type("aws:iam/policy:Policy")).inputs["policy"]
    assert only(json.loads(policy)["Statement"])["Resource"] == writer


def _container(deployment: Deployment, kind: str) -> dict[str, Any]:
    return deployment.objects(kind)[0]["spec"]["template"]["spec"]["containers"][0]


def _variables(container: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def _name(manifest: Mapping[str, Any]) -> str:
    return manifest["metadata"]["name"]
