"""Stands in for GitHub's CLI: keeps issues in a file, and answers `gh api` as GitHub's API does."""

import json
import stat
import sys
from pathlib import Path
from typing import Any, Final

PROGRAM: Final = f"""#!/usr/bin/env bash
exec "{sys.executable}" "{__file__}" "$0" "$@"
"""


def install(folder: Path) -> Path:
    """Puts `gh` into a folder's `bin`; returns the file of its issues."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "gh"
    program.write_text(PROGRAM, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    issues = folder / "bin" / "issues.json"
    issues.write_text("[]", encoding="utf-8")
    return issues


def main(program: str, words: list[str]) -> None:
    """Carries out one call."""
    file = Path(program).with_name("issues.json")
    issues: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    command, *rest = words
    assert command == "api"
    method, query, silent, path, fields = "", "", False, "", dict[str, Any]()
    while rest:
        word = rest.pop(0)
        if word == "--silent":
            silent = True
        elif word in ("--raw-field", "--field"):
            key, _, value = rest.pop(0).partition("=")
            if word == "--field" and value.startswith("@"):
                value = Path(value[1:]).read_text(encoding="utf-8")
            if key.endswith("[]"):
                fields.setdefault(key[:-2], []).append(value)
            else:
                fields[key] = value
        elif word.startswith("--method"):
            method = word.partition("=")[2] or rest.pop(0)
        elif word == "--jq":
            query = rest.pop(0)
        else:
            path = word
    answer = _answer(issues, method or ("POST" if fields else "GET"), path, fields)
    file.write_text(json.dumps(issues), encoding="utf-8")
    if not silent:
        _print(answer, query)


def _answer(
    issues: list[dict[str, Any]], method: str, path: str, fields: dict[str, Any]
) -> list[dict[str, Any]]:
    path, _, parameters = path.removeprefix("repos/example/repository/").partition("?")
    if method == "GET":
        asked = dict(each.split("=") for each in parameters.split("&"))
        labels = set(asked["labels"].split(","))
        return [
            each
            for each in issues
            if each["state"] == asked["state"] and labels <= set(each["labels"])
        ]
    if method == "POST" and path == "issues":
        issues.append({"number": len(issues) + 1, "state": "open", "labels": [], **fields})
    elif method == "POST":
        _, number, _ = path.split("/")
        issues.append({"number": int(number), "state": "comment", "labels": [], **fields})
    else:
        _, number = path.split("/")
        (issue,) = [each for each in issues if each["number"] == int(number)]
        issue.update(fields)
    return []


def _print(answer: list[dict[str, Any]], query: str) -> None:
    numbers = [str(each["number"]) for each in answer]
    print("\n".join(numbers[:1] if query.startswith(".[0]") else numbers))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
