"""The X-Ray daemon beside an application on Fargate."""

from pathlib import Path
from typing import Any, Final, cast

import pulumi
import pytest

from components import SIDECAR_ADDRESS, LogLevel, daemon_sidecar
from components.agent.daemon.command import buffer_for
from tests.support.agents import WRITER
from tests.support.program import only, run_source
from tests.support.restricted import violations
from tools.rehearsal.kubernetes_objects import KubernetesObjects

PROGRAM: Final = """
import pulumi_kubernetes as kubernetes

from xray_on_kubernetes import daemon_sidecar

kubernetes.core.v1.Pod(
    "shop",
    metadata={"name": "shop", "namespace": "shop"},
    spec={
        "init_containers": [daemon_sidecar("daemon:1", "eu-west-1")],
        "containers": [
            {
                "name": "shop",
                "image": "shop:1",
                "security_context": {
                    "allow_privilege_escalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "run_as_non_root": True,
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
            }
        ],
    },
)
"""
"""A pod with the sidecar, which has no security context of its own."""


def sidecar(**others: Any) -> dict[str, Any]:
    return cast(dict[str, Any], daemon_sidecar("daemon:1", "eu-west-1", **others))


def argument(flag: str, **others: Any) -> Any:
    """Returns what follows a flag on the command line."""
    told = sidecar(**others)["args"]
    return told[told.index(flag) + 1]


def test_a_sidecar_listens_for_its_own_pod_alone() -> None:
    assert argument("-b") == argument("-t") == SIDECAR_ADDRESS == "127.0.0.1:2000"
    assert "ports" not in sidecar()
    assert not [key for key in sidecar() if key.endswith("_probe")], "no kubelet is heard there"


def test_a_sidecar_starts_before_the_application_and_ends_after() -> None:
    assert sidecar()["restart_policy"] == "Always"


@pytest.mark.parametrize("limit", [64, 256])
def test_the_buffer_of_a_sidecar_follows_from_its_memory(limit: int) -> None:
    made = sidecar(memory_limit_mib=limit)
    assert argument("-m", memory_limit_mib=limit) == str(buffer_for(limit))
    assert made["resources"]["limits"]["memory"] == f"{limit}Mi"
    assert {"name": "GOMEMLIMIT", "value": f"{limit * 9 // 10}MiB"} in made["env"]


def test_a_sidecar_logs_and_writes_as_it_is_told() -> None:
    assert argument("-r", assume_role_arn=WRITER) == WRITER
    assert argument("-l", log_level=LogLevel.DEBUG) == "debug"
    assert argument("-l") == "warn"


def test_a_sidecar_refuses_too_little_memory() -> None:
    with pytest.raises(pulumi.RunError, match="daemon_sidecar: memory_limit_mib is 8; it must"):
        sidecar(memory_limit_mib=8)


def test_restricted_and_the_schema_admit_a_sidecar(tmp_path: Path) -> None:
    declared = run_source(PROGRAM, tmp_path)
    pod = only(declared.objects("Pod"))["spec"]
    assert only(pod["initContainers"])["restartPolicy"] == "Always"
    assert violations(pod) == []
    KubernetesObjects(tmp_path / "manifests", None).create(
        only(declared.of_type("kubernetes:core/v1:Pod"))
    )
