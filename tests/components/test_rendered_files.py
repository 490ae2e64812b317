"""The rendered files, by which a review sees a change of what the stacks declare."""

import pytest

from tests.snapshots.rendered.__main__ import FOLDER, STACKS, rendered_files


@pytest.mark.parametrize("stack", STACKS)
def test_rendered_files_show_what_is_declared(stack: str) -> None:
    there = {path.name: path.read_text("utf-8") for path in (FOLDER / stack).iterdir()}
    wanted = rendered_files(stack)
    names = sorted(there.keys() | wanted.keys())
    differing = [name for name in names if there.get(name) != wanted.get(name)]
    assert differing == [], "run `make rendered` and look at the change."


def test_only_stacks_are_rendered() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.name[0] not in "_.") == [*STACKS]
