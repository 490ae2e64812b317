"""A container's environment and command line, as they are on this machine."""

import sys
from typing import Any

import pytest

from tests.support.program import samples, variant
from tools.lab.errors import ToolError
from tools.rehearsal.network import Addresses
from tools.rehearsal.pods import Pod, add_services, command_of, environment_of, pods_of

PORT = 40000


def _pod(**container: Any) -> Pod:
    ports = [{"containerPort": 8080}]
    return Pod("a-0", "xray", {"app": "a"}, {"ports": ports, **container}, {8080: PORT})


@pytest.fixture
def addresses() -> Addresses:
    known = Addresses()
    known.add("service-b", "xray", 8080, 41000)
    known.add("xray-service", "xray", 2000, 42000)
    return known


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("http://service-b:8080/path", "http://127.0.0.1:41000/path"),
        ("service-b.xray.svc.cluster.local:8080", "127.0.0.1:41000"),
        ("xray-service.xray:2000", "127.0.0.1:42000"),
        ("my-service-b.xray:8080", "my-service-b.xray:8080"),
        ("service-b.other:8080", "service-b.other:8080"),
        ("service-b.xray:80801", "service-b.xray:80801"),
        ("service-b.xray", "service-b.xray"),
    ],
)
def test_only_the_addresses_of_services_are_translated(
    addresses: Addresses, text: str, translated: str
) -> None:
    assert addresses.translate(text) == translated


def test_variables_name_the_pod_and_its_port_here(addresses: Addresses) -> None:
    name = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    pod = _pod(env=[name, {"name": "PORT", "value": "8080"}])
    assert environment_of(pod, addresses) == {"POD": "a-0", "PORT": str(PORT)}


def test_a_variable_from_an_unknown_source_is_an_error(addresses: Addresses) -> None:
    pod = _pod(env=[{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}])
    with pytest.raises(ToolError, match="variable KEY of pod a-0"):
        environment_of(pod, addresses)


def test_arguments_follow_the_entry_point_and_listen_here() -> None:
    assert command_of(_pod(command=["python", "-m", "x"])) == [sys.executable, "-m", "x"]
    pod = _pod(args=["-b", "0.0.0.0:8080", "-n", "eu-west-1"])
    assert command_of(pod, ["/xray", "-c", "file"]) == [
        *("/xray", "-c", "file"),
        *("-b", f"127.0.0.1:{PORT}"),
        *("-n", "eu-west-1"),
    ]


def test_a_deployment_has_its_replicas_and_a_port_for_each() -> None:
    pods = pods_of(samples(variant("dev"))[0])
    assert [pod.name for pod in pods] == ["service-a-0", "service-a-1"]
    assert len({pod.port for pod in pods}) == 2


def test_services_that_select_a_pod_lead_to_it() -> None:
    deployment, addresses = variant("dev"), Addresses()
    (service_a, *_) = [pods_of(each)[0] for each in samples(deployment)]
    add_services(deployment, service_a, addresses)
    url = str(deployment.outputs["serviceUrl"])
    assert addresses.translate(url) == f"http://127.0.0.1:{service_a.port}"
    assert addresses.translate("http://service-b.xray:8080") == "http://service-b.xray:8080"
