import os
from pathlib import Path

import pytest

from tools.bench.performance.modes import EMPTY, EXISTING, NEW
from tools.bench.performance.preview import (
    IN_SHORT,
    NO_CLI,
    PROVIDERS,
    Previews,
    first_error,
    measure_preview,
    rows,
)
from tools.bench.performance.row import Conditions

SAID = """Previewing update (dev):
    pulumi:pulumi:Stack shop-dev  warning: using pulumi-language-python from $PATH
    pulumi:providers:aws default_7_51_1  error: no resource plugin 'pulumi-resource-aws' found
@ previewing update........
    pulumi:providers:aws default_7_51_1  1 error
Diagnostics:
  pulumi:providers:aws (default_7_51_1):
    error: no resource plugin 'pulumi-resource-aws' found

Resources:
    + 1 to create
    1 errored
"""

SECONDS = {
    EMPTY: [2.0, 1.0],
    EXISTING: [1.4, 3.0],
    NEW: [4.0, 3.5],
    PROVIDERS[EXISTING]: [1.2, 1.2],
    PROVIDERS[NEW]: [1.3, 1.5],
}


def fake_pulumi(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a program on PATH that is called as the CLI is."""
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_without_a_cli_the_rows_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    found = measure_preview(Conditions()).rows

    assert [(row.figure, row.holds) for row in found] == [(NO_CLI, None)] * 2


def test_in_short_no_preview_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pulumi(tmp_path, f"touch {tmp_path}/called", monkeypatch)

    found = measure_preview(Conditions(short=True)).rows

    assert [(row.figure, row.holds) for row in found] == [(IN_SHORT, None)] * 2
    assert not (tmp_path / "called").exists()


def test_previews_are_compared_by_their_least_times() -> None:
    found = [(row.figure, row.goal, row.holds) for row in rows(Previews(SECONDS))]

    assert found == [
        ("1.40 ×", "≤ 1.5 ×", True),
        ("1.20 ×", "", None),
        ("3.50 ×", "≤ 3 ×", False),
        ("1.30 ×", "", None),
    ]


def test_a_failed_preview_is_told_in_its_row_alone() -> None:
    found = rows(Previews(SECONDS, {NEW: "failed: no credentials"}))

    assert [(row.figure, row.holds) for row in found] == [
        ("1.40 ×", True),
        ("1.20 ×", None),
        ("failed: no credentials", None),
        ("1.30 ×", None),
    ]


def test_what_the_cli_says_of_a_failed_preview_is_in_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'case "$*" in *preview*) echo "error: no provider of aws" >&2; exit 255;; esac'
    fake_pulumi(tmp_path, script, monkeypatch)

    found = measure_preview(Conditions()).rows

    assert {row.figure for row in found} == {"failed: no provider of aws"}
    assert {row.holds for row in found} == {None}


def test_a_cli_that_fails_is_told_by_its_first_error() -> None:
    assert first_error(SAID) == "no resource plugin 'pulumi-resource-aws' found"


@pytest.mark.parametrize(("said", "told"), [("", "it said nothing"), ("\nkilled\n", "killed")])
def test_a_cli_that_names_no_error_is_told_by_its_last_line(said: str, told: str) -> None:
    assert first_error(said) == told
