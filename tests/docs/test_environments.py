"""What docs/environments.md tells a reader to do works."""

import json
import re
from typing import Final

import yaml

from settings import read_settings
from tests.support.program import ROOT, configured

TEXT: Final = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
(TRUST,) = (json.loads(each) for each in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))


def test_only_one_environment_of_one_repository_has_the_role() -> None:
    (trusting,) = TRUST["Statement"]
    issuer = trusting["Principal"]["Federated"].partition("oidc-provider/")[2]
    (operator,) = trusting["Condition"]
    assert operator == "StringEquals"
    assert trusting["Condition"][operator].keys() == {f"{issuer}:aud", f"{issuer}:sub"}
    subject = trusting["Condition"][operator][f"{issuer}:sub"]
    assert re.fullmatch(r"repo:[\w-]+@\d+/[\w-]+@\d+:environment:prod", subject)


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


def test_its_stacks_have_files() -> None:
    (listed,) = re.findall(r"`(\[\{.*?\}\])`", TEXT)
    for each in json.loads(listed):
        assert (ROOT / f"Pulumi.{each['stack']}.yaml").is_file()
