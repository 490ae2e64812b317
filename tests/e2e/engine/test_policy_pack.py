"""The policy pack in a real engine: `pulumi preview --policy-pack`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from pulumi.automation import CommandError, EngineEvent, PolicyEvent, Stack

from tests.e2e.engine.stacks import MARKS, Providers, RunningStack, new_stack, plugin, project
from tests.policy.bad_programs import BAD_PROGRAMS, GOOD, PRELUDE
from tests.support.program import ROOT

PACK: Final = ROOT / "policy"

pytestmark = [
    *MARKS,
    pytest.mark.skipif(
        not (PACK / ".venv").exists(), reason="policy/.venv is not there; make test-engine makes it"
    ),
]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as a plug-in: from its folder, only a language host could start it."""
    python = PACK / ".venv/bin/python"
    return plugin(tmp_path_factory.mktemp("pack") / "pack", str(python), str(PACK))


@dataclass(frozen=True)
class Preview:
    """What came of one preview, and what policies found."""

    succeeded: bool
    output: str
    violations: list[PolicyEvent]


def preview(stack: Stack, pack: Path, *, configuration: Path | None = None) -> Preview:
    """Previews a stack under a policy pack; without a configuration, the pack's defaults hold."""
    events: list[EngineEvent] = []
    configurations = None if configuration is None else [str(configuration)]
    try:
        output = stack.preview(
            on_event=events.append, policy_packs=[str(pack)], policy_pack_configs=configurations
        ).stdout
        succeeded = True
    except CommandError as failed:
        output, succeeded = str(failed), False
    return Preview(succeeded, output, [each.policy_event for each in events if each.policy_event])


def _program(source: str, folder: Path, providers: Providers, name: str = "test") -> Stack:
    """Returns a stack of a program of one file, which needs no account and no cluster."""
    main = project(folder, name) / "__main__.py"
    main.write_text(PRELUDE + source, encoding="utf-8")
    return new_stack(folder, name, main, providers.environment)


@pytest.mark.parametrize(
    ("stack", "configuration"),
    [("dev", None), ("collector", None), ("prod", None), ("article", "article.json")],
)
def test_a_stack_of_ours_passes(
    stack: str, configuration: str | None, pack: Path, providers: Providers, tmp_path: Path
) -> None:
    file = None if configuration is None else PACK / "configuration" / configuration
    running = RunningStack(tmp_path, providers, stack)
    previewed = preview(running.stack, pack, configuration=file)
    assert previewed.violations == []
    assert previewed.succeeded, previewed.output
    assert "Policies:" in previewed.output


def test_a_good_program_passes(pack: Path, providers: Providers, tmp_path: Path) -> None:
    previewed = preview(_program(GOOD, tmp_path, providers), pack)
    assert previewed.violations == []
    assert previewed.succeeded, previewed.output


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_bad_program_is_stopped(
    name: str, pack: Path, providers: Providers, tmp_path: Path
) -> None:
    bad = BAD_PROGRAMS[name]
    previewed = preview(_program(bad.source, tmp_path, providers), pack)
    found = [(each.policy_name, each.enforcement_level) for each in previewed.violations]
    assert found == [(bad.rule, "mandatory")], previewed.output
    assert bad.says in previewed.output
    assert not previewed.succeeded


def test_an_advisory_rule_tells_and_does_not_stop(
    pack: Path, providers: Providers, tmp_path: Path
) -> None:
    bad = BAD_PROGRAMS["no-tag"]
    configuration = tmp_path / "policy.json"
    configuration.write_text(json.dumps({bad.rule: "advisory"}), encoding="utf-8")
    stack = _program(bad.source, tmp_path, providers)
    previewed = preview(stack, pack, configuration=configuration)
    assert [(each.policy_name, each.enforcement_level) for each in previewed.violations] == [
        (bad.rule, "advisory")
    ]
    assert bad.says in previewed.output
    assert previewed.succeeded, previewed.output


def test_a_setting_that_is_not_of_its_type_is_refused(
    pack: Path, providers: Providers, tmp_path: Path
) -> None:
    configuration = tmp_path / "policy.json"
    configuration.write_text('{"no-host-ports": {"allowed": ["2000"]}}', encoding="utf-8")
    stack = _program(GOOD, tmp_path, providers)
    previewed = preview(stack, pack, configuration=configuration)
    assert not previewed.succeeded
    assert "no-host-ports: allowed.0" in previewed.output


def test_the_name_of_a_stack_makes_it_production(
    pack: Path, providers: Providers, tmp_path: Path
) -> None:
    source = 'aws.eks.Cluster("shop", role_arn=ROLE, vpc_config=NETWORK, tags=TAGS)'
    for name, stopped in (("test", []), ("prod", ["eks-endpoint-in-production"])):
        folder = tmp_path / name
        folder.mkdir()
        previewed = preview(_program(source, folder, providers, name), pack)
        assert [each.policy_name for each in previewed.violations] == stopped
