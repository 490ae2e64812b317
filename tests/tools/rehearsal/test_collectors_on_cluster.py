"""Collectors on a cluster that is not in AWS have credentials, and reach AWS on this machine."""

from tests.support.program import variant
from tests.tools.rehearsal.test_collector_files import ENDPOINT, FILE
from tests.tools.rehearsal.test_on_cluster import OVERLAY
from tools.rehearsal.agent_files import files_of


def test_every_collector_has_credentials_and_a_way_to_aws() -> None:
    laid = OVERLAY.apply(variant("gateway").objects())
    by_name = {(each["kind"], each["metadata"]["name"]): each for each in laid}
    for kind, name in (("DaemonSet", "xray-daemon"), ("Deployment", "xray-gateway")):
        workload = by_name[kind, name]
        for container in workload["spec"]["template"]["spec"]["containers"]:
            variables = {each["name"]: each.get("value") for each in container["env"]}
            assert variables["AWS_ACCESS_KEY_ID"] == "id"
        assert ENDPOINT in str(files_of(laid, workload)[FILE])
        assert "192.0.2.1/32" in str(by_name["NetworkPolicy", name]["spec"]["egress"])
