"""The configurations that the settings can ask for, each content once."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final

from components import CollectorExporter, IpFamily, LogLevel
from components.agent.agents import MINIMUM_COLLECTOR_MEMORY_MIB
from components.agent.collector.configuration import Configuration, gate_configuration
from components.agent.collector.exporters import WayOut
from tests.components.collectors import WRITER, in_gateway, on_node, to_aws, to_gateway

MEMORY_LIMITS: Final = (MINIMUM_COLLECTOR_MEMORY_MIB, 8192)
"""The least and the most that the settings take, in MiB."""

TAIL_SAMPLINGS: Final[Mapping[str, dict[str, Any] | None]] = {
    "all": None,
    "none": {"percent": 0, "keep_faults": False, "wait_seconds": 1},
    "some": {"percent": 0.5},
    "slow": {"percent": 0, "keep_faults": False, "slow_milliseconds": 600_000},
    "every-reason": {"percent": 100, "slow_milliseconds": 1, "wait_seconds": 120},
}

ROLES: Final = {"own": None, "role": WRITER}

Named = tuple[str, Configuration]


def different_configurations() -> dict[str, Configuration]:
    """Returns them by names that say what was asked for."""
    by_content = {
        json.dumps(configuration): (name, configuration)
        for configurations in (_of_nodes(), _of_gateways(), _of_values(), _of_gates())
        for name, configuration in configurations
    }
    return dict(by_content.values())


def _of_nodes() -> Iterator[Named]:
    """Those of a node's collector that are put together differently."""
    for (name, role), family, on_eks in product(ROLES.items(), IpFamily, (True, False)):
        told: dict[str, Any] = {"assume_role_arn": role, "ip_family": family}
        shape = f"node-{name}-{family.value}-{'eks' if on_eks else 'other'}"
        for way_name, way in (*_ways_to_aws(told), ("gateway", to_gateway())):
            yield f"{shape}-{way_name}", on_node(way, on_eks=on_eks, **told)


def _of_gateways() -> Iterator[Named]:
    """Those of a gateway that are put together differently."""
    for (name, role), family, (kept, sampling) in product(
        ROLES.items(), IpFamily, TAIL_SAMPLINGS.items()
    ):
        told: dict[str, Any] = {"assume_role_arn": role, "ip_family": family}
        for way_name, way in _ways_to_aws(told):
            configuration = in_gateway(way, ip_family=family, tail_sampling=sampling)
            yield f"gateway-{name}-{family.value}-{kept}-{way_name}", configuration


def _of_values() -> Iterator[Named]:
    """Those with the least and the most memory, every log level, and other partitions."""
    for memory, level in product(MEMORY_LIMITS, LogLevel):
        told: dict[str, Any] = {"memory_limit_mib": memory, "log_level": level}
        value = f"{memory}-{level.value}"
        for exporter in CollectorExporter:
            way = to_aws(exporter, memory_limit_mib=memory)
            yield f"node-{value}-{exporter.value}", on_node(way, **told)
            sampled = in_gateway(way, tail_sampling={"percent": 5}, **told)
            yield f"gateway-{value}-{exporter.value}", sampled
        yield f"node-{value}-gateway", on_node(to_gateway(memory), **told)
    for region, exporter in product(("cn-north-1", "us-gov-west-1"), CollectorExporter):
        way = to_aws(exporter, region=region)
        yield f"node-{region}-{exporter.value}", on_node(way, region=region)


def _of_gates() -> Iterator[Named]:
    for family in IpFamily:
        yield f"gate-{family.value}", gate_configuration(family)


def _ways_to_aws(told: dict[str, Any]) -> list[tuple[str, WayOut]]:
    return [
        ("xray", to_aws(**told)),
        ("indexed", to_aws(indexed_attributes=["shop.order", "shop.customer"], **told)),
        ("otlp", to_aws(CollectorExporter.OTLP, **told)),
    ]
