"""How traces stay on their node, and the rollout of the pods behind the Service.

The rendered files have its ports; the table of settings has its other distributions and families.
"""

from components import IpFamily, TrafficDistribution
from components.agent.agent import SEGMENT_PORTS
from components.agent.service import rollout_strategy, service_spec


def test_a_new_pod_is_ready_before_the_old_one_goes() -> None:
    assert rollout_strategy(host_port=False) == {
        "type": "RollingUpdate",
        "rolling_update": {"max_surge": "10%", "max_unavailable": 0},
    }


def test_two_pods_never_meet_at_one_host_port() -> None:
    strategy = rollout_strategy(host_port=True)
    assert strategy == {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "10%"}}


def test_the_service_keeps_traces_on_their_node() -> None:
    spec = service_spec({}, SEGMENT_PORTS, TrafficDistribution.NODE, IpFamily.IPV4)
    assert spec.get("internal_traffic_policy") == "Local"
    assert "traffic_distribution" not in spec
