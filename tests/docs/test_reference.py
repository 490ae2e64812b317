from pathlib import Path

import pytest

from tests.snapshots.reference import FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_reference_is_what_make_rendered_writes(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == FILES[file]()
