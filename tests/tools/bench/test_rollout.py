"""The rollouts that are timed, and when one counts as ended; without a cluster."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.bench.plot import spread
from tools.bench.rollout import STAMP, Progress, Rollout, pause, progress_of, rollout_of
from tools.bench.rollout_results import caption, read_results, table, write_results
from tools.bench.simulated_nodes import LABEL, ROOM, STAGES, start_kwok
from tools.bench.strategies import DEFAULT, GONE_AFTER, NAMESPACE, READY_AFTER, strategies
from tools.lab.deployment import Manifest
from tools.lab.errors import ToolError
from tools.lab.project import PROJECT

NEW = "2"
OURS, HOST_PORT, DEFAULTS = strategies()
ROLLOUTS = [
    Rollout("ours", 10, 3.25, 0),
    Rollout("ours", 1000, 99.9, 0),
    Rollout("default", 10, 4.0, 1),
    Rollout("default", 1000, 1500.0, 1, extrapolated=True),
]


def declared(stack: str) -> Manifest:
    file = PROJECT / f"tests/snapshots/rendered/{stack}/daemonset-xray-daemon.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def pod(node: str, stamp: str = NEW, *, ready: bool = True, stopping: bool = False) -> Manifest:
    metadata: Manifest = {"annotations": {STAMP: stamp} if stamp else {}}
    if stopping:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": metadata,
        "spec": {"nodeName": node},
        "status": {"conditions": conditions},
    }


def daemon_set(**status: int) -> Manifest:
    return {
        "metadata": {"generation": 2},
        "status": {
            "observedGeneration": 2,
            "desiredNumberScheduled": 2,
            "updatedNumberScheduled": 2,
            "numberAvailable": 2,
            **status,
        },
    }


def test_the_default_differs_from_the_host_port_in_its_strategy_alone() -> None:
    changed = deepcopy(HOST_PORT.daemon_set)
    assert changed["spec"].pop("updateStrategy") != DEFAULT
    default = deepcopy(DEFAULTS.daemon_set)
    assert default["spec"].pop("updateStrategy") == DEFAULT
    assert changed == default


@pytest.mark.parametrize(("strategy", "stack"), [(OURS, "dev"), (HOST_PORT, "article")])
def test_ours_is_what_the_stack_declares_but_for_where_it_goes(strategy: Any, stack: str) -> None:
    simulated, real = deepcopy(strategy.daemon_set), declared(stack)
    assert simulated["metadata"].pop("namespace") == NAMESPACE
    del real["metadata"]["namespace"]
    template, other = simulated["spec"]["template"], real["spec"]["template"]
    assert template["spec"].pop("nodeSelector") == {LABEL: "true"}
    del other["spec"]["nodeSelector"]
    del template["metadata"]["annotations"][READY_AFTER]
    del template["metadata"]["annotations"][GONE_AFTER]
    assert simulated == real


def test_only_ours_waits_before_it_stops() -> None:
    gone = [
        each.daemon_set["spec"]["template"]["metadata"]["annotations"][GONE_AFTER]
        for each in strategies()
    ]
    assert gone == ["900ms", "100ms", "100ms"]


def test_kwok_reads_the_annotations_that_the_pods_have() -> None:
    delays = [
        stage["spec"]["delay"]["durationFrom"]["expressionFrom"]
        for stage in yaml.safe_load_all(STAGES.read_text(encoding="utf-8"))
    ]
    assert delays == [f'.metadata.annotations["{each}"]' for each in (READY_AFTER, GONE_AFTER)]


def test_a_rollout_has_ended_when_every_node_has_a_new_pod_and_no_old_one() -> None:
    pods = [pod("a"), pod("b")]
    assert progress_of(daemon_set(), pods, NEW, 2) == Progress(2, 0, ended=True)


@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": 1},
        {"desiredNumberScheduled": 1},
        {"updatedNumberScheduled": 1},
        {"numberAvailable": 1},
    ],
)
def test_a_rollout_goes_on_until_its_controller_says_so(status: dict[str, int]) -> None:
    assert not progress_of(daemon_set(**status), [pod("a"), pod("b")], NEW, 2).ended


@pytest.mark.parametrize("stamp", ["1", ""])
def test_a_rollout_goes_on_while_an_old_pod_is_there(stamp: str) -> None:
    pods = [pod("a"), pod("b"), pod("b", stamp, stopping=True)]
    assert progress_of(daemon_set(), pods, NEW, 2) == Progress(2, 0, ended=False)


@pytest.mark.parametrize(
    ("of_b", "uncovered"),
    [
        ([pod("b", "1")], 0),
        ([pod("b", "1"), pod("b", ready=False)], 0),
        ([pod("b", "1", stopping=True)], 1),
        ([pod("b", "1", ready=False)], 1),
        ([], 1),
    ],
)
def test_a_node_is_without_a_daemon_while_none_takes_traces(
    of_b: list[Manifest], uncovered: int
) -> None:
    pods = [pod("a"), *of_b]
    assert progress_of(daemon_set(numberAvailable=1), pods, NEW, 2) == Progress(
        1, uncovered, ended=False
    )


def test_a_pod_without_a_node_or_a_status_is_not_ready() -> None:
    waiting: Manifest = {"metadata": {}, "spec": {}, "status": {}}
    assert progress_of({"metadata": {"generation": 1}}, [waiting], NEW, 1) == Progress(
        0, 1, ended=False
    )


def test_what_did_not_end_is_extrapolated_and_says_so() -> None:
    assert rollout_of("s", 1000, 720.0, 1, Progress(400, 1, ended=False)) == Rollout(
        "s", 1000, 1800.0, 1, extrapolated=True
    )
    assert not rollout_of("s", 1000, 700.0, 1, Progress(1000, 0, ended=True)).extrapolated


def test_nothing_is_expected_of_a_rollout_that_does_not_start() -> None:
    with pytest.raises(ToolError, match="'s' renewed no node within 720 s"):
        rollout_of("s", 10, 720.0, 0, Progress(0, 0, ended=False))


@pytest.mark.parametrize(("nodes", "seconds"), [(10, 0.1), (100, 0.1), (1000, 1.0)])
def test_larger_clusters_are_looked_at_less_often(nodes: int, seconds: float) -> None:
    assert pause(nodes) == seconds


def test_without_kwok_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(ToolError, match=r"go install sigs.k8s.io/kwok/cmd/kwok@v0.7.0"),
        start_kwok(Path("kubeconfig")),
    ):
        pass


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_results(ROLLOUTS, tmp_path)
    assert read_results(tmp_path) == ROLLOUTS
    assert (tmp_path / "rollout.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_marks_what_was_extrapolated() -> None:
    lines = table(ROLLOUTS).splitlines()
    assert lines[2:4] == [
        "| ours | 3.2 s, none | 100 s, none |",
        "| default | 4.0 s, 1 | ≈ 25.0 min, 1 |",
    ]
    assert "extrapolated" in caption(ROLLOUTS)
    assert "extrapolated" not in caption(ROLLOUTS[:3])


def test_labels_keep_their_distance_and_their_order() -> None:
    assert spread([2.0, 2.0, 5.0], 1.0) == [1.5, 2.5, 5.0]
    assert spread([5.0, 1.0], 1.0) == [5.0, 1.0]


@pytest.mark.parametrize("stack", ["dev", "article"])
def test_a_simulated_node_has_all_that_the_daemon_asks_for(stack: str) -> None:
    for container in declared(stack)["spec"]["template"]["spec"]["containers"]:
        assert container["resources"]["requests"].keys() <= ROOM.keys()
