"""Which agent runs on each node. Nothing else in `agent/` compares agents by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import pulumi

from ..choices import AgentKind
from .agent import Agent
from .args import TraceDaemonArgs
from .collector.program import collector_agent
from .daemon.program import daemon_agent


def _both(args: TraceDaemonArgs) -> Agent:
    """The daemon with its sentinel, and beside it a collector that leaves it its ports."""
    daemon, collector = daemon_agent(args), collector_agent(args, segments=False)
    return replace(
        collector,
        containers=[*daemon.containers, *collector.containers],
        sentinel=daemon.sentinel,
        flush_seconds=max(daemon.flush_seconds, collector.flush_seconds),
    )


AGENTS: Final[Mapping[AgentKind, Callable[[TraceDaemonArgs], Agent]]] = {
    AgentKind.DAEMON: daemon_agent,
    AgentKind.COLLECTOR: collector_agent,
    AgentKind.BOTH: _both,
}
"""Each makes its agent from the complete inputs of `TraceDaemon`."""


def agent_of(args: TraceDaemonArgs) -> Agent:
    """Returns the agent that the complete inputs of `TraceDaemon` ask for.

    Raises:
        pulumi.RunError: The image of a collector is missing, or there is no second program.
    """
    both = args["agent"] == AgentKind.BOTH
    if both != (args["collector_image"] is not None):
        wrong, right = ("not set", "the image of a collector") if both else ("set", "left out")
        raise pulumi.RunError(
            f"collector_image is {wrong}; it must be {right} where agent is {args['agent'].value}."
        )
    return AGENTS[args["agent"]](args)
