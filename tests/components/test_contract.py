import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from components.agent.service import RESERVED_NAMESPACES
from tests.support.program import (
    ACCOUNT,
    VARIANTS,
    collector_files,
    configured,
    daemon_policy,
    only,
    samples,
    variant,
)
from tools.lab.deployment import Deployment, Manifest

NAME_LABEL: Final = "app.kubernetes.io/name"


def namespace_of(deployment: Deployment) -> str:
    return only(deployment.objects("DaemonSet"))["metadata"]["namespace"]


def workloads(deployment: Deployment) -> list[Manifest]:
    return deployment.objects("DaemonSet") + deployment.objects("Deployment")


def pod_of(workload: Manifest) -> Manifest:
    return workload["spec"]["template"]["spec"]


def container_of(workload: Manifest) -> Manifest:
    """Returns a workload's main container; beside it is the readiness gate, if there is one."""
    main, *others = pod_of(workload)["containers"]
    assert [each["name"] for each in others] in ([], ["readiness-gate"])
    return main


def environment(workload: Manifest) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in container_of(workload)["env"]}


def credentials_of(deployment: Deployment) -> str:
    """Returns how the daemon's pods come by their credentials, by what the program makes."""
    if deployment.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation"):
        return "pod-identity"
    account = only(deployment.objects("ServiceAccount"))["metadata"]
    return "irsa" if account.get("annotations") else "node-role"


def selected(deployment: Deployment, selector: Mapping[str, str]) -> list[str]:
    """Returns the names of the workloads whose pods a selector finds."""
    return [
        workload["metadata"]["name"]
        for workload in workloads(deployment)
        if selector.items() <= workload["spec"]["template"]["metadata"]["labels"].items()
    ]


@pytest.mark.parametrize("name", VARIANTS)
def test_everything_is_in_the_namespace_that_was_asked_for(name: str) -> None:
    stack, settings = VARIANTS[name]
    project = configured(stack, **settings)
    namespace = project.configuration[f"{project.name}:namespace"]

    objects = variant(name).objects()

    made = [each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"]
    assert made == ([] if namespace in RESERVED_NAMESPACES else [namespace])
    for each in objects:
        assert each["metadata"].get("namespace", namespace) == namespace
        assert each["kind"] == "Namespace" or "namespace" in each["metadata"]


def test_applications_find_the_daemon_at_the_address_of_the_contract(declared: Deployment) -> None:
    namespace = namespace_of(declared)
    address = f"xray-service.{namespace}:2000"
    (service,) = (
        each for each in declared.objects("Service") if each["metadata"]["name"] == "xray-service"
    )
    assert declared.outputs["daemonAddress"] == address
    assert service["metadata"]["namespace"] == namespace
    spans = {4317, 4318} if collector_files(declared) else set[int]()
    assert {port["port"] for port in service["spec"]["ports"]} == {2000, *spans}
    for sample in samples(declared):
        variables, name = environment(sample), sample["metadata"]["name"]
        if "OTEL_SERVICE_NAME" in variables:
            assert spans
            assert variables["OTEL_SERVICE_NAME"] == name
            assert (
                variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://xray-service.{namespace}:4318"
            )
            assert variables["OTEL_TRACES_SAMPLER_ARG"] == f"endpoint=http://{address}"
        else:
            assert variables["AWS_XRAY_DAEMON_ADDRESS"] == address
            assert variables["AWS_XRAY_TRACING_NAME"] == name


def test_each_service_leads_to_the_pods_that_it_is_for_and_no_others(declared: Deployment) -> None:
    leads_to = {
        service["metadata"]["name"]: selected(declared, service["spec"]["selector"])
        for service in declared.objects("Service")
    }
    deployments = [each["metadata"]["name"] for each in declared.objects("Deployment")]
    expected = {"xray-service": ["xray-daemon"]}
    assert leads_to == expected | {name: [name] for name in deployments}


def test_each_workload_and_policy_selects_its_own_pods(declared: Deployment) -> None:
    for workload in workloads(declared):
        labels = workload["spec"]["selector"]["matchLabels"]
        assert selected(declared, labels) == [workload["metadata"]["name"]]
    policy = daemon_policy(declared)
    assert selected(declared, policy["spec"]["podSelector"]["matchLabels"]) == ["xray-daemon"]


def test_each_port_of_a_service_is_open_in_its_pods(declared: Deployment) -> None:
    by_name = {workload["metadata"]["name"]: workload for workload in workloads(declared)}
    for service in declared.objects("Service"):
        (behind,) = selected(declared, service["spec"]["selector"])
        open_ports = {
            (port["name"], port["protocol"], port["containerPort"])
            for port in container_of(by_name[behind])["ports"]
        }
        for port in service["spec"]["ports"]:
            assert (port["targetPort"], port["protocol"], port["port"]) in open_ports


def test_what_the_daemon_listens_on_is_what_the_network_policy_lets_in(
    declared: Deployment,
) -> None:
    daemon = container_of(only(declared.objects("DaemonSet")))
    policy = daemon_policy(declared)["spec"]
    let_in = {
        (each["protocol"], each["port"]) for rule in policy["ingress"] for each in rule["ports"]
    }
    listens = {(port["protocol"], port["containerPort"]) for port in daemon["ports"]}
    # The node's own kubelet, which asks there, is always let in.
    assert let_in == listens - {("TCP", 13133)}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_daemon_listens_on_every_address_of_the_cluster_s_ip_family(name: str) -> None:
    daemon = container_of(only(variant(name).objects("DaemonSet")))
    expected = "[::]:2000" if name == "ipv6" else "0.0.0.0:2000"
    if files := collector_files(variant(name)):
        receivers = files["collector.yaml"]["receivers"]
        assert receivers["awsxray"]["endpoint"] == expected
        assert receivers["awsxray"]["proxy_server"]["endpoint"] == expected
        return
    for flag in ("-b", "-t"):
        assert daemon["args"][daemon["args"].index(flag) + 1] == expected


@pytest.mark.parametrize("name", VARIANTS)
def test_pods_of_every_namespace_are_let_in_unless_some_are_named(name: str) -> None:
    policy = daemon_policy(variant(name))["spec"]
    chosen = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "xray"]}
    selector = {"matchExpressions": [chosen]} if name == "guarded" else {}
    traces, *metrics = policy["ingress"]
    assert traces["from"] == [{"namespaceSelector": selector}]
    # Whoever gathers metrics is in a namespace of its own.
    for each in metrics:
        assert each["ports"] == [{"protocol": "TCP", "port": 8888}]


def test_traces_stay_on_their_node_or_have_a_preference(declared: Deployment) -> None:
    (service,) = (
        each for each in declared.objects("Service") if each["metadata"]["name"] == "xray-service"
    )
    rules = service["spec"].keys() & {"internalTrafficPolicy", "trafficDistribution"}
    assert len(rules) == 1


@pytest.mark.parametrize("name", VARIANTS)
def test_the_daemon_reaches_the_source_of_its_credentials_and_no_other(name: str) -> None:
    deployment = variant(name)
    sources = {
        "pod-identity": ["fd00:ec2::23/128" if name == "ipv6" else "169.254.170.23/32"],
        "irsa": [],
        "node-role": ["169.254.169.254/32"],
    }[credentials_of(deployment)]
    egress = daemon_policy(deployment)["spec"]["egress"]
    peers = [only(each["to"]) for each in egress if "to" in each]
    assert [each["ipBlock"]["cidr"] for each in peers if "ipBlock" in each] == sources


@pytest.mark.parametrize("name", VARIANTS)
def test_the_daemon_reaches_aws_or_the_proxy_on_the_way_there(name: str) -> None:
    egress = daemon_policy(variant(name))["spec"]["egress"]
    anywhere = {port["port"] for each in egress if "to" not in each for port in each["ports"]}
    assert anywhere == {53, 443, *([3128] if name == "egress-proxy" else [])}
    daemon = environment(only(variant(name).objects("DaemonSet")))
    proxy = "http://proxy.example.com:3128" if name == "egress-proxy" else None
    assert daemon.get("HTTPS_PROXY") == proxy


def test_each_probe_asks_at_a_port_of_its_container(declared: Deployment) -> None:
    for workload in workloads(declared):
        container = container_of(workload)
        names = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            (asked,) = (
                action["port"] for action in container[probe].values() if isinstance(action, dict)
            )
            assert asked in names


def test_a_service_can_be_called_from_the_other_one(declared: Deployment) -> None:
    services = {each["metadata"]["name"]: each for each in samples(declared)}
    if not services:
        assert "serviceUrl" not in declared.outputs
        return
    namespace = namespace_of(declared)
    assert declared.outputs["serviceUrl"] == f"http://service-a.{namespace}:8080"
    assert (
        environment(services["service-a"])["DOWNSTREAM_URL"] == f"http://service-b.{namespace}:8080"
    )
    assert "DOWNSTREAM_URL" not in environment(services["service-b"])
    assert {environment(sample)["PORT"] for sample in services.values()} == {"8080"}


def test_one_service_account_is_trusted_associated_and_used(declared: Deployment) -> None:
    account = only(declared.objects("ServiceAccount"))["metadata"]
    identity = (account["namespace"], account["name"])
    daemon = only(declared.objects("DaemonSet"))
    used = (daemon["metadata"]["namespace"], pod_of(daemon)["serviceAccountName"])
    assert used == identity

    for association in declared.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation"):
        inputs = association.inputs
        assert (inputs["namespace"], inputs["serviceAccount"]) == identity
        role = _role(declared, inputs["roleArn"])
        conditions = only(json.loads(role["assumeRolePolicy"])["Statement"])["Condition"]
        assert conditions["StringEquals"] == {
            "aws:RequestTag/eks-cluster-arn": _cluster_arn(declared),
            "aws:RequestTag/kubernetes-namespace": identity[0],
            "aws:RequestTag/kubernetes-service-account": identity[1],
        }
        assert inputs["clusterName"] == declared.outputs["clusterName"]


def _role(deployment: Deployment, arn: str) -> Mapping[str, Any]:
    roles = deployment.of_type("aws:iam/role:Role")
    return only([role.inputs for role in roles if deployment.made[role.urn].outputs["arn"] == arn])


def _cluster_arn(deployment: Deployment) -> str:
    return only(deployment.of_type("pulumi:providers:kubernetes")).inputs["clusterIdentifier"]


def test_the_right_to_write_goes_to_one_role_only(declared: Deployment) -> None:
    policy = only(declared.of_type("aws:iam/policy:Policy"))
    arn = declared.outputs["writePolicyArn"]
    holders = [
        each.inputs["role"]
        for each in declared.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.inputs["policyArn"] == arn
    ]
    assert only(json.loads(policy.inputs["policy"])["Statement"])["Sid"] in (
        "WriteTraces",
        "BecomeWriter",
    )
    if credentials_of(declared) == "node-role":
        assert only(holders) in ("xray-nodes", "shop-nodes")
        assert declared.outputs.get("daemonRoleArn") is None
    else:
        assert holders == ["write-access-role"]
        assert declared.outputs["daemonRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/write-access-role"


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("article", "xray-nodes"),
        ("node-role", "xray-nodes"),
        ("adopted-node-role", "shop-nodes"),
    ],
)
def test_the_nodes_hold_the_right_where_they_are_to(name: str, holder: str) -> None:
    attachments = variant(name).of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    (write,) = (each.inputs for each in attachments if each.name.startswith("write-access"))
    assert write["role"] == holder


@pytest.mark.parametrize(("name", "hops"), [("dev", 1), ("article", 2), ("node-role", 2)])
def test_pods_reach_the_nodes_credentials_only_where_they_are_to_use_them(
    name: str, hops: int
) -> None:
    template = only(variant(name).of_type("aws:ec2/launchTemplate:LaunchTemplate"))
    assert template.inputs["metadataOptions"] == {
        "httpTokens": "required",
        "httpPutResponseHopLimit": hops,
    }


ADOPTED: Final = [
    name
    for name, (_, settings) in VARIANTS.items()
    if settings.keys() & {"clusterName", "kubeconfig"}
]


@pytest.mark.parametrize("name", ADOPTED)
def test_a_cluster_that_exists_is_not_changed(name: str) -> None:
    deployment = variant(name)
    made = {resource.type for resource in deployment.resources.values() if resource.custom}
    assert not [each for each in made if each.startswith(("eks:", "aws:kms", "aws:ec2"))]
    assert not made & {
        "aws:eks/cluster:Cluster",
        "aws:eks/addon:Addon",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    }


@pytest.mark.parametrize("name", ADOPTED)
def test_what_exists_is_found_by_its_name_or_its_kubeconfig(name: str) -> None:
    deployment = variant(name)
    cluster, host = ("kops.example.com", "localhost") if "kops" in name else ("shop", "shop.eks.")
    assert deployment.outputs["clusterName"] == cluster
    kubeconfig = json.loads(deployment.outputs["kubeconfig"])
    assert only(kubeconfig["clusters"])["cluster"]["server"].startswith(f"https://{host}")
    for sample in samples(deployment):
        assert environment(sample)["CLUSTER_NAME"] == cluster


def test_the_daemon_runs_on_every_linux_node_whatever_its_taints(declared: Deployment) -> None:
    pod = pod_of(only(declared.objects("DaemonSet")))
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_a_pod_pulls_an_image_of_our_own_by_its_digest_alone(declared: Deployment) -> None:
    made = [each.name for each in declared.resources.values() if each.type.startswith("docker")]
    for workload in workloads(declared):
        name = "sample-services" if workload in samples(declared) else "xray-daemon"
        if f"{name}-image" in made:
            image = container_of(workload)["image"]
            assert re.fullmatch(r"[a-z0-9.-]+/[a-z0-9-]+@sha256:[0-9a-f]{64}", image)
    daemon = container_of(only(declared.objects("DaemonSet")))
    assert daemon["image"] == declared.outputs["daemonImage"]


def test_without_sample_services_there_is_only_the_daemon() -> None:
    deployment = variant("no-samples")
    assert deployment.objects("Deployment") == []
    assert [each["metadata"]["name"] for each in deployment.objects("Service")] == ["xray-service"]
    assert not deployment.of_type("xray-on-kubernetes:index:SampleServices")
