import math
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from tools.traces.pace import SLOWEST, Pace, RateEstimate


def estimate_after(allowed: int, seconds: float) -> RateEstimate:
    """Return what is estimated after calls at a steady rate, and then one that is refused."""
    estimate = RateEstimate()
    for number in range(int(allowed * seconds)):
        estimate.succeeded((number + 1) / allowed)
    estimate.refused(seconds)
    return estimate


def test_nothing_limits_the_rate_before_a_refusal() -> None:
    estimate = RateEstimate()
    estimate.succeeded(1.0)
    assert estimate.rate(2.0) == math.inf


@pytest.mark.parametrize("allowed", [5, 20, 100])
def test_after_a_refusal_the_rate_is_what_succeeded_in_the_last_second(allowed: int) -> None:
    assert estimate_after(allowed, 3.0).rate(3.0) == pytest.approx(allowed, abs=1)


def test_calls_that_are_refused_together_lower_the_rate_once() -> None:
    estimate = estimate_after(100, 3.0)
    for _ in range(32):
        estimate.refused(3.0)
    assert estimate.rate(3.0) == pytest.approx(100, abs=1)


def test_the_rate_grows_slowly_and_then_fast_until_the_next_refusal() -> None:
    estimate = estimate_after(20, 3.0)
    before, soon, later = (estimate.rate(3.0 + seconds) for seconds in (0.0, 0.5, 0.99))
    assert before < soon < before * 1.05
    assert before * 1.1 < later < before * 1.2


def test_successes_raise_a_rate_that_was_underrated() -> None:
    estimate = RateEstimate()
    for _ in range(3):
        estimate.succeeded(0.05)
    estimate.refused(0.05)
    for _ in range(17):
        estimate.succeeded(0.06)
    assert estimate.rate(0.06) == pytest.approx(20, abs=1)


def test_an_outage_is_probed_slowly_and_leaves_the_rate_as_it_was() -> None:
    estimate = estimate_after(20, 3.0)
    for tenth in range(100):
        estimate.refused(3.0 + tenth / 10)
    assert estimate.rate(13.0) == SLOWEST
    estimate.succeeded(13.0)
    estimate.refused(13.1)
    assert estimate.rate(13.1) == pytest.approx(20, abs=1)


def test_an_outage_from_the_start_is_probed_slowly_and_limits_nothing_afterwards() -> None:
    estimate = RateEstimate()
    estimate.refused(0.0)
    assert estimate.rate(0.0) == SLOWEST
    estimate.succeeded(1.0)
    assert estimate.rate(1.0) == math.inf


def test_callers_in_many_threads_keep_the_pace_together() -> None:
    pace = Pace()
    for _ in range(50):
        pace.succeeded()
    pace.refused()
    start = time.monotonic()
    with ThreadPoolExecutor(8) as executor:
        for _ in range(25):
            executor.submit(pace.wait)
    assert time.monotonic() - start > 0.35


def test_who_waits_is_cancelled_when_no_call_is_to_be_made_any_more() -> None:
    pace = Pace()
    pace.refused()
    pace.wait()
    threading.Timer(0.1, pace.close).start()
    with pytest.raises(CancelledError):
        pace.wait()
    with pytest.raises(CancelledError):
        pace.wait()
