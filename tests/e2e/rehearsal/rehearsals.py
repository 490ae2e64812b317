"""Starts rehearsals as a user does, and looks at what they leave behind."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from tests.support.program import KUBECONFIG, NODE_ROLE, OIDC_PROVIDER

PROJECT = Path(__file__).resolve().parents[3]

PARTS = ("components", "images", "settings", "tools")


def copy_of_project(folder: Path) -> Path:
    """Returns a copy of the program and its rehearsal that a test may break."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (PROJECT / "__main__.py", *PROJECT.glob("Pulumi*.yaml")):
        shutil.copy(file, folder)
    return folder


STACKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "irsa": {"credentials": "irsa"},
    "adopted": {"clusterName": "shop"},
    "adopted-irsa": {"clusterName": "shop", "credentials": "irsa"},
    "adopted-node-role": {
        "clusterName": "shop",
        "credentials": "node-role",
        "nodeRoleName": "shop-nodes",
    },
    "kops-irsa": {"kubeconfig": KUBECONFIG, "credentials": "irsa", **OIDC_PROVIDER},
    "kops-node-role": {"kubeconfig": KUBECONFIG, "credentials": "node-role", **NODE_ROLE},
    "another-account": {"assumeRoleArn": "arn:aws:iam::111111111111:role/writer"},
    "china": {"aws:region": "cn-north-1", "credentials": "node-role"},
    "mirror": {
        "imageSource": "mirror",
        "architectures": ["amd64", "arm64"],
        "privateNetwork": True,
        "vpcEndpoints": ["xray", "ecr"],
        "pullAccounts": ["111111111111"],
    },
    "transaction-search": {"transactionSearch": "declare", "indexingPercent": 2.5},
    "otlp": {
        "backend": "collector",
        "collectorExporter": "otlp",
        "transactionSearch": "existing",
    },
    "choosy": {
        "clusterName": "shop",
        "nodeSelector": {"example.com/pool": "traced"},
        "priorityClass": "system-node-critical",
        "ipFamily": "dual-stack",
        "routing": "prefer-node",
        "ingressNamespaces": ["xray"],
        "proxyUrl": "http://proxy.example.com:3128",
        "noProxy": [".example.org"],
        "extraArguments": ["--resource-arn", "shop"],
        "labels": {"team": "shop"},
        "podAnnotations": {"team": "shop"},
    },
}
"""Stacks beside the project's own: every way to hold the right, on every kind of cluster, and
every choice that there is for the daemon."""


def write_stacks(folder: Path) -> None:
    """Writes the files of these stacks."""
    for name, settings in STACKS.items():
        configuration = {"aws:region": "eu-west-1", **settings}
        text = yaml.safe_dump({"config": configuration})
        (folder / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")


def replace_in(file: Path, old: str, new: str) -> None:
    """Breaks a file on purpose."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file} has changed; this test no longer breaks it"
    file.write_text(text.replace(old, new), encoding="utf-8")


def environment() -> dict[str, str]:
    """Returns an environment without AWS's settings, and without a daemon on PATH."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {**kept, "PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}


def start(folder: Path, arguments: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """Starts a rehearsal of the project in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.rehearsal", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rehearse(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a rehearsal to its end."""
    process = start(folder, arguments)
    output, errors = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def left_behind(folder: Path) -> list[str]:
    """Returns the command lines of processes that still run in a folder or below it."""
    running: list[str] = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                running.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return running
