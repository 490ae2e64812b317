"""Hours of a canary in no time: which alarms ring, and how soon."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import pytest
from sample_service import canary as program
from sample_service.canary import Canary

from components.canary.alarms import CAUSES
from tests.support.alarms import rings


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def an_hour(
    monkeypatch: pytest.MonkeyPatch,
    traced: Callable[[float], dict[str, float] | None],
    minutes: int = 60,
) -> dict[str, list[int]]:
    """Returns the minutes in which alarms ring, by their causes.

    Args:
        monkeypatch: Puts the clock in the program's place.
        traced: What a round at a time finds; None for one that does not come about.
    """
    clock, points = Clock(), dict[str, dict[int, list[float]]]()
    fake = SimpleNamespace(time=lambda: clock.now, monotonic=lambda: clock.now, sleep=clock.sleep)
    monkeypatch.setattr(program, "time", fake)

    def put_metric_data(*, Namespace: str, MetricData: list[Any]) -> None:  # noqa: N803
        for each in MetricData:
            if len(each["Dimensions"]) == 1:
                there = points.setdefault(each["MetricName"], {})
                there.setdefault(int(each["Timestamp"] // 60), []).append(each["Value"])

    environment = {"AWS_XRAY_DAEMON_ADDRESS": "a:1", "AGENT_PORTS": "{}", "POD_NAMESPACE": "xray"}
    environment |= {"CLUSTER_NAME": "shop", "NODE_NAME": "a-node"}
    one = Canary(environment, None, SimpleNamespace(put_metric_data=put_metric_data))

    def found() -> dict[str, float]:
        seen = traced(clock.now)
        if seen is None:
            raise OSError("away")
        clock.sleep(program.PATIENCE_SECONDS if seen.get("Lost") else 3)
        return seen

    monkeypatch.setattr(one, "_hindered", found)
    due = 1.0
    while clock.now < minutes * 60:
        due = program.turn(one, due)
    ringing: dict[str, list[int]] = {}
    for minute in range(3, minutes):
        for cause, row in CAUSES.items():
            count, of = "below" in row, points.get(row["metric"], {})
            values = [
                (float(len(of[each])) if count else max(of[each])) if each in of else None
                for each in range(minute + 1)
            ]
            if rings(cause, values):
                ringing.setdefault(cause, []).append(minute)
    return ringing


WELL: Final = {"Arrived": 1.0, "Seconds": 3.0}


def test_an_hour_of_rollouts_and_restarts_raises_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    def restless(now: float) -> dict[str, float] | None:
        minute, second = divmod(now, 60)
        if 300 <= now < 423:  # The node restarts (seen: 123 s).
            return None
        if minute % 7 == 0 and second < 40:  # The agent is rolled: no listener for a moment.
            return {"Unreachable": 1.0, "Arrived": 0.0}
        return {"Lost": 1.0, "Arrived": 0.0} if minute == 33 and second < 30 else WELL

    assert an_hour(monkeypatch, restless) == {}


@pytest.mark.parametrize("offset", [0, 17, 31, 44, 59])
@pytest.mark.parametrize("cause", CAUSES)
def test_each_alarm_rings_within_three_minutes(
    cause: str, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, metric = 600 + offset, CAUSES[cause]["metric"]

    def failing(now: float) -> dict[str, float] | None:
        if now < began:
            return WELL
        return None if cause == "silent" else {**WELL, metric: 99.0}

    (rung,) = an_hour(monkeypatch, failing, 16).items()
    late = 60 if cause == "silent" else 0  # Its third minute must be over.
    assert rung[0] == cause
    assert rung[1][0] * 60 <= began + 180 + late
