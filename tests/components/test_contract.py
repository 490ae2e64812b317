"""What applications rely on: names, addresses, ports and variables, in every kind of stack."""

from collections.abc import Mapping

import pytest

from components import AgentKind
from components.agent.service import RESERVED_NAMESPACES
from tests.support.program import (
    VARIANTS,
    containers_of,
    environment_of,
    only,
    samples,
    settings_of,
    variant,
    workloads,
)
from tools.lab.deployment import Deployment


def selected(deployment: Deployment, selector: Mapping[str, str]) -> list[str]:
    """Returns the names of the workloads whose pods a selector finds."""
    return [
        name
        for name, workload in workloads(deployment).items()
        if selector.items() <= workload["spec"]["template"]["metadata"]["labels"].items()
    ]


@pytest.mark.parametrize("name", VARIANTS)
def test_everything_is_in_one_namespace_and_found_there(name: str) -> None:
    deployment, namespace = variant(name), settings_of(name).namespace
    objects = deployment.objects()
    made = [each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"]
    assert made == ([] if namespace in RESERVED_NAMESPACES else [namespace])
    for each in objects:
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == namespace

    services = {each["metadata"]["name"]: environment_of(each) for each in samples(deployment)}
    if not settings_of(name).sample_services:
        assert "serviceUrl" not in deployment.outputs
        assert {*workloads(deployment)} - {"xray-canary"} == {"xray-daemon"}
        assert not deployment.of_type("xray-on-kubernetes:index:SampleServices")
        return
    assert deployment.outputs["serviceUrl"] == f"http://service-a.{namespace}:8080"
    assert services["service-a"]["DOWNSTREAM_URL"] == f"http://service-b.{namespace}:8080"
    assert "DOWNSTREAM_URL" not in services["service-b"]
    for variables in services.values():
        assert variables["PORT"] == "8080"
        assert variables["CLUSTER_NAME"] == deployment.outputs["clusterName"]


@pytest.mark.parametrize("name", VARIANTS)
def test_applications_find_the_agent_at_its_address(name: str) -> None:
    deployment, namespace = variant(name), settings_of(name).namespace
    address = f"xray-service.{namespace}:2000"
    services = {each["metadata"]["name"]: each for each in deployment.objects("Service")}
    service = services["xray-service"]["spec"]
    spans = {4317, 4318} if settings_of(name).agent != AgentKind.DAEMON else set[int]()
    assert deployment.outputs["daemonAddress"] == address
    assert {port["port"] for port in service["ports"]} == {2000, *spans}
    # Traces stay on their node or have a preference.
    assert len(service.keys() & {"internalTrafficPolicy", "trafficDistribution"}) == 1
    for sample in samples(deployment):
        variables = environment_of(sample)
        named = variables.get("OTEL_SERVICE_NAME") or variables["AWS_XRAY_TRACING_NAME"]
        assert named == sample["metadata"]["name"]
        if "OTEL_SERVICE_NAME" in variables:
            assert spans
            endpoint = f"http://xray-service.{namespace}:4318"
            assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == endpoint
            assert variables["OTEL_TRACES_SAMPLER_ARG"] == f"endpoint=http://{address}"
        else:
            assert variables["AWS_XRAY_DAEMON_ADDRESS"] == address


@pytest.mark.parametrize(
    "name", ["dev", "article", "prod", "otlp", "gateway", "both", "both-gateway"]
)
def test_services_and_probes_lead_to_open_ports(name: str) -> None:
    declared = variant(name)
    by_name = workloads(declared)
    leads_to: dict[str, str] = {}
    for service in declared.objects("Service"):
        behind = leads_to[service["metadata"]["name"]] = only(
            selected(declared, service["spec"]["selector"])
        )
        opened = {
            (port["name"], port["protocol"], port["containerPort"])
            for container in containers_of(by_name[behind])
            for port in container["ports"]
        }
        for port in service["spec"]["ports"]:
            assert (port["targetPort"], port["protocol"], port["port"]) in opened
    others = by_name.keys() - {"xray-daemon"}
    assert leads_to == {"xray-service": "xray-daemon", **{each: each for each in others}}

    for behind, workload in by_name.items():
        assert selected(declared, workload["spec"]["selector"]["matchLabels"]) == [behind]
        for container in containers_of(workload):
            names = {port["name"] for port in container["ports"]}
            for probe in {"startupProbe", "readinessProbe", "livenessProbe"} & container.keys():
                actions = container[probe].values()
                assert only([each["port"] for each in actions if isinstance(each, dict)]) in names
