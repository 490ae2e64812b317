"""What keeps the code small is held, where that takes no test run."""

import pytest

from tools.size import Figure, default_places, figures


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.what)
def test_the_repository_keeps_its_size(figure: Figure) -> None:
    assert figure.count <= figure.limit


def test_no_default_is_stated_twice() -> None:
    assert {name: where for name, where in default_places().items() if len(where) > 1} == {}
