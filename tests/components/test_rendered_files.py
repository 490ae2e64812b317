"""The rendered files, by which a review sees a change of what the stacks declare."""

from pathlib import Path

import pytest

from tests.snapshots.rendered.__main__ import FOLDER, STACKS, rendered_files, write


@pytest.mark.parametrize("stack", STACKS)
def test_rendered_files_show_what_is_declared(stack: str) -> None:
    assert _differences(stack, FOLDER) == [], "run `make rendered` and look at the change."


def test_only_stacks_are_rendered() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.name[0] not in "_.") == [*STACKS]


def test_changed_missing_and_stale_files_are_renewed(tmp_path: Path) -> None:
    write(tmp_path)
    changed, missing, *_ = sorted((tmp_path / "dev").iterdir())
    changed.write_text("kind: DaemonSet\n")
    missing.unlink()
    (tmp_path / "dev" / "stale.yaml").touch()
    assert _differences("dev", tmp_path) == [changed.name, missing.name, "stale.yaml"]

    write(tmp_path)
    assert _differences("dev", tmp_path) == []


def _differences(stack: str, folder: Path) -> list[str]:
    """Returns the names of the files that are not what they would be now."""
    there = {path.name: path.read_text("utf-8") for path in (folder / stack).iterdir()}
    wanted = rendered_files(stack)
    names = sorted(there.keys() | wanted.keys())
    return [name for name in names if there.get(name) != wanted.get(name)]
