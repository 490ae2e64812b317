"""What the README and its guides tell a reader to do works."""

import argparse
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from components import trace_environment
from components.package import COMPONENTS
from components.version import VERSION
from settings import Settings
from settings.inputs import key_of
from tests.support.program import ROOT, run_source, variant
from tests.support.readme import GUIDE, README, block
from tests.support.restricted import violations
from tools.__main__ import COMMANDS

LINK = r"""(?:\]\(|(?:src|srcset)=")(?!https?:)([^)"]+)[)"]"""

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]

OUTPUTS = README.partition("## Outputs")[2].partition("\n## ")[0]

MIGRATION = (ROOT / "docs/from-daemon-to-collector.md").read_text(encoding="utf-8")


def test_the_packages_that_it_installs_have_its_names() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8").partition("## Unreleased")[2]
    renamed = "### Renamed" in changes.partition("\n## ")[0]
    assert ("@<commit>" in README, f"@v{VERSION}" in README) == (renamed, not renamed)


def test_an_application_with_an_x_ray_sdk_gets_what_the_function_returns() -> None:
    documented = yaml.safe_load(block("yaml", "AWS_XRAY_DAEMON_ADDRESS", README))
    assert documented["env"] == trace_environment("shop", "xray-service.xray:2000")
    named = {each["name"] for each in documented["env"]}
    assert named == set(re.findall(r"^\| `(AWS_XRAY_\w+)`", GUIDE, re.M))


def test_the_sidecar_in_it_is_where_its_application_looks_for_it(tmp_path: Path) -> None:
    declared = run_source(block("python", "daemon_sidecar"), tmp_path)
    (deployment,) = declared.of_type("kubernetes:apps/v1:Deployment")
    pod = deployment.inputs["spec"]["template"]["spec"]
    (sidecar,), (application,) = pod["initContainers"], pod["containers"]
    address = {"name": "AWS_XRAY_DAEMON_ADDRESS", "value": sidecar["args"][1]}
    assert address in application["env"]
    assert sidecar["restartPolicy"] == "Always", "it starts before, and ends after"
    assert not [each for each in violations(pod) if sidecar["name"] in each]


def test_the_collector_in_it_takes_the_spans_of_an_application(tmp_path: Path) -> None:
    declared = run_source(block("python", "AgentKind.COLLECTOR"), tmp_path)
    (service,) = declared.objects("Service")
    name = f"{service['metadata']['name']}.{service['metadata']['namespace']}"
    ports = {each["name"]: each["port"] for each in service["spec"]["ports"]}
    variables = {each["name"]: each["value"] for each in declared.outputs["environment"]}
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{name}:{ports['otlp-http']}"
    assert declared.objects("ConfigMap")

    documented = yaml.safe_load(block("yaml", "OTEL_SERVICE_NAME", README))
    assert documented["env"] == declared.outputs["environment"]
    named = {each["name"] for each in documented["env"]}
    assert named == set(re.findall(r"`(OTEL_[A-Z_]+)`", GUIDE))


def test_every_setting_in_it_exists() -> None:
    guide = GUIDE.replace(OUTPUTS, "")
    cells = re.findall(r"^\| (`[a-z]+[A-Z][^|]*) \|", guide, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([a-zA-Z]+)(?:: [a-z]+)?`", cell)}
    migrated = set(re.findall(r"pulumi config (?:set|rm)(?: --path)? ([a-zA-Z]+)", MIGRATION))
    assert {"subnetIds", "nodeSelector", "noProxy"} <= named
    assert {"agent", "collectorExporter", "tailSampling"} <= migrated
    assert named | migrated <= set(map(key_of, Settings.__annotations__))


def test_every_output_is_in_it() -> None:
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.+?) \|", OUTPUTS, re.MULTILINE)))
    assert {*named} == {*variant("dev").outputs}


def test_every_make_target_in_it_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", GUIDE + MIGRATION, re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert {"demo", "test", "traces"} <= named


def parser_of(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    import_module(COMMANDS[command][0]).add_options(parser)
    return parser


def test_make_help_has_every_target_and_option() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    (targets,) = re.findall(r"^[.]PHONY: help (.*)", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert {*re.findall(r"^  make (\S+)", shown.stdout, re.M)} == {*targets.split()}
    use = shown.stdout.partition("Develop:")[0]
    for command, text in re.findall(r"^  make (demo|traces|verify)((?:\n   |.)+)", use, re.M):
        has = {*re.findall(r"--[a-z-]+", parser_of(command).format_help())}
        assert {*re.findall(r"--[a-z-]+", text)} == has - {"--help", "--region"}


def test_every_option_in_it_is_understood() -> None:
    pattern = r'make (demo|verify|traces)\b[^`\n]*? ARGS="?(--[^"`\n]+)'
    used = re.findall(pattern, GUIDE + MIGRATION)
    assert used
    for command, arguments in used:
        parser_of(command).parse_args(arguments.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(LINK, page.read_text("utf-8")):
        file, _, anchor = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), target
        headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.M) if anchor else []
        anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
        assert not anchor or anchor in anchors, target


def test_every_component_is_in_it() -> None:
    assert [each for each in COMPONENTS if f"[`{each.__name__}`]" not in README] == []


def test_it_is_short_its_pictures_are_small_and_the_drawing_has_every_component() -> None:
    assert len(README.splitlines()) <= 230
    assert max(each.stat().st_size for each in (ROOT / "docs/images").iterdir()) < 150_000
    drawn = (ROOT / "docs/images/architecture.d2").read_text(encoding="utf-8")
    assert [each for each in COMPONENTS if each.__name__ not in drawn] == []
