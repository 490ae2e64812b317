import re
from typing import Any

from tests.support.restricted import violations
from tools.verify.probe import probe_for


def pod(node: str = "node-1") -> dict[str, Any]:
    return probe_for(node).manifest("xray", "python:3", "xray-service.xray:2000")


def test_a_probe_runs_on_its_node_whatever_the_node_s_taints() -> None:
    spec = pod("node-7")["spec"]
    affinity = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (term,) = affinity["nodeSelectorTerms"]
    (field,) = term["matchFields"]
    assert (field["key"], field["values"]) == ("metadata.name", ["node-7"])
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert spec["restartPolicy"] == "Never"


def test_kubernetes_restricted_level_admits_a_probe() -> None:
    assert violations(pod()["spec"]) == []


def test_every_probe_has_a_trace_of_its_own() -> None:
    probes = [probe_for("node-1") for _ in range(20)]
    assert len({each.trace_id for each in probes}) == len({each.name for each in probes}) == 20
    for each in probes:
        assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", each.trace_id)
        assert re.fullmatch(r"[0-9a-f]{16}", each.segment_id)
