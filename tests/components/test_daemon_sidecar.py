from pathlib import Path
from typing import Any, Final, cast

import pytest

from components import SIDECAR_ADDRESS, LogLevel, daemon_sidecar
from components.agent.daemon.command import buffer_mib
from tests.components.restricted import violations
from tests.support.program import only, run_source
from tools.rehearsal.kubernetes_objects import KubernetesObjects

PROGRAM: Final = """
import pulumi_kubernetes as kubernetes

from components import daemon_sidecar

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


def test_a_sidecar_listens_for_its_own_pod_alone() -> None:
    told = sidecar()["args"]
    for flag in ("-b", "-t"):
        assert told[told.index(flag) + 1] == SIDECAR_ADDRESS == "127.0.0.1:2000"
    assert "ports" not in sidecar()


def test_no_probe_of_the_kubelet_s_asks_where_only_its_own_pod_is_heard() -> None:
    assert not [key for key in sidecar() if key.endswith("_probe")]


def test_a_sidecar_starts_before_the_application_and_ends_after_it() -> None:
    assert sidecar()["restart_policy"] == "Always"


@pytest.mark.parametrize("limit", [64, 256])
def test_the_buffer_of_a_sidecar_is_derived_from_its_memory_limit(limit: int) -> None:
    made = sidecar(memory_limit_mib=limit)
    assert made["args"][made["args"].index("-m") + 1] == str(buffer_mib(limit))
    assert made["resources"]["limits"]["memory"] == f"{limit}Mi"
    assert {"name": "GOMEMLIMIT", "value": f"{limit * 9 // 10}MiB"} in made["env"]


def test_a_sidecar_writes_as_another_role_where_one_is_named() -> None:
    writer = "arn:aws:iam::111111111111:role/writer"
    made = sidecar(assume_role_arn=writer, log_level=LogLevel.DEBUG)
    assert made["args"][-2:] == ["-r", writer]
    assert made["args"][made["args"].index("-l") + 1] == "debug"


def test_the_restricted_level_and_the_schema_admit_a_pod_with_a_sidecar(tmp_path: Path) -> None:
    declared = run_source(PROGRAM, tmp_path)
    pod = only(declared.objects("Pod"))["spec"]
    assert only(pod["initContainers"])["restartPolicy"] == "Always"
    assert violations(pod) == []
    KubernetesObjects(tmp_path / "manifests", None).create(
        only(declared.of_type("kubernetes:core/v1:Pod"))
    )
