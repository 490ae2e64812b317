from collections.abc import Callable

import pytest

from tools.bench.performance.services import beside_base, by_number, cycle, row


def relative(seconds: Callable[[int], float]) -> dict[int, float]:
    return beside_base({number: seconds(number) for number in (0, 1, 10, 100)})


def test_services_that_cost_the_same_each_are_flat_whatever_none_of_them_takes() -> None:
    assert relative(lambda number: 7 + 0.002 * number) == pytest.approx({1: 1, 10: 1, 100: 1})


def test_services_that_cost_more_the_more_there_are_miss_the_goal() -> None:
    missed = row(relative(lambda number: 7 + 0.001 * number * number))

    assert (missed.figure, missed.holds) == ("10.00 ×", False)


def test_small_numbers_are_evaluated_more_often() -> None:
    numbers = cycle((0, 1, 30, 100))

    assert {each: numbers.count(each) for each in numbers} == {0: 10, 1: 10, 30: 3, 100: 1}


def test_times_of_one_cycle_are_averaged_and_cycles_kept_apart() -> None:
    found = by_number([10, 10, 100], [1, 3, 20, 5, 7, 40])

    assert found == {10: [2, 6], 100: [20, 40]}
