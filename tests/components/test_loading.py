"""What a stack has no use for is not loaded: providers' packages take most of a program's time."""

import gc
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

import pytest

from settings import SettingsError
from tests.support.program import ROOT, SAMPLE_IMAGE, declare

PROGRAM: Final = """
import gc, json, sys
from rehearsal.engine import run_program
from tools.lab.fake_provider import FakeProvider
from tests.program import configured

providers = FakeProvider("eu-west-1")
run_program(
    configured("dev", **json.loads(sys.argv[1])), providers.create, providers.invoke
)
json.dump({"modules": list(sys.modules), "frozen": gc.get_freeze_count()}, sys.stdout)
"""

EXISTING: Final = {"clusterName": "shop"}


def after_a_run(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a process has loaded once the program has run in it."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(settings)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout)


@pytest.mark.parametrize(
    ("settings", "loaded", "unused"),
    [
        (
            EXISTING,
            {"pulumi_docker", "pulumi_aws.eks"},
            {
                "pulumi_eks",
                "pulumi_docker_build",
                "pulumi_aws.cloudwatch",
                "pulumi_aws.ec2",
                "pulumi_aws.kms",
            },
        ),
        (
            {},
            {"pulumi_eks", "pulumi_docker", "pulumi_aws.ec2", "pulumi_aws.kms"},
            {"pulumi_docker_build", "pulumi_aws.cloudwatch"},
        ),
        (
            {**EXISTING, **SAMPLE_IMAGE, "imageSource": "mirror"},
            {"pulumi_docker_build"},
            {"pulumi_docker"},
        ),
        (
            {**EXISTING, **SAMPLE_IMAGE, "imageSource": "public"},
            {"pulumi_kubernetes.core"},
            {"pulumi_docker", "pulumi_docker_build", "pulumi_aws.ecr"},
        ),
    ],
    ids=["existing-cluster", "new-cluster", "mirrored-image", "public-image"],
)
def test_a_stack_loads_only_the_packages_that_it_uses(
    settings: Mapping[str, Any], loaded: set[str], unused: set[str]
) -> None:
    # A package that is there for when it is needed has no modules yet.
    inside = {each.rpartition(".")[0] for each in after_a_run(settings)["modules"]}

    assert loaded <= inside
    assert not unused & inside


def test_what_is_loaded_is_not_looked_through_for_garbage_again() -> None:
    assert after_a_run(EXISTING)["frozen"] > 100_000


def test_a_program_that_refuses_its_settings_leaves_garbage_collection_on() -> None:
    with pytest.raises(SettingsError):
        declare("dev", hostPrt="true")

    assert gc.isenabled()
