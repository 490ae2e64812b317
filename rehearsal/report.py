"""What a rehearsal prints."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from .arrival import Arrival
from .client import Sent
from .engine import Deployment, Resource
from .identity import Identity, Right

LEGEND_MARK: Final = ":"
"""Separates where a resource is now from the reason, which is said once below the tree."""


class Report:
    """Prints each step while it runs and what came of it."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, doing: str) -> Generator[None]:
        """Shows that something is being done, and in the end how long it took."""
        start = monotonic()
        with self.console.status(f"{doing} …"):
            yield
        self.console.print(f"[green]✓[/green] {doing} [dim]({monotonic() - start:.1f} s)[/dim]")

    @contextmanager
    def progress(self, doing: str, total: int) -> Generator[Progress]:
        """Shows a bar for a step that counts; its first task is the bar's."""
        columns = TextColumn(f"  {doing}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=self.console, transient=True) as progress:
            progress.add_task(doing, total=total)
            yield progress

    def heading(self, text: str) -> None:
        """Prints a heading."""
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def resources(self, deployment: Deployment, stack: str) -> None:
        """Prints the tree of resources that the program declares."""
        self.heading("Resources that the program declares")
        tree = Tree(Text(f"{stack}: {len(deployment.resources)} resources"))
        for resource in deployment.children(""):
            _add(tree, deployment, resource)
        self.console.print(tree)
        for reason in sorted({made.kept for made in deployment.made.values()}):
            if LEGEND_MARK in reason:
                self.console.print(Text(f"  {reason}", style="dim"), soft_wrap=True)

    def rights(self, identity: Identity, rights: Sequence[Right]) -> None:
        """Prints what the daemon may do and may not do."""
        self.heading(f"The daemon's rights, as tried by role {identity.role_name}")
        self.console.print(Text(f"  held by {identity.way}", style="dim"))
        table = Table.grid(padding=(0, 2))
        for right in rights:
            mark = "[green]✓[/green]" if right.allowed == right.expected else "[red]✗[/red]"
            verdict = "allowed" if right.allowed else "denied"
            how = "tried" if right.tried else "judged by moto's IAM, which lacks the call"
            table.add_row(f"  {mark}", right.action, verdict, f"[dim]{how}[/dim]")
        self.console.print(table)

    def verdict(self, sent: Sent, arrival: Arrival) -> None:
        """Prints the requests that were sent against the traces that arrived."""
        answers = ", ".join(
            f"{count} x {status}" for status, count in sorted(sent.statuses.items())
        )
        whole = arrival.sent - len(arrival.lost)
        self.console.print(
            f"{arrival.sent} requests sent (HTTP status: {answers}); {whole} traces arrived whole, "
            f"{len(arrival.lost)} lost, {len(arrival.doubled)} doubled."
        )


def _add(tree: Tree, deployment: Deployment, resource: Resource) -> None:
    made = deployment.made[resource.urn]
    kept = made.kept.split(LEGEND_MARK)[0]
    label = Text.assemble((short_type(resource), "cyan"), " ", resource.name)
    if kept:
        label.append(f" · {kept}", style="yellow" if "recorded" in kept else "dim")
    branch = tree.add(label)
    for child in deployment.children(resource.urn):
        _add(branch, deployment, child)


def short_type(resource: Resource) -> str:
    """Returns a type as people say it: `aws iam Role`, `kubernetes DaemonSet`, `Cluster`."""
    package, module, kind = resource.type.split(":")
    if package == "xray-on-kubernetes":
        return kind
    if package == "pulumi":
        return f"{kind} provider"
    service = f" {module.split('/')[0]}" if package == "aws" else ""
    return f"{package}{service} {kind}"
