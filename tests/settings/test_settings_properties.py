from typing import Final

from hypothesis import given, settings

from settings import SettingsError, read_settings
from settings.problems import Problem, named
from tests.settings.configurations import DRAFTS, Draft, conflicting, texts

CONFIGURATIONS: Final = 10_000
"""How many configurations are tried at least."""


def test_a_configuration_is_accepted_or_all_that_is_wrong_in_it_is_named() -> None:
    tried = 0

    # One draft gives several configurations: to draw one costs more than to read ten.
    @settings(max_examples=CONFIGURATIONS // 4, deadline=None, database=None)
    @given(DRAFTS)
    def try_configurations(draft: Draft) -> None:
        nonlocal tried
        for each in (draft, *draft.without_one()):
            _check(each)
            tried += 1

    try_configurations()

    assert tried >= CONFIGURATIONS


def _check(draft: Draft) -> None:
    problems = _problems(draft)
    blamed = {problem.key for problem in problems}
    assert draft.wrong_places <= blamed
    settings_blamed = {key.partition("[")[0] for key in blamed - draft.wrong_places}
    assert settings_blamed == conflicting(draft.right, draft.wrong)
    assert all(problem.sentence.startswith(f"{named(problem.key)} is ") for problem in problems)


def _problems(draft: Draft) -> tuple[Problem, ...]:
    try:
        read_settings(texts(draft.right | draft.wrong))
    except SettingsError as refused:
        return refused.problems
    return ()
