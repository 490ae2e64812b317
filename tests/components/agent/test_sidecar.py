"""The X-Ray daemon beside an application on Fargate; its pod is the one in docs/networking.md."""

from typing import Any, cast

import pulumi
import pytest

from components import SIDECAR_ADDRESS, LogLevel, daemon_sidecar
from components.agent.daemon.command import buffer_for
from tests.support.agents import WRITER


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
