"""What programs in other languages rely on; tests/e2e/engine has each component on an engine."""

from collections.abc import Mapping
from typing import Final

import yaml

from components.package import COMPONENTS, PACKAGE
from tests.snapshots.schema import FILE, schema, text
from tests.support.program import ROOT

FOLDER: Final = ROOT / "package"

REQUIRED: Final[Mapping[str, set[str]]] = {
    "Cluster": set(),
    "WriteAccess": {"namespace", "serviceAccount"},
    "DaemonImage": set(),
    "TraceDaemon": {"image", "region"},
    "Sampling": set(),
    "SampleServices": {"clusterName", "daemonAddress", "namespace"},
    "TraceCanary": {
        *("clusterName", "daemonAddress", "daemonLabels", "daemonPorts", "image", "namespace"),
        "region",
    },
    "TransactionSearch": {"region"},
    "VpcEndpoints": {"region", "subnetIds", "vpcEndpoints", "vpcId"},
}
"""The inputs that a program in any language must give: one more breaks those that exist."""


def test_the_kept_schema_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == text(), "run `make rendered` and look at the change."


def test_every_component_needs_few_inputs() -> None:
    resources = schema()["resources"]
    assert {each.__name__ for each in COMPONENTS} == REQUIRED.keys()
    assert all(resource["isComponent"] for resource in resources.values())
    assert {
        token.removeprefix(f"{PACKAGE}:index:"): set(resource.get("requiredInputs", []))
        for token, resource in resources.items()
    } == REQUIRED


def test_everything_in_the_package_is_described() -> None:
    described = schema()
    for token, each in (described["resources"] | described["types"]).items():
        parts = [*each.get("inputProperties", {}).items(), *each.get("properties", {}).items()]
        parts += [(choice["name"], choice) for choice in each.get("enum", [])]
        for name, part in [("itself", each), *parts]:
            assert part.get("description"), f"{token} {name}"


def test_the_package_is_not_taken_for_the_project() -> None:
    # Beside Pulumi.yaml, `pulumi install` would take the package for what is to be installed.
    assert not (ROOT / "PulumiPlugin.yaml").exists()
    runtime = yaml.safe_load((FOLDER / "PulumiPlugin.yaml").read_text("utf-8"))["runtime"]
    assert runtime["name"] == "python"
    assert "-r ../requirements.txt" in (FOLDER / "requirements.txt").read_text("utf-8").splitlines()
