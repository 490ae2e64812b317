"""What the acceptance test asks AWS, by the services themselves and by Pulumi's provider."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.automation import Deployment, Stack

from components.cluster.args import DEFAULTS
from tests.docs.test_cost import PRICES
from tests.support.program import ROOT
from tools.lab.project import read_project

NEEDED: Final = {
    "pulumi version": "Pulumi's CLI makes the stacks",
    "aws --version": "the kubeconfig of an EKS cluster asks the AWS CLI for tokens",
    "docker info": "Docker builds the images of the stack `dev`",
}
RUN_TAG: Final = "acceptance"
INTERFACE_TAG: Final = "cluster.k8s.amazonaws.com/name"
"""Of network interfaces that a cluster's nodes make (amazon-vpc-cni-k8s)."""

REMOVALS: Final = {
    "instance": "ec2 terminate-instances --instance-ids",
    "volume": "ec2 delete-volume --volume-id",
    "network-interface": "ec2 delete-network-interface --network-interface-id",
    "log-group": "logs delete-log-group --log-group-name",
}
"""What EKS makes beside Pulumi, and the AWS CLI's command for each kind."""

LAG_SECONDS: Final = 600
"""GetResources also lists what was "previously tagged" (its reference doesn't say for how long)."""

Resources = dict[str, dict[str, Any]]


def resources_of(deployment: Deployment) -> Resources:
    """Returns the resources in a state that providers made, by URN."""
    every: list[dict[str, Any]] = (deployment.deployment or {}).get("resources") or []
    made = [each for each in every if each.get("custom") and "pulumi:" not in each["type"]]
    return {each["urn"]: each for each in made}


class Account:
    """An AWS account in one region, by default that of the stack `dev`."""

    def __init__(self, region: str | None = None) -> None:
        self.region: Final = region or read_project(ROOT, "dev").configuration["aws:region"]

    def refusal(self) -> str | None:
        """Returns what this machine or its user lacks, in a sentence."""
        for command, purpose in NEEDED.items():
            if subprocess.run(command, shell=True, capture_output=True, check=False).returncode:
                return f"`{command}` fails; it must work, because {purpose}."
        try:
            self._client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            return f"AWS accepts no credentials of yours; log in, or set AWS_PROFILE: {error}"
        return None

    def plan(self) -> str:
        """Returns what a run makes, where, and what it costs."""
        number, nodes = self._client("sts").get_caller_identity()["Account"], DEFAULTS["node_count"]
        hourly = PRICES["cluster_hour"] + nodes * PRICES["node_hour"]
        return (
            f"This makes an EKS cluster with {nodes} nodes in region {self.region} of account "
            f"{number}, with IAM roles, a KMS key, ECR repositories, sampling rules and trace "
            "groups, adds a second stack to the cluster, and destroys everything. It takes about "
            f"an hour, at ${hourly:.2f} an hour for cluster and nodes (docs/cost.md)."
        )

    def traces_arrive(self, kubeconfig: Path, namespace: str) -> bool:
        """Returns whether `make verify` finds a trace from every node."""
        options = ["--region", self.region, "--kubeconfig", kubeconfig, "--namespace", namespace]
        command = [sys.executable, "-m", "tools", "verify", *options]
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0

    def still_there(self, stack: Stack, before: Deployment) -> Resources:
        """Returns what a destroyed stack had that the AWS provider still finds, asking for each.

        The provider knows what counts as gone, such as a KMS key that AWS deletes 30 days later.
        """
        aws = [urn for urn, each in resources_of(before).items() if each["type"].startswith("aws:")]
        stack.import_stack(before)
        stack.refresh(target=aws, on_output=print)
        return {u: each for u, each in resources_of(stack.export_stack()).items() if u in aws}

    def left(self, run: str, made: Resources, lag: float = LAG_SECONDS) -> list[str]:
        """Returns what there is of a run beside what Pulumi made, and how to remove it."""
        outputs = [value for each in made.values() for value in each.get("outputs", {}).values()]
        known = {value for value in outputs if isinstance(value, str)}
        eks = [each["id"] for each in made.values() if each["type"] == "aws:eks/cluster:Cluster"]
        until = time.monotonic() + lag
        while True:
            arns = {*self._tagged(RUN_TAG, run), *self._tagged(INTERFACE_TAG, *eks)} - known
            found = [each for each in sorted(arns) if self._is_there(*_parts(each))]
            if not found or time.monotonic() >= until:
                break
            time.sleep(15)
        for each in eks:
            logs = self._client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/eks/{each}/")
            found += [group["arn"].removesuffix(":*") for group in logs["logGroups"]]
        return [self._sentence(each) for each in found]

    def _client(self, service: Any) -> Any:
        return boto3.Session(region_name=self.region).client(service)

    def _tagged(self, key: str, *values: str) -> list[str]:
        pages = self._client("resourcegroupstaggingapi").get_paginator("get_resources")
        # Without values, any would do.
        found = pages.paginate(TagFilters=[{"Key": key, "Values": values}]) if values else ()
        return [each["ResourceARN"] for page in found for each in page["ResourceTagMappingList"]]

    def _is_there(self, kind: str, name: str) -> bool:
        if not REMOVALS.get(kind, "").startswith("ec2"):
            return True
        describe = getattr(self._client("ec2"), f"describe_{kind}s".replace("-", "_"))
        filters = [{"Name": f"{kind}-id", "Values": [name]}]
        if kind == "instance":
            # EC2 shows one that is terminated for a while (its user guide).
            states = ["pending", "running", "shutting-down", "stopping", "stopped"]
            filters.append({"Name": "instance-state-name", "Values": states})
        return any(each for each in describe(Filters=filters).values() if isinstance(each, list))

    def _sentence(self, arn: str) -> str:
        kind, name = _parts(arn)
        how = f": aws {REMOVALS[kind]} {name} --region {self.region}" if kind in REMOVALS else "."
        return f"{arn} is left; delete it{how}"


def _parts(arn: str) -> tuple[str, str]:
    kind, name = re.split("[:/]", arn.split(":", 5)[5] + ":", maxsplit=1)
    return kind, name.removesuffix(":")
