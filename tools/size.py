"""Counts what keeps the repository small enough to hold in your head: `make size`."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

DAEMON_FLAG: Final = ("extra_arguments", "extraArguments")
"""The setting that is most like a new flag of the daemon: it has no meaning for a collector."""

GENERATED: Final = ("Pulumi.yaml", "docs/", "package/schema.json", "tests/snapshots/")
"""Beginnings of the paths that `make rendered` writes, and of prose."""


@dataclass(frozen=True)
class Figure:
    """A row of the table."""

    what: str
    count: int
    limit: int


def figures() -> list[Figure]:
    """Returns the figures that need no test run."""
    python = _files("*.py")
    tests = [file for file in python if file.startswith("tests/")]
    program = [file for file in python if file not in tests]
    visible = {file.split("/")[0] for file in _files() if not file.startswith(".")}
    flag, places = files_naming(DAEMON_FLAG), max(map(len, default_places().values()))
    return [
        Figure("lines of Python, tests apart", sum(map(_lines, program)), 16_980),
        Figure("lines of tests", sum(map(_lines, tests)), 16_600),
        Figure("files that a new daemon flag touches by hand", len(flag), 5),
        Figure("places that state a default", places, 1),
        Figure("lines of __main__.py", _lines("__main__.py"), 115),
        Figure("entries at the top level", len(visible), 22),
        Figure("lines of the longest Python file", max(map(_lines, python)), 250),
    ]


def files_naming(words: Sequence[str]) -> list[str]:
    """Returns the Python files, written by hand, that name a setting."""
    return [
        file
        for file in _files("*.py")
        if not file.startswith(GENERATED) and file != "tools/size.py"
        if any(word in (ROOT / file).read_text() for word in words)
    ]


def default_places() -> dict[str, list[str]]:
    """Returns, for each input with a default, where its value is written: `file:line`."""
    places: dict[str, list[str]] = {}
    for file in _files("components/*.py", "settings/*.py", "__main__.py"):
        for name, line in _stated_defaults(ast.parse((ROOT / file).read_text())):
            places.setdefault(name, []).append(f"{file}:{line}")
    return places


def _stated_defaults(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Entries of `DEFAULTS`, constants `DEFAULT_…`, arguments of `.get`, literals in docstrings."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=ast.Name(id="DEFAULTS"), value=ast.Dict() as written):
                for key, value in zip(written.keys, written.values, strict=True):
                    if isinstance(key, ast.Constant) and _is_literal(value):
                        yield str(key.value), key.lineno
            case ast.AnnAssign(target=ast.Name(id=name)) if name.startswith("DEFAULT_"):
                yield name.removeprefix("DEFAULT_").lower(), node.lineno
            case ast.Call(
                func=ast.Attribute(attr="get"), args=[ast.Constant(value=key), value]
            ) if _is_literal(value):
                yield str(key), node.lineno
            case ast.ClassDef(body=body):
                for field, text in pairwise(body):
                    if isinstance(field, ast.AnnAssign) and "Default: `" in ast.unparse(text):
                        yield ast.unparse(field.target), field.lineno
            case _:
                pass


def _is_literal(value: ast.expr) -> bool:
    """Returns whether an expression states a value, rather than naming one or none."""
    return not isinstance(value, ast.Name) and ast.unparse(value) not in ("()", "[]", "{}")


def _files(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [file for file in listed.stdout.splitlines() if (ROOT / file).is_file()]


def _lines(file: str) -> int:
    return len((ROOT / file).read_text(encoding="utf-8").splitlines())


def _cases() -> int:
    """Returns how many cases `make test` has."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-n", "0"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    rows = (line.rpartition(": ")[2] for line in listed.stdout.splitlines())
    return sum(int(row) for row in rows if row.isdigit())


if __name__ == "__main__":
    for each in [*figures(), Figure("cases in make test", _cases(), 2_500)]:
        print(f"{each.what:46}{each.count:>8,} of at most {each.limit:>7,}")
