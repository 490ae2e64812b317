"""What a rehearsal prints."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from tools.lab.deployment import Deployment, Resource
from tools.traces.formatting import format_count
from tools.traces.service_graph import ServiceGraph
from tools.traces.terminal import render_service_map, to_json
from tools.traces.trace import Trace

from .access.identity import Identity
from .access.rights import Right
from .traffic import Arrival

LEGEND_MARK: Final = ":"
"""Separates where a resource is now from the reason, which is said once below the tree."""


class Report:
    """Prints each step while it runs and what came of it."""

    def __init__(self, console: Console, progress: Console) -> None:
        self.console, self.progress = console, progress
        self.result: dict[str, Any] = {}
        """What `--json` prints."""

    @contextmanager
    def step(self, doing: str) -> Generator[Callable[[int, int], None]]:
        """Shows that something is being done, and in the end how long it took.

        Gives what to tell how many of how many are done.
        """
        start = monotonic()
        with self.progress.status(f"{doing} …") as status:
            yield lambda done, total: status.update(f"{doing} … {done} of {total}")
        took = f"({monotonic() - start:.1f} s)"
        self.progress.print(Text.assemble(("✓ ", "green"), doing, " ", (took, "dim")))

    def heading(self, text: str) -> None:
        """Prints a heading."""
        self.console.print()
        self.console.print(Text(text, style="bold"), soft_wrap=True)

    def say(self, text: str) -> None:
        """Prints a line."""
        self.console.print(Text(text), soft_wrap=True)

    def resources(self, deployment: Deployment, stack: str) -> None:
        """Prints the tree of resources that the program declares."""
        self.heading("Resources that the program declares")
        if not deployment.of_type("aws:eks/cluster:Cluster"):
            name = deployment.outputs["clusterName"]
            self.say(f"Cluster {name} exists: what is listed is added, and nothing else changes.")
        counts = Counter(each.type.partition(":")[0] for each in deployment.resources.values())
        node_groups = len(deployment.of_type("eks:index:ManagedNodeGroup"))
        of_aws = format_count(counts["aws"] + node_groups, "AWS resources")
        objects = format_count(counts["kubernetes"], "Kubernetes objects")
        tree = Tree(Text(f"{stack}: {of_aws}, {objects}"))
        _add_children(tree, deployment, "")
        self.console.print(tree)
        reasons = {made.kept for made in deployment.made.values() if LEGEND_MARK in made.kept}
        for reason in sorted(reasons):
            self.console.print(Text(f"  {reason}", style="dim"), soft_wrap=True)

    def identity(self, identity: Identity) -> None:
        """Prints who the agent is to AWS, and who tried to assume its role."""
        self.heading(f"Who can assume role {identity.role_name}")
        table = Table.grid(padding=(0, 2))
        table.add_row(f"  {_mark(True)}", "the agent", "allowed", f"[dim]by {identity.way}[/dim]")
        for who, let_in in identity.others.items():
            meant = who not in identity.impostors
            why = "[dim]as the role is the node's[/dim]" if let_in and meant else ""
            table.add_row(f"  {_mark(meant)}", who, "allowed" if let_in else "denied", why)
        self.console.print(table)

    def rights(self, role_name: str, rights: Sequence[Right]) -> None:
        """Prints what a role may do and may not do; what is denied as it should, on one line."""
        self.heading(f"What role {role_name} can do")
        table = Table.grid(padding=(0, 2))
        for right in rights:
            if right.allowed or right.expected:
                verdict = "allowed" if right.allowed else "denied"
                mark = _mark(right.allowed == right.expected)
                table.add_row(f"  {mark}", right.action, verdict)
        self.console.print(table)
        denied = [each.action for each in rights if not each.allowed and not each.expected]
        self.console.print(f"  {_mark(True)}  {len(denied)} other actions denied:", highlight=False)
        self.console.print(Padding(Text(", ".join(denied), "dim"), (0, 0, 0, 5)))

    def service_map(self, graph: ServiceGraph, traces: Sequence[Trace], page: Path) -> None:
        """Prints the service map, and where the page is."""
        self.result |= {**to_json(graph, traces), "page": page.as_uri()}
        self.heading("Service map")
        self.console.print(render_service_map(graph))
        self.say(f"The same as a page, with traces and segments in detail: {page.as_uri()}")

    def arrival(self, statuses: Mapping[str, str], arrival: Arrival) -> None:
        """Prints what was sent against what arrived."""
        counts = Counter(statuses.values())
        said = ", ".join(f"{count} got {status}" for status, count in sorted(counts.items()))
        lost, dropped = len(arrival.lost), len(arrival.share.dropped) if arrival.share else 0
        self.result |= {"sent": arrival.sent, "responses": counts, "dropped": dropped}
        self.result |= {"lost": arrival.lost, "doubled": arrival.doubled}
        self.heading(
            f"{format_count(arrival.sent, 'requests')} sent ({said}): "
            f"{format_count(arrival.sent - lost - dropped, 'traces')} arrived whole, "
            f"{lost:,} lost, {len(arrival.doubled):,} doubled."
        )
        if arrival.share:
            self.say(f"Tail sampling dropped {dropped}: {arrival.share}")
        if others := sum(trace.id not in statuses for trace in arrival.traces):
            self.say(f"{others} more came from others.")

    def addresses(self, ask: str, agent: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """Prints how to reach what stays up."""
        self.heading("Still up; Ctrl-C ends it. In another terminal:")
        self.say(f"  {ask}")
        for address, here in agent.items():
            self.say(f"  # {address} is {here}")
        self.say("  # The keys are the simulation's, and open no AWS account.")
        for name, value in environment.items():
            self.say(f"  export {name}={value}")
        self.say("  make traces")
        # Version 1 of the AWS CLI reads neither variable.
        self.say(
            f"  aws --endpoint-url {environment['AWS_ENDPOINT_URL']} "
            f"--region {environment['AWS_REGION']} xray get-trace-summaries "
            "--start-time $(($(date +%s) - 900)) --end-time $(date +%s)"
        )


def _mark(right: bool) -> str:
    return "[green]✓[/green]" if right else "[red]✗[/red]"


def _add_children(tree: Tree, deployment: Deployment, parent: str) -> None:
    """Adds the resources below one; not the components that hold none, nor providers."""
    for resource in deployment.children(parent):
        label = Text.assemble((_short_type(resource), "cyan"), " ", resource.name)
        if kept := deployment.made[resource.urn].kept.split(LEGEND_MARK)[0]:
            label.append(f" · {kept}", style="yellow" if "recorded" in kept else "dim")
        branch = Tree(label)
        _add_children(branch, deployment, resource.urn)
        tree.children += [branch] if kept or branch.children else []


def _short_type(resource: Resource) -> str:
    """Returns a type as people say it: `aws iam Role`, `kubernetes DaemonSet`, `Cluster`."""
    package, module, kind = resource.type.split(":")
    if package == "xray-on-kubernetes":
        return kind
    service = f" {module.split('/')[0]}" if package == "aws" else ""
    return f"{package}{service} {kind}"
