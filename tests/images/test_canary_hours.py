"""Hours of a canary in no time: which alarms ring, and how soon."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

import pytest
from sample_service import canary as program
from sample_service.canary import Canary

from components.canary.alarms import CAUSES
from tests.support.alarms import in_alarm, rings


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


Found = dict[str, float]
Restarts = Sequence[tuple[float, float]]


def an_hour(
    monkeypatch: pytest.MonkeyPatch,
    traced: Callable[[float], Found | None],
    minutes: int = 60,
    restarts: Sequence[Restarts] = ((),),
) -> dict[str, list[int]]:
    """Returns the minutes at whose end alarms ring, by their causes.

    Args:
        monkeypatch: Puts a clock in the program's place.
        traced: What a round at a time finds; None for one that does not come about.
        minutes: How many there are.
        restarts: For each node, from when until when it has no canary.
    """
    points = dict[str, dict[int, list[float]]]()
    for node, times in enumerate(restarts):
        live(monkeypatch, f"node-{node}", traced, times, minutes * 60, points)
    ringing: dict[str, list[int]] = {}
    for minute in range(3, minutes):
        for cause, row in CAUSES.items():
            count, of = "below" in row, points.get(row["metric"], {})
            values = [
                (float(len(of[each])) if count else max(of[each])) if each in of else None
                for each in range(minute + 1)
            ]
            if rings(cause, values, canary_nodes=len(restarts)):
                ringing.setdefault(cause, []).append(minute)
    return ringing


def canary_of(node: str, put_metric_data: Callable[..., None]) -> Canary:
    environment = {"AWS_XRAY_DAEMON_ADDRESS": "a:1", "AGENT_PORTS": "{}", "POD_NAMESPACE": "xray"}
    environment |= {"CLUSTER_NAME": "shop", "NODE_NAME": node}
    return Canary(environment, None, SimpleNamespace(put_metric_data=put_metric_data))


def live(
    monkeypatch: pytest.MonkeyPatch,
    node: str,
    traced: Callable[[float], Found | None],
    restarts: Restarts,
    until: float,
    points: dict[str, dict[int, list[float]]],
) -> None:
    """Lets a node's canary go round, and adds to what is in CloudWatch, by metrics and minutes."""
    clock, ahead = Clock(), [*restarts]
    fake = SimpleNamespace(time=lambda: clock.now, monotonic=lambda: clock.now, sleep=clock.sleep)
    monkeypatch.setattr(program, "time", fake)

    def put_metric_data(*, Namespace: str, MetricData: list[Any]) -> None:  # noqa: N803
        for each in MetricData:
            if len(each["Dimensions"]) == 1:
                there = points.setdefault(each["MetricName"], {})
                there.setdefault(int(each["Timestamp"] // 60), []).append(each["Value"])

    one = canary_of(node, put_metric_data)

    def found() -> Found:
        seen = traced(clock.now)
        if seen is None:
            raise OSError("away")
        clock.sleep(program.PATIENCE_SECONDS if seen.get("Lost") else 3)
        return seen

    monkeypatch.setattr(one, "_hindered", found)
    due: float = program.FIRST_SECONDS
    while clock.now < until:
        if ahead and due >= ahead[0][0]:
            clock.now = ahead.pop(0)[1]
            due = clock.now + program.FIRST_SECONDS
        due = program.turn(one, due)


WELL: Final[Found] = {"Arrived": 1.0, "Seconds": 3.0}


def test_an_hour_of_rollouts_of_the_agent_raises_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    def restless(now: float) -> Found:
        minute, second = divmod(now, 60)
        if minute % 7 == 0 and second < 40:  # No listener for a moment.
            return {"Unreachable": 1.0, "Arrived": 0.0}
        return {"Lost": 1.0, "Arrived": 0.0} if minute == 33 and second < 30 else WELL

    assert an_hour(monkeypatch, restless) == {}


def test_refusals_that_take_turns_count_as_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector whose SDK has no credentials now, and takes too long over them then."""
    one = canary_of("node", lambda **_: None)
    refusals, rounds = iter(("NoWayOut", "Denied", "NoWayOut", "", "Denied")), list[set[str]]()
    monkeypatch.setattr(one, "_hindered", dict)
    monkeypatch.setattr(one, "_send_segment", str)
    monkeypatch.setattr(one, "_refusal", lambda: next(refusals))
    monkeypatch.setattr(one, "_await", lambda _: {"": 3.0})
    for _ in range(5):
        one.round()
        rounds.append({cause for cause in program.CAUSES if one.said[cause]})
    both = {"NoWayOut", "Denied"}
    assert rounds == [{"NoWayOut"}, both, both, set(), {"Denied"}]


def test_rollouts_of_the_canary_raise_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """One node after the other, each of which is to say something every minute."""
    restarts = [
        [(e * 23.0 + turn, e * 23.0 + turn + 20) for turn in (600, 2100)] for e in range(60)
    ]
    assert an_hour(monkeypatch, lambda _: WELL, restarts=restarts) == {}


@pytest.mark.parametrize("offset", [0, 17, 31, 44, 59])
@pytest.mark.parametrize("cause", CAUSES)
def test_each_alarm_rings_within_three_minutes(
    cause: str, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, metric = 600 + offset, CAUSES[cause]["metric"]

    def failing(now: float) -> Found | None:
        if now < began:
            return WELL
        return None if cause == "silent" else {**WELL, metric: 99.0}

    (rung,) = an_hour(monkeypatch, failing, 16).items()
    assert rung[0] == cause
    assert (rung[1][0] + 1) * 60 <= began + 180


# The tables of CloudWatch's user guide, alarms-and-missing-data, for three of three data points.
@pytest.mark.parametrize(
    ("points", "breaching", "not_breaching"),
    [
        ("0-X-X", False, False),
        ("0----", False, False),
        ("-----", True, False),
        ("0XX-X", True, True),
        ("----X", True, False),
        ("X----", True, False),
    ],
)
def test_data_that_is_missing_counts_as_cloudwatch_counts_it(
    points: str, breaching: bool, not_breaching: bool
) -> None:
    wrong = [{"0": False, "X": True, "-": None}[each] for each in points]
    assert (in_alarm(wrong, 3, True), in_alarm(wrong, 3, False)) == (breaching, not_breaching)
