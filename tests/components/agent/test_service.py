"""The Service that applications know, and the rollout of the pods behind it."""

from typing import Any, Final, cast

from components import IpFamily, TrafficDistribution
from components.agent.agent import SEGMENT_PORTS
from components.agent.collector.ports import NODE_PORTS
from components.agent.service import address, rollout_strategy, service_spec

SELECTOR: Final = {"app.kubernetes.io/name": "xray-daemon"}

DAEMON_PORTS: Final = [
    {"name": "segments", "port": 2000, "target_port": "segments", "protocol": "UDP"},
    {"name": "proxy", "port": 2000, "target_port": "proxy", "protocol": "TCP"},
]
OTLP_PORTS: Final = [
    {
        "name": "otlp-grpc",
        "port": 4317,
        "target_port": "otlp-grpc",
        "protocol": "TCP",
        "app_protocol": "kubernetes.io/h2c",
    },
    {
        "name": "otlp-http",
        "port": 4318,
        "target_port": "otlp-http",
        "protocol": "TCP",
        "app_protocol": "http",
    },
]


def spec(
    distribution: TrafficDistribution = TrafficDistribution.NODE,
    family: IpFamily = IpFamily.IPV4,
    *,
    ports: Any = SEGMENT_PORTS,
) -> dict[str, Any]:
    return cast(dict[str, Any], service_spec(SELECTOR, ports, distribution, family))


def test_a_new_pod_is_ready_before_the_old_one_goes() -> None:
    assert rollout_strategy(host_port=False) == {
        "type": "RollingUpdate",
        "rolling_update": {"max_surge": "10%", "max_unavailable": 0},
    }


def test_two_pods_never_meet_at_one_host_port() -> None:
    strategy = rollout_strategy(host_port=True)
    assert strategy == {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "10%"}}


def test_the_address_is_the_one_that_applications_know() -> None:
    assert address("default") == "xray-service.default:2000"


def test_the_service_keeps_traces_on_their_node() -> None:
    assert spec() == {
        "type": "ClusterIP",
        "selector": SELECTOR,
        "ports": DAEMON_PORTS,
        "internal_traffic_policy": "Local",
    }


def test_the_service_of_a_collector_takes_spans_too() -> None:
    assert spec(ports=NODE_PORTS) == {**spec(), "ports": [*DAEMON_PORTS, *OTLP_PORTS]}
