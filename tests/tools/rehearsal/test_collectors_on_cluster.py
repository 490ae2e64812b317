"""Collectors on a cluster that is not in AWS have credentials, and reach AWS on this machine."""

from typing import Any

from tests.support.program import variant
from tests.tools.rehearsal.test_collector_files import ENDPOINT, FILE
from tests.tools.rehearsal.test_on_cluster import OVERLAY
from tools.lab.deployment import Deployment
from tools.rehearsal.collector_files import files_of


def laid_over(deployment: Deployment) -> list[dict[str, Any]]:
    return OVERLAY.apply(deployment.objects())


def test_off_aws_every_collector_has_credentials_and_the_endpoint_in_its_files() -> None:
    laid = laid_over(variant("gateway"))
    assert [each["kind"] for each in laid] == [
        each["kind"] for each in variant("gateway").objects()
    ]
    for kind, name in (("DaemonSet", "xray-daemon"), ("Deployment", "xray-gateway")):
        (workload,) = (
            each for each in laid if (each["kind"], each["metadata"]["name"]) == (kind, name)
        )
        for container in workload["spec"]["template"]["spec"]["containers"]:
            variables = {each["name"]: each.get("value") for each in container["env"]}
            assert variables["AWS_ACCESS_KEY_ID"] == "id"
        configuration = files_of(laid, workload)[FILE]
        assert ENDPOINT in str(configuration)


def test_off_aws_the_gateway_is_let_out_to_the_endpoint_too() -> None:
    opened = {
        each["metadata"]["name"]
        for each in laid_over(variant("gateway"))
        if each["kind"] == "NetworkPolicy" and "192.0.2.1/32" in str(each["spec"]["egress"])
    }
    assert opened == {"xray-daemon", "xray-gateway"}
