"""What a change of each setting must touch, and nothing else: tables, checked one by one."""

from collections.abc import Mapping
from typing import Final

from .change import Change
from .of_cluster import OF_CLUSTER
from .of_daemon import OF_DAEMON
from .of_traces import OF_TRACES

CHANGES: Final[Mapping[str, Change]] = {**OF_CLUSTER, **OF_DAEMON, **OF_TRACES}
"""By the setting's name; where one is changed to several values, the others are in brackets."""

ELSEWHERE: Final = frozenset({"aws:region"})
"""Settings that mean another stack: everything is made anew elsewhere."""
