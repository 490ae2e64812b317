"""Previews by a real Pulumi engine, with what its policy pack found."""

from dataclasses import dataclass
from pathlib import Path

from pulumi.automation import CommandError, EngineEvent, Stack


@dataclass(frozen=True)
class Violation:
    """What a policy found."""

    rule: str
    level: str
    """`mandatory` or `advisory`."""

    says: str


@dataclass(frozen=True)
class Preview:
    """What came of one preview."""

    succeeded: bool
    output: str
    violations: list[Violation]


def preview(stack: Stack, pack: Path, *, configuration: Path | None = None) -> Preview:
    """Previews a stack under a policy pack; without a configuration, the pack's defaults hold."""
    events: list[EngineEvent] = []
    configurations = None if configuration is None else [str(configuration)]
    try:
        output = stack.preview(
            on_event=events.append, policy_packs=[str(pack)], policy_pack_configs=configurations
        ).stdout
        succeeded = True
    except CommandError as failed:
        output, succeeded = str(failed), False
    found = [each.policy_event for each in events if each.policy_event]
    return Preview(
        succeeded,
        output,
        [Violation(each.policy_name, each.enforcement_level, each.message) for each in found],
    )
