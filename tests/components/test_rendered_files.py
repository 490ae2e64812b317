from pathlib import Path

import pytest

from tests.snapshots.rendered.__main__ import FOLDER, STACKS, rendered_files, write


@pytest.mark.parametrize("stack", STACKS)
def test_the_rendered_files_show_what_the_program_declares(stack: str) -> None:
    assert _differences(stack, FOLDER) == []


def test_only_stacks_are_rendered() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.name[0] not in "_.") == [*STACKS]


def test_a_changed_a_missing_and_a_stale_file_are_found_and_renewed(tmp_path: Path) -> None:
    write(tmp_path)
    changed, missing, *_ = sorted((tmp_path / "dev").iterdir())
    changed.write_text("kind: DaemonSet\n")
    missing.unlink()
    (tmp_path / "dev" / "stale.yaml").touch()

    assert _differences("dev", tmp_path) == [
        f"tests/snapshots/rendered/dev/{name} is out of date: run `make rendered` and look at the change."
        for name in (changed.name, missing.name, "stale.yaml")
    ]

    write(tmp_path)
    assert _differences("dev", tmp_path) == []


def _differences(stack: str, folder: Path) -> list[str]:
    there = {path.name: path.read_text("utf-8") for path in (folder / stack).iterdir()}
    wanted = rendered_files(stack)
    return [
        f"tests/snapshots/rendered/{stack}/{name} is out of date: run `make rendered` and look at the change."
        for name in sorted(there.keys() | wanted.keys())
        if there.get(name) != wanted.get(name)
    ]
