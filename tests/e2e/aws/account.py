"""The AWS account that the acceptance test runs in."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import boto3

from components.cluster.args import DEFAULTS
from tests.docs.test_cost import PRICES
from tests.support.program import ROOT
from tools.lab.project import read_project

RUN_TAG: Final = "acceptance"


class Account:
    """An AWS account in one region, by default that of the stack `dev`."""

    def __init__(self, region: str | None = None) -> None:
        self.region: Final = region or read_project(ROOT, "dev").configuration["aws:region"]

    def plan(self) -> str:
        """Returns what a run makes, where, and what it costs."""
        number, nodes = self._client("sts").get_caller_identity()["Account"], DEFAULTS["node_count"]
        hourly = PRICES["cluster_hour"] + nodes * PRICES["node_hour"]
        return (
            f"This makes an EKS cluster with {nodes} nodes in region {self.region} of account "
            f"{number}, adds a second stack to it, and destroys everything. It takes about an "
            f"hour, at ${hourly:.2f} an hour for cluster and nodes (docs/cost.md)."
        )

    def traces_arrive(self, kubeconfig: Path, namespace: str) -> bool:
        """Returns whether `make verify` finds a trace from every node."""
        options = ["--region", self.region, "--kubeconfig", kubeconfig, "--namespace", namespace]
        command = [sys.executable, "-m", "tools", "verify", *options]
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0

    def left(self, run: str, made: list[Any]) -> list[str]:
        """Returns what there is of a run, in a sentence each, beside what Pulumi has destroyed."""
        known = [str(value) for each in made for value in each.get("outputs", {}).values()]
        pages = self._client("resourcegroupstaggingapi").get_paginator("get_resources")
        tagged = pages.paginate(TagFilters=[{"Key": RUN_TAG, "Values": [run]}])
        arns = {each["ResourceARN"] for page in tagged for each in page["ResourceTagMappingList"]}
        found = [each for each in sorted(arns - {*known}) if self._is_there(each)]
        for each in (each["id"] for each in made if each["type"] == "aws:eks/cluster:Cluster"):
            # EKS can make it again once Pulumi has deleted it.
            logs = self._client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/eks/{each}/")
            found += [group["arn"].removesuffix(":*") for group in logs["logGroups"]]
        return [f"{each} is left; delete it." for each in found]

    def _client(self, service: Any) -> Any:
        return boto3.Session(region_name=self.region).client(service)

    def _is_there(self, arn: str) -> bool:
        # GetResources also lists what was "previously tagged" (its API reference).
        kind, _, name = arn.rpartition(":")[2].partition("/")
        if kind not in ("instance", "volume", "network-interface"):
            return True
        filters = [{"Name": f"{kind}-id", "Values": [name]}]
        if kind == "instance":
            # EC2 shows one that is terminated for a while (its user guide).
            states = ["pending", "running", "shutting-down", "stopping", "stopped"]
            filters.append({"Name": "instance-state-name", "Values": states})
        describe = getattr(self._client("ec2"), f"describe_{kind}s".replace("-", "_"))
        return any(each for each in describe(Filters=filters).values() if isinstance(each, list))
