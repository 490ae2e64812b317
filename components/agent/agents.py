"""Which agent runs on each node. Nothing else in `agent/` compares agents by name."""

from collections.abc import Callable, Mapping
from typing import Final

from ..choices import AgentKind
from .agent import Agent
from .args import TraceDaemonArgs
from .collector.program import collector_agent
from .daemon.program import daemon_agent

AGENTS: Final[Mapping[AgentKind, Callable[[TraceDaemonArgs], Agent]]] = {
    AgentKind.DAEMON: daemon_agent,
    AgentKind.COLLECTOR: collector_agent,
}
"""Each makes its agent from the complete inputs of `TraceDaemon`."""
