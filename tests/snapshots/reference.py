"""Writes what is derived from settings and components: Pulumi.yaml's settings, two references."""

import ast
import inspect
import json
import re
import sys
import textwrap
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

import yaml

from components.inputs import Inputs
from components.package import PACKAGE
from settings.inputs import COMPONENTS, SETTINGS, key_of
from tests.support.program import ROOT
from tools.verify.causes import TABLE, said_of
from tools.verify.evidence import Evidence

NOTE: Final = "Made by `make rendered`; don't edit it.\n"

SECTIONS: Final[Mapping[str, str]] = {
    "region": "Cluster",
    "namespace": "Access to X-Ray",
    "agent": "Agent and its image",
    "collector_exporter": "Collector and Transaction Search",
    "sampling_rules": "X-Ray",
    "sample_services": "Sample services",
    "trace_canary": "Canary",
    "tags": "Tags",
}
"""The headings of the settings, by the name of the first one below each."""

PLAIN: Final[Mapping[type, str]] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    # The CLI knows no fractions (Pulumi, project.json): a text is read as JSON too.
    float: "string",
    Sequence: "array",
}
"""Types in Pulumi.yaml; all others are objects."""

CONFIG: Final = """
# Made by `make rendered` from settings/model.py. The CLI wants a value for every key that is
# declared: an empty text or object stands for a setting that is not set.
config:
"""


def pulumi_yaml() -> str:
    """Returns Pulumi.yaml with the settings that there are."""
    project = re.split(r"\n(?:#[^\n]*\n)*config:\n", (ROOT / "Pulumi.yaml").read_text())[0]
    declared = {key_of(name): _declaration(name) for name in _names() if name != "region"}
    block = yaml.safe_dump(declared, sort_keys=False, width=10_000, allow_unicode=True)
    return project + CONFIG + textwrap.indent(block, "  ")


def configuration() -> str:
    """Returns docs/configuration.md: below its text, all settings, and all parts of objects."""
    lines = [(ROOT / "docs/configuration.md").read_text("utf-8").partition("\n\n## ")[0]]
    for name in _names():
        if name in SECTIONS:
            lines += [f"\n## {SECTIONS[name]}\n", *_table([], "key", "kind", "default", "meaning")]
        lines.append(_row(SETTINGS, name))
    for name in ("platform", "sampling_rules", "trace_groups", "tail_sampling"):
        inside: Inputs[Any] = SETTINGS.constraints[name].inside
        rows = [_row(inside, part) for part in inside.kind.__annotations__]
        lines += [f"\n## Parts of `{key_of(name)}`\n"]
        lines += _table(rows, "key", "kind", "default", "meaning")
    return "\n".join(lines) + "\n"


def components() -> str:
    """Returns docs/components.md: inputs and outputs of every component, and their types."""
    schema: dict[str, Any] = json.loads((ROOT / "package/schema.json").read_text())
    lines = [f"# Components\n\n{NOTE}"]
    lines.append(
        "Inputs and outputs by their names in YAML and TypeScript; in Python they are in "
        "snake_case: `hostPort` is `host_port`."
    )
    for token, each in schema["resources"].items():
        described, _, errors = _with_keys(each["description"]).partition("Raises:")
        lines += [f"\n## {_short(token)}\n", described.rstrip()]
        if errors:
            lines.append(f"\nErrors: {_line(errors).removeprefix('pulumi.RunError: ')}")
        uses = ", ".join(_examples(_short(token)))
        lines += [f"\nExamples: {uses}", "\nInputs:\n"]
        lines += [*_described(each["inputProperties"], each.get("requiredInputs", []))]
        lines += ["\nOutputs:\n", *_described(each["properties"], [])]
    for token, each in schema["types"].items():
        lines.append(f"\n## {_short(token)}\n\n{each['description']}\n")
        if "enum" in each:
            values = [f"| `{one['value']}` | {_line(one['description'])} |" for one in each["enum"]]
            lines += _table(values, "value", "meaning")
        else:
            lines += _described(each["properties"], each.get("required", []))
    return "\n".join(lines) + "\n"


def causes() -> str:
    """Returns docs/troubleshooting.md with the sentences of `make verify` as they are now."""
    before, _, rest = (ROOT / "docs/troubleshooting.md").read_text().partition("\n| What is wrong")
    said = dict.fromkeys(said_of(each).strip() for each in TABLE["causes"])
    said = [each.replace("{seen.log_lines}", Evidence.log_lines) for each in said]
    named = [re.sub(r"\{seen\.(?:\w+\.)*(\w+)\}", r"`<\1>`", each) for each in said]
    named = [re.sub("<(not_run|error|port_is_closed)>", "<reason>", each) for each in named]
    pairs = [each.split(": ", 1) for each in named]
    rows = [f"| {' | '.join(part[0].upper() + part[1:] for part in pair)} |" for pair in pairs]
    table = _table(rows, "What is wrong", "What helps")
    return "\n".join([before, *table, "", rest.partition("\n\n")[2]])


FILES: Final[Mapping[Path, Callable[[], str]]] = {
    ROOT / "Pulumi.yaml": pulumi_yaml,
    ROOT / "docs/configuration.md": configuration,
    ROOT / "docs/components.md": components,
    ROOT / "docs/troubleshooting.md": causes,
}


def _examples(component: str) -> Iterator[str]:
    """Yields links to the examples that use a component."""
    for program in sorted(ROOT.glob("examples/*/[_iP]*.[pty]*")):
        if re.search(rf"\b{component}\(|:{component}\b", program.read_text()):
            yield f"[{program.parent.name}](../examples/{program.parent.name}/README.md)"


def meanings(kind: type) -> dict[str, str]:
    """Returns the docstrings of a class's attributes, each on one line."""
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    module = vars(sys.modules[kind.__module__])
    bases = [ast.unparse(each) for each in cast(ast.ClassDef, written).bases]
    shared = [meanings(module[each]) for each in bases if each.endswith("Args")]
    return dict(ChainMap(*shared)) | {
        ast.unparse(field.target): _line(after.value.value)
        for field, after in pairwise(cast(ast.ClassDef, written).body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


@cache
def _meanings_of_settings() -> dict[str, str]:
    """Returns what each setting means: in its own words, else in those of the component's input."""
    kinds = (*(each.kind for each in COMPONENTS), SETTINGS.kind)
    known = {name: text for kind in kinds for name, text in meanings(kind).items()}
    return {name: text.removesuffix(" Default: none.") for name, text in known.items()}


def _names() -> list[str]:
    return list(SETTINGS.kind.__annotations__)


def _declaration(name: str) -> dict[str, Any]:
    hint = get_type_hints(SETTINGS.kind)[name]
    kind = _pulumi_type(hint)
    meaning = _with_keys(_meanings_of_settings()[name]).removesuffix(".").replace("`", "")
    is_text = name in SETTINGS.constraints and kind == "string"
    must_be = "" if is_text or kind in ("boolean", "object") else f" ({SETTINGS.must_be(name)})"
    items = {"items": {"type": _pulumi_type(*get_args(hint))}} if kind == "array" else {}
    default = SETTINGS.default(name)
    if default is None:
        default = {} if kind == "object" else ""
    plain = json.loads(json.dumps(default))
    declared = f"{plain:g}" if isinstance(plain, float) else plain
    return {"type": kind, "description": f"{meaning}{must_be}", **items, "default": declared}


def _pulumi_type(hint: Any) -> str:
    plain = next((each for each in get_args(hint) if type(None) in get_args(hint)), hint)
    kind = get_origin(plain) or plain
    return "string" if issubclass(kind, Enum) else PLAIN.get(kind, "object")


def _row(inputs: Inputs[Any], name: str) -> str:
    """Returns the row of a setting, or of a part of one."""
    default = inputs.default(name)
    known = _meanings_of_settings() if inputs is SETTINGS else meanings(inputs.kind)
    meaning, _, stated = _with_keys(known[name]).partition(" Default: ")
    said = f"`{json.dumps(default)}`" if default is not None else stated.rstrip(".") or "not set"
    said = "required" if inputs.required(name) else said
    return f"| `{key_of(name)}` | {_cell(inputs.must_be(name))} | {said} | {_cell(meaning)} |"


def _described(properties: Mapping[str, Any], required: Sequence[str]) -> Iterator[str]:
    """Yields the table of inputs, of outputs, or of the parts of an object."""
    rows = [
        f"| `{name}`{' (required)' if name in required else ''} | {_type(each)} "
        f"| {_cell(_with_keys(_line(each.get('description', ''))))} |"
        for name, each in properties.items()
    ]
    yield from _table(rows, "name", "type", "meaning")


def _type(described: Mapping[str, Any]) -> str:
    if "$ref" in described:
        name = _short(described["$ref"])
        return f"[{name}](#{name.lower()})" if PACKAGE in described["$ref"] else name
    if described["type"] == "array":
        return f"array of {_type(described['items'])}"
    inside = described.get("additionalProperties")
    return f"object of {_type(inside)}" if inside else described["type"]


def _table(rows: Sequence[str], *columns: str) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from rows


def _with_keys(text: str) -> str:
    """Spells settings as keys where a docstring names them."""
    return re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda found: f"`{key_of(found[1])}`", text)


def _short(token: str) -> str:
    return token.rpartition(":")[-1]


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    for file, made in FILES.items():
        file.write_text(made(), encoding="utf-8")
