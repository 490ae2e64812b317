"""The pod that is put on each node."""

import json
import re

from tests.support.restricted import violations
from tools.verify.probe import Probe


def test_a_probe_runs_on_its_node_whatever_its_taints_and_sends_its_own_trace() -> None:
    probe = Probe("node-7")
    manifest = probe.manifest("python:3", "xray-service.xray", [2000, 4317])
    spec = manifest["spec"]
    affinity = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    field = {"key": "metadata.name", "operator": "In", "values": ["node-7"]}
    assert affinity["nodeSelectorTerms"] == [{"matchFields": [field]}]
    assert (spec["tolerations"], spec["restartPolicy"]) == ([{"operator": "Exists"}], "Never")
    assert violations(spec) == []
    [container] = spec["containers"]
    assert (manifest["metadata"]["name"], container["image"]) == (probe.name, "python:3")
    *_, host, ports, trace_id, node, span_trace_id = container["command"]
    assert span_trace_id == probe.span_trace_id != trace_id
    assert (host, json.loads(ports)) == ("xray-service.xray", [2000, 4317])
    assert (trace_id, node) == (probe.trace_id, "node-7")
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", trace_id)
    other = Probe("node-7")
    assert (other.trace_id != trace_id, other.name != probe.name) == (True, True)
