"""The daemon's role in every mode: what it can do, what it can't, and who can't become it."""

import re
from pathlib import Path

import pytest

from tests.e2e.rehearsal.rehearsals import STACKS, copy_of_project, rehearse, write_stacks

WAYS = {
    "irsa": "by its token (IRSA), as service account xray/xray-daemon",
    "adopted": "by Pod Identity, as service account xray/xray-daemon",
    "adopted-irsa": "by its token (IRSA), as service account xray/xray-daemon",
    "adopted-node-role": "by the node's role, as every pod on the node",
    "kops-irsa": "by its token (IRSA), as service account xray/xray-daemon",
    "kops-node-role": "by the node's role, as every pod on the node",
    "another-account": "by Pod Identity, as service account xray/xray-daemon",
    "china": "by the node's role, as every pod on the node",
    "mirror": "by Pod Identity, as service account xray/xray-daemon",
    "transaction-search": "by Pod Identity, as service account xray/xray-daemon",
    "otlp": "by Pod Identity, as service account xray/xray-daemon",
    "choosy": "by Pod Identity, as service account xray/xray-daemon",
}

IMPOSTORS = ("another service account", "another namespace", "another cluster")

WRITES = (
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"),
    *("xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets"),
)

SPANS = ("xray:PutSpans", "xray:PutSpansForIndexing")

LEAST_DENIED = 20


def words_of(output: str) -> str:
    """Returns what was printed without its line breaks."""
    return " ".join(output.split())


def test_every_stack_is_tried() -> None:
    assert WAYS.keys() == STACKS.keys()


@pytest.mark.parametrize("stack", STACKS)
def test_it_writes_traces_and_does_nothing_else(tmp_path: Path, stack: str) -> None:
    folder = copy_of_project(tmp_path)
    write_stacks(folder)
    ended = rehearse(folder, "--stack", stack, "--requests", "20")
    said = words_of(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert "20 traces arrived whole, 0 lost, 0 doubled" in said
    assert f"the daemon allowed {WAYS[stack]}" in said
    for impostor in IMPOSTORS:
        assert f"{impostor} denied" in said
    # Where another role writes, the daemon's own is listed first.
    of_writer = said.rpartition("What role ")[2]
    spans = SPANS if stack == "otlp" else ()
    for action in (*WRITES, *spans):
        assert f"{action} allowed" in of_writer
    denied = re.search(r"(\d+) other actions denied: (.*?) judged:", of_writer)
    assert denied
    assert int(denied[1]) >= LEAST_DENIED
    services = {action.split(":")[0] for action in denied[2].split(", ")}
    assert {"s3", "iam", "sts", "xray"} <= services


def test_a_role_that_only_becomes_another_does_nothing_itself(tmp_path: Path) -> None:
    folder = copy_of_project(tmp_path)
    write_stacks(folder)
    said = words_of(rehearse(folder, "--stack", "another-account", "--requests", "1").stdout)
    own = said.partition("What role ")[2].partition("What role ")[0]
    assert "sts:AssumeRole arn:aws:iam::111111111111:role/writer allowed" in own
    assert own.count("allowed") == 1
    for action in WRITES:
        assert action in own
