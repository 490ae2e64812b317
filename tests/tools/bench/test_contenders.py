"""What is measured is what the program declares, and what its peer deploys."""

from typing import Any, Final

import pytest

from tests.support.program import only, variant
from tools.bench.contenders import (
    Contender,
    aws_samples,
    ours,
    ours_with_collector,
    ours_with_host_port,
    ours_without_gate,
)
from tools.bench.loss import Loss
from tools.bench.results import write_loss, write_switch
from tools.bench.switch import Switched

ENDPOINT: Final = "http://192.0.2.1:5000"
IMAGE: Final = "daemon:1"


def containers_of(contender: Contender) -> list[dict[str, Any]]:
    return contender.daemon_set["spec"]["template"]["spec"]["containers"]


@pytest.mark.parametrize(("make", "stack"), [(ours, "dev"), (ours_with_host_port, "article")])
def test_ours_is_what_the_stack_declares_sent_elsewhere(make: Any, stack: str) -> None:
    declared = only(variant(stack).objects("DaemonSet"))["spec"]
    measured = make(ENDPOINT, IMAGE).daemon_set["spec"]
    assert measured["updateStrategy"] == declared["updateStrategy"]
    for mine, its in zip(
        measured["template"]["spec"]["containers"],
        declared["template"]["spec"]["containers"],
        strict=True,
    ):
        assert mine["image"] == IMAGE
        assert mine["args"][: len(its["args"])] == its["args"]
        assert mine["resources"] == its["resources"]
        assert mine.get("lifecycle") == its.get("lifecycle")


def test_with_a_collector_the_same_objects_are_changed_and_its_files_added() -> None:
    daemon, collector = (
        {(each["kind"], each["metadata"]["name"]): each for each in make(ENDPOINT, IMAGE).manifests}
        for make in (ours, ours_with_collector)
    )
    files = {name for kind, name in collector if kind == "ConfigMap"}
    assert {key for key in daemon if key[0] != "ConfigMap"} == {
        key for key in collector if key[0] != "ConfigMap"
    }
    pod = collector["DaemonSet", "xray-daemon"]["spec"]["template"]["spec"]
    assert [each["configMap"]["name"] for each in pod["volumes"]] == [*files]
    assert [each["image"] for each in pod["containers"]] == [IMAGE, IMAGE]


def test_the_one_without_a_gate_differs_in_that_alone() -> None:
    with_gate, without = ours(ENDPOINT, IMAGE), ours_without_gate(ENDPOINT, IMAGE)
    assert containers_of(without) == containers_of(with_gate)[:1]
    assert without.namespace != with_gate.namespace
    assert {each["metadata"].get("namespace", without.namespace) for each in without.manifests} == {
        without.namespace
    }


def test_aws_samples_has_a_headless_service_host_ports_and_no_probe() -> None:
    contender = aws_samples(ENDPOINT, IMAGE)
    (daemon,) = containers_of(contender)
    (service,) = (each for each in contender.manifests if each["kind"] == "Service")
    assert service["spec"]["clusterIP"] == "None"
    assert {port["hostPort"] for port in daemon["ports"]} == {2000}
    assert not [key for key in daemon if key.endswith("Probe")]
    assert "updateStrategy" not in contender.daemon_set["spec"]


def test_a_switch_is_told_with_what_it_lost_and_how_long_it_took(tmp_path: Any) -> None:
    table = write_switch([Switched("once", 60_000, 0, 21.4, 19.6)], 120, "programs", tmp_path)
    assert "| once | 60,000 | 0 | 21 s | 20 s |" in table
    assert "goes from daemon to collector after a third, and back" in table


def test_a_table_says_what_was_lost_and_under_which_conditions(tmp_path: Any) -> None:
    losses = [Loss("ours", "once", 60_000, 0), Loss("others", "each", 60_000, 1_500)]
    table = write_loss(losses, 120, "the daemon", tmp_path)
    assert "| ours | once | 60,000 | 0 | 0 |" in table
    assert "| others | each | 60,000 | 1,500 | 2.50 % |" in table
    assert "500 segments/s" in table
    assert (tmp_path / "loss.md").read_text(encoding="utf-8") == table
