"""What docs/environments.md tells a reader to do works."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
import yaml

from settings import read_settings
from tests.components.test_policy_linters import findings_of_cfn_lint, findings_of_parliament
from tests.support.program import ROOT, configured, variant

TEXT: Final = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
TRUST, RIGHTS = (json.loads(each) for each in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))

ROLE: Final = "aws:iam/role:Role"
POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def statement(name: str) -> dict[str, Any]:
    (found,) = [each for each in RIGHTS["Statement"] if each["Sid"] == name]
    return found


def is_among(arn: str, patterns: str | list[str]) -> bool:
    every = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(arn, each) for each in every)


@pytest.mark.slow
def test_its_policies_have_no_mistake() -> None:
    assert findings_of_cfn_lint([(ROLE, TRUST), (POLICY, RIGHTS)]) == []
    assert findings_of_parliament(RIGHTS) == []


def test_only_one_environment_of_one_repository_has_the_role() -> None:
    (trusting,) = TRUST["Statement"]
    issuer = trusting["Principal"]["Federated"].partition("oidc-provider/")[2]
    (operator,) = trusting["Condition"]
    assert operator == "StringEquals"
    assert trusting["Condition"][operator].keys() == {f"{issuer}:aud", f"{issuer}:sub"}
    subject = trusting["Condition"][operator][f"{issuer}:sub"]
    assert re.fullmatch(r"repo:[\w-]+@\d+/[\w-]+@\d+:environment:prod", subject)


def test_deployments_make_roles_and_policies_of_the_stack_only() -> None:
    deployment = variant("prod")
    roles = statement("RolesOfTheStack")["Resource"]
    assert statement("TheirPolicies")["Resource"] == roles
    assert statement("RolesGoToTheseServices")["Resource"] == roles
    names = [each.name for each in deployment.of_type(ROLE)]
    assert len(names) >= 2
    # Pulumi puts a hyphen and random characters behind the name.
    assert all(is_among(f"arn:aws:iam::123456789012:role/{each}-0", roles) for each in names)
    assert not is_among("arn:aws:iam::123456789012:role/administrator", roles)
    for each in deployment.of_type(POLICY):
        arn = f"arn:aws:iam::123456789012:policy/{each.name}-0"
        assert is_among(arn, statement("PoliciesOfTheStack")["Resource"])


def test_deployments_attach_the_policies_of_the_stack_only() -> None:
    allowed = statement("TheirPolicies")["Condition"]["ArnLike"]["iam:PolicyARN"]
    given = {each.inputs["policyArn"] for each in variant("prod").of_type(ATTACHMENT)}
    attached = {arn for arn in given if arn.startswith("arn:aws:iam::aws:")}
    assert attached
    assert {arn for arn in attached if not is_among(arn, allowed)} == set()
    assert not is_among("arn:aws:iam::aws:policy/AdministratorAccess", allowed)


def test_every_line_of_the_example_is_explained() -> None:
    project = configured("prod")
    file = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8"))
    set_there = {key.removeprefix(f"{project.name}:") for key in file["config"]}
    table = TEXT.partition("## What production needs")[2].partition("\n\nIf")[0]
    explained = set(re.findall(r"^\| `(\w+)(?:: \w+)?`", table, re.MULTILINE))
    assert set_there - explained == {"aws:region", "daemonVersion"}
    assert explained - set_there == {"daemonDigest"}


def test_the_example_is_closed_mirrored_and_marked() -> None:
    project = configured("prod")
    own = {key.removeprefix(f"{project.name}:"): v for key, v in project.configuration.items()}
    settings = read_settings(own)
    assert settings.private_network
    assert "0.0.0.0/0" not in settings.public_access_cidrs
    assert settings.image_source_used() == "mirror"
    assert settings.tags["environment"] == "prod"


def test_its_stacks_have_files_and_its_links_lead_somewhere() -> None:
    (listed,) = re.findall(r"`(\[\{.*?\}\])`", TEXT)
    for each in json.loads(listed):
        assert (ROOT / f"Pulumi.{each['stack']}.yaml").is_file()
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {each.lower().replace(" ", "-") for each in headings}
    for target in re.findall(r"\]\((?!https:)([^)]+)\)", TEXT):
        file, _, anchor = target.partition("#")
        assert (ROOT / "docs" / file).exists()
        assert not anchor or anchor in anchors
