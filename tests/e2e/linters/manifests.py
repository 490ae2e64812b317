"""The Kubernetes objects of the stacks as files, for the programs that look for unsafe ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.program import declare
from tests.support.variants import IRSA_ON_KOPS

CHOOSY: Final[dict[str, Any]] = {
    **IRSA_ON_KOPS,
    "ipFamily": "dual-stack",
    "trafficDistribution": "prefer-zone",
    "ingressNamespaces": ["xray", "shop"],
    "proxyUrl": "http://proxy.example.com:3128",
    "priorityClass": "system-node-critical",
}
STACKS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "dev": ("dev", {}),
    "article": ("article", {}),
    "collector": ("collector", {}),
    "both": ("collector", {"agent": "both"}),
    "gateway": ("collector", {"gatewayReplicas": 2, "tailSampling": {"percent": 10}}),
    "choosy": ("dev", CHOOSY),
}


def write_manifests(folder: Path) -> None:
    """Writes the objects of each stack into a file of a folder."""
    for name, (stack, settings) in STACKS.items():
        text = yaml.safe_dump_all(declare(stack, **settings).objects())
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
