"""The daemon and the collector are measured as their pods run them, and no rate is made up."""

import json
import os
import re
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.agent.collector.files import as_yaml
from tools.bench.__main__ import main
from tools.bench.backends.cores import divide_cores, on_cores
from tools.bench.backends.image_size import ImageSize
from tools.bench.backends.launch import (
    Intake,
    Launch,
    declared_configuration,
    launch_collector,
    launch_daemon,
)
from tools.bench.backends.load import Load, Sent
from tools.bench.backends.measure import Limits, Measurement, Plan, Subject, limit_of, measure
from tools.bench.backends.results import write_backends
from tools.bench.backends.running import Memory, memory_in
from tools.bench.backends.search import confirmed_rate, highest_rate
from tools.bench.backends.sink import start_sink
from tools.bench.backends.span_sender import request
from tools.bench.backends.step import Fault, Step, mood_at
from tools.bench.command_line import parse
from tools.bench.xray_api import Mood
from tools.lab.errors import ToolError
from tools.rehearsal.collector_program import find_collector, lacking_components
from tools.rehearsal.daemon_program import STAND_IN, DaemonProgram

SINK = "http://127.0.0.1:5000"
MIB = 1024 * 1024
LIMITS = Limits(sink=60_000, sender=120_000)
SAYS_ITS_CORES = """
import os, sys
open(sys.argv[1], "w").write(str(os.sched_getaffinity(0)))
os.execv(sys.argv[2], sys.argv[2:])
"""
TINY = Plan(
    step_seconds=1,
    confirmation_seconds=1,
    usual_seconds=1,
    before_seconds=1,
    fault_seconds=2,
    after_seconds=1,
    patience_seconds=2,
    starts=1,
    ceiling=200,
)


def step(rate: int, cpu_seconds: float = 0.0, **more: Any) -> Step:
    made = Step(
        rate=rate,
        sent=rate,
        lost=0,
        tail_seconds=0.0,
        cpu_seconds=cpu_seconds,
        memory=Memory(60 * MIB, 50 * MIB, 20 * MIB),
    )
    return replace(made, **more)


def measurement(
    name: str, rate: int, cpu_seconds: float, limited_by: str | None = None
) -> Measurement:
    return Measurement(
        name=name,
        version=f"{name} 1.0",
        limits=LIMITS,
        limited_by=limited_by,
        highest=step(rate, cpu_seconds),
        usual=step(500, cpu_seconds),
        throttled=step(500, cpu_seconds, lost=100),
        down=step(500, cpu_seconds),
        ready_seconds=0.1,
        image=ImageSize(10_000_000, 1_000_000),
    )


@pytest.mark.parametrize("most", [1, 499, 500, 3_100, 9_999])
def test_the_search_comes_near_the_most_that_is_taken_and_never_above(most: int) -> None:
    found = highest_rate(lambda rate: rate <= most, ceiling=10_000, bisections=8)
    assert most * 0.97 - 2 <= found <= most


def test_the_search_tries_nothing_above_its_ceiling() -> None:
    tried: list[int] = []
    assert highest_rate(lambda rate: not tried.append(rate), ceiling=3_000) == 3_000
    assert tried == [500, 1_000, 2_000, 3_000]


def test_a_rate_that_is_not_confirmed_gives_way_to_a_lower_one() -> None:
    assert confirmed_rate(lambda rate: rate <= 700, 1_000) == 640
    assert confirmed_rate(lambda _: False, 1_000) == 0


def test_a_rate_is_taken_where_all_arrive_in_time_from_a_punctual_sender() -> None:
    assert step(1).taken
    assert not step(1, lost=1).taken
    assert not step(1, tail_seconds=2.5).taken
    assert not step(1, sender_is_late=True).taken


def test_a_rate_that_needs_more_than_the_core_is_not_taken_from_the_queue() -> None:
    assert step(1_000, cpu_seconds=1.0).taken
    assert not step(1_000, cpu_seconds=1.1).taken


def test_a_late_sender_is_the_limit_where_it_was_busy_and_not_where_it_waited() -> None:
    load = Load(Intake.SPANS, SINK, "abcd", 1_000, 10)
    assert Sent(10_000, 12.0, idle=0.1).is_limit(load)
    assert not Sent(10_000, 12.0, idle=6.0).is_limit(load)
    assert not Sent(10_000, 10.1, idle=0.0).is_limit(load)


def test_a_rate_is_limited_by_whom_it_stopped_at() -> None:
    well, refused = step(1_000), step(2_000, lost=1)
    late = replace(refused, sender_is_limit=True)
    assert limit_of([well, refused], 1_000, 32_000, LIMITS) is None
    assert limit_of([well, late], 1_000, 32_000, LIMITS) == "sender"
    assert limit_of([well], LIMITS.ceiling, LIMITS.ceiling, LIMITS) == "sink"


def test_sink_and_sender_share_a_core_in_what_they_can_do() -> None:
    assert LIMITS.ceiling == 32_000


def test_the_collector_here_is_the_declared_one_but_for_addresses(tmp_path: Path) -> None:
    program = DaemonProgram(("/collector",), "a collector", "collector")
    launch = launch_collector(program, Intake.SEGMENTS, SINK, tmp_path)
    (file,) = tmp_path.iterdir()
    here = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert launch.command == ["/collector", f"--config={file}"]
    assert here["receivers"]["awsxray"]["endpoint"] == launch.target
    assert here["exporters"]["awsxray"].pop("endpoint") == SINK
    assert here["receivers"]["awsxray"]["proxy_server"].pop("aws_endpoint") == SINK
    declared = yaml.safe_load(as_yaml({"": declared_configuration()})[""])
    address = re.compile(r"(0\.0\.0\.0|127\.0\.0\.1)(:|', 'port': )[0-9]+")
    assert address.sub("", str(here)) == address.sub("", str(declared))


def test_the_daemon_here_has_its_pod_s_arguments_and_memory(tmp_path: Path) -> None:
    launch = launch_daemon(STAND_IN, SINK, tmp_path)
    arguments = list(launch.command[len(STAND_IN.command) :])
    assert arguments[arguments.index("-m") + 1] == "48"
    assert arguments[arguments.index("-b") + 1] == arguments[arguments.index("-t") + 1]
    assert Path(arguments[-1]).read_text(encoding="utf-8").startswith(f"Endpoint: {SINK}")
    assert launch.environment["GOMEMLIMIT"] == "115MiB"
    assert launch.environment["GOMAXPROCS"] == "1"
    assert launch.environment["AWS_REGION"] == "eu-west-1"


def test_the_api_fails_for_the_time_of_the_fault_alone() -> None:
    fault = Fault(Mood.DOWN, after_seconds=5, seconds=20)
    moods = [mood_at(each, fault) for each in (4.9, 5, 24.9, 25)]
    assert moods == [Mood.WELL, Mood.DOWN, Mood.DOWN, Mood.WELL]
    assert mood_at(10, None) == Mood.WELL


def test_memory_is_read_in_bytes() -> None:
    lines = ("5-7 ---p 0 [rollup]", "Rss: 8 kB", "Pss: 6 kB", "Pss_Anon: 1 kB", "Anonymous: 4 kB")
    assert memory_in("\n".join(lines)) == Memory(8192, 6144, 4096)


def test_spans_are_numbered_by_their_ids_as_segments_are() -> None:
    made = request("c0de", range(3, 5), 1_700_000_000.0)
    spans = made.resource_spans[0].scope_spans[0].spans
    assert [each.span_id.hex() for each in spans] == ["c0de000000000003", "c0de000000000004"]
    assert {each.trace_id.hex()[:8] for each in spans} == {f"{1_700_000_000:08x}"}


def test_the_table_has_figures_of_both_and_their_ratio(tmp_path: Path) -> None:
    daemon, collector = measurement("daemon", 8_000, 0.5), measurement("collector", 4_000, 1.0)
    table = write_backends([daemon, collector], 2, Plan(), tmp_path)
    assert "| segments/s on one core, none lost | 8,000 | 4,000 | 0.50 |" in table
    assert "| CPU per 1,000 segments, at 500/s | 1,000 ms | 2,000 ms | 2.00 |" in table
    assert "| RSS at 500/s | 60 MiB | 60 MiB | 1.00 |" in table
    assert "| lost while X-Ray is down (503) | 0 | 0 | - |" in table
    assert "daemon 1.0, collector 1.0; 2 cores" in table
    kept = json.loads((tmp_path / "backends.json").read_text(encoding="utf-8"))
    assert kept["results"][1]["highest"]["rate"] == 4_000


def test_a_rate_that_somebody_else_limits_is_not_stated(tmp_path: Path) -> None:
    daemon = measurement("daemon", 8_000, 0.5)
    collector = measurement("collector", 32_000, 0.5, limited_by="sink")
    table = write_backends([daemon, collector], 2, Plan(), tmp_path)
    assert "| 8,000 | not stated: the sink limits it, at 32,000 | - |" in table


@pytest.mark.parametrize(
    ("listed", "lacking"),
    [
        ("{receivers: [{name: awsxray}], exporters: [{name: awsxray}]}", []),
        ("{receivers: [awsxray], exporters: [awsxray]}", []),
        ("{receivers: [{name: otlp}], exporters: [{name: awsxray}]}", ["receiver"]),
        ("{receivers: null, exporters: null}", ["receiver", "exporter"]),
    ],
)
def test_a_collector_has_both_parts_for_x_ray(listed: str, lacking: list[str]) -> None:
    assert lacking_components(listed) == lacking


def script(folder: Path, text: str) -> Path:
    file = folder / "program"
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo '{receivers: [], exporters: [awsxray]}'", "it has no awsxray receiver"),
        ("echo hello", "asked for its components, it said 'hello'"),
        ("echo hello; exit 1", "asked for its version, it said 'hello'"),
    ],
)
def test_another_program_is_refused_in_one_sentence(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"must be an OpenTelemetry Collector .*: {reason}"):
        find_collector(script(tmp_path, text))


def test_adot_is_known_by_what_it_says_of_its_version(tmp_path: Path) -> None:
    program = script(tmp_path, "echo 2026/01/01 ADOT Collector version: v0.49.0 >&2; exit 1")
    assert find_collector(program).description == f"ADOT Collector version: v0.49.0, {program}"


def test_the_others_need_a_cluster_and_the_backends_do_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for what in ("loss", "faults", "rollout", "switch"):
        assert parse([what, "--kubeconfig", "k", "--seconds", "7"]).seconds == 7
        with pytest.raises(SystemExit):
            parse([what])
    program = script(tmp_path, "echo AWS X-Ray daemon version: 3")
    assert main(["backends", "--daemon", str(program)]) == 1
    assert "--collector is not set; it must be" in capsys.readouterr().err


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core")
def test_a_daemon_s_stand_in_is_measured_on_a_core_of_its_own(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(bytes(100_000))
    seen = tmp_path / "cores"

    def make(endpoint: str, folder: Path) -> Launch:
        launch = launch_daemon(STAND_IN, endpoint, folder)
        command = [sys.executable, "-c", SAYS_ITS_CORES, str(seen), *launch.command]
        return replace(launch, command=command)

    subject = Subject("stand-in", "none", program, Intake.SEGMENTS, make)
    cores = divide_cores()
    with on_cores(cores.of_others), start_sink() as sink:
        measured = measure(subject, sink, cores.of_program, count(1), TINY)
    assert seen.read_text(encoding="utf-8") == str({cores.of_program})
    assert (measured.highest.rate, measured.limited_by) == (TINY.ceiling, "plan")
    assert (measured.usual.sent, measured.usual.lost) == (500, 0)
    assert 500 / 50 <= measured.usual.traffic.calls < 500
    assert measured.usual.traffic.body_bytes > 500 * 100
    # The stand-in tries twice and gives up, as the daemon does.
    assert 0 < measured.throttled.lost < measured.throttled.sent
    assert 0 < measured.down.lost < measured.down.sent
    assert measured.usual.memory.resident > 10 * MIB
    assert 0 < measured.usual.cpu_seconds < 2
    assert 0 < measured.ready_seconds < 30
    assert measured.image.plain > 100_000 > measured.image.gzipped
