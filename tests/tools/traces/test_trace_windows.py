import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tools.traces.windows import split_window

END = datetime(2024, 5, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def length(window: tuple[datetime, datetime]) -> timedelta:
    return window[1] - window[0]


@pytest.mark.parametrize("hours", [6, 20, 24, 30 * 24])
@pytest.mark.parametrize("parts", [1, 4])
def test_a_long_window_is_split_without_gaps_the_newest_first(hours: int, parts: int) -> None:
    start = END - timedelta(hours=hours)
    windows = split_window(start, END, parts)
    assert all(length(each) <= timedelta(hours=6) for each in windows)
    assert windows[-1][0] < start
    assert windows[0][1] > END
    for newer, older in itertools.pairwise(windows):
        assert older[1] - newer[0] == MINUTE


def test_a_window_is_split_into_as_many_as_are_listed_side_by_side() -> None:
    assert len(split_window(END - timedelta(hours=1), END, parts=4)) == 4


def test_a_short_window_is_not_split() -> None:
    assert len(split_window(END - 9 * MINUTE, END, parts=4)) == 1


def test_a_window_is_in_whole_seconds_of_utc() -> None:
    start = (END - 5 * MINUTE).astimezone()
    [(first, last)] = split_window(start, END.replace(microsecond=700_000))
    assert first == END - 5 * MINUTE - timedelta(seconds=1)
    assert last == END + timedelta(seconds=2)
    assert first.tzinfo is UTC


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before its end"):
        split_window(END, END - MINUTE)
