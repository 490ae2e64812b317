"""The policy pack in a real engine: `pulumi preview --policy-pack policy`."""

import json
from pathlib import Path

import pytest

from tests.e2e.engine.previews import PACK, PULUMI, preview, program
from tests.policy.bad_programs import BAD_PROGRAMS, GOOD, PRELUDE
from tests.support.pulumi_cli import copy_of_ours

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(PULUMI is None, reason="pulumi is not on PATH"),
    pytest.mark.skipif(
        not (PACK / ".venv").exists(), reason="policy/.venv is not there; make test-engine makes it"
    ),
]


@pytest.mark.parametrize(
    ("stack", "configuration"),
    [("dev", None), ("collector", None), ("prod", None), ("article", "article.json")],
)
def test_a_stack_of_ours_passes(stack: str, configuration: str | None, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    file = None if configuration is None else PACK / "configuration" / configuration
    previewed = preview(
        copy_of_ours(tmp_path / "ours"), tmp_path / "state", stack, configuration=file
    )
    assert previewed.violations == []
    assert previewed.succeeded, previewed.output
    assert "Policies:" in previewed.output


def test_a_good_program_passes(tmp_path: Path) -> None:
    previewed = preview(program(PRELUDE + GOOD, tmp_path), tmp_path / "state", "test")
    assert previewed.violations == []
    assert previewed.succeeded, previewed.output


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_bad_program_is_stopped(name: str, tmp_path: Path) -> None:
    bad = BAD_PROGRAMS[name]
    previewed = preview(program(PRELUDE + bad.source, tmp_path), tmp_path / "state", "test")
    found = [(each.rule, each.level) for each in previewed.violations]
    assert found == [(bad.rule, "mandatory")], previewed.output
    assert bad.says in previewed.output
    assert not previewed.succeeded


def test_an_advisory_rule_tells_and_does_not_stop(tmp_path: Path) -> None:
    bad = BAD_PROGRAMS["no-tag"]
    configuration = tmp_path / "policy.json"
    configuration.write_text(json.dumps({bad.rule: "advisory"}), encoding="utf-8")
    project = program(PRELUDE + bad.source, tmp_path)
    previewed = preview(project, tmp_path / "state", "test", configuration=configuration)
    assert [(each.rule, each.level) for each in previewed.violations] == [(bad.rule, "advisory")]
    assert bad.says in previewed.output
    assert previewed.succeeded, previewed.output


def test_a_setting_that_is_not_of_its_type_is_refused(tmp_path: Path) -> None:
    configuration = tmp_path / "policy.json"
    configuration.write_text('{"no-host-ports": {"allowed": ["2000"]}}', encoding="utf-8")
    project = program(PRELUDE + GOOD, tmp_path)
    previewed = preview(project, tmp_path / "state", "test", configuration=configuration)
    assert not previewed.succeeded
    assert "no-host-ports: allowed.0" in previewed.output


def test_the_name_of_a_stack_makes_it_production(tmp_path: Path) -> None:
    source = 'aws.eks.Cluster("shop", role_arn=ROLE, vpc_config=NETWORK, tags=TAGS)'
    project = program(PRELUDE + source, tmp_path)
    assert preview(project, tmp_path / "state", "test").violations == []
    (project / "Pulumi.prod.yaml").write_bytes((project / "Pulumi.test.yaml").read_bytes())
    stopped = preview(project, tmp_path / "state-of-prod", "prod")
    assert [each.rule for each in stopped.violations] == ["eks-endpoint-in-production"]
