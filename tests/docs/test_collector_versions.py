"""Which collectors the guide says that the configuration was validated with."""

import re
import subprocess

import yaml

from components.image.daemon_image import CONSTRAINTS, DEFAULTS
from tests.support.open_telemetry_collector import COLLECTOR
from tests.support.program import ROOT


def test_the_table_names_the_versions_that_can_be_set_and_the_collector_of_the_tests() -> None:
    guide = (ROOT / "docs/from-daemon-to-collector.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (0\.\d+\.\d+)[^|]* \| 0\.\d+ \| (0\.\d+) \|$", guide, re.MULTILINE)
    newest, *_, oldest = [version for version, _ in rows]
    assert newest == DEFAULTS["collector_version"]
    before = f"0.{int(oldest.split('.')[1]) - 1}.0"
    allows = CONSTRAINTS["collector_version"].allows
    assert (allows(oldest), allows(before)) == (True, False)

    built = yaml.safe_load((ROOT / ".ci/collector.yaml").read_text(encoding="utf-8"))
    version = built["dist"]["version"]
    assert {f"{validated}.0" for _, validated in rows} == {version}
    if COLLECTOR:
        said = subprocess.run([COLLECTOR, "--version"], capture_output=True, text=True, check=True)
        assert said.stdout.split()[-1] == version
