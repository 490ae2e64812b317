"""The pod that is put on each node."""

import json
import re
from typing import Any

from tests.support.restricted import violations
from tools.verify.probe import Probe


def pod(node: str = "node-1") -> dict[str, Any]:
    return Probe(node).manifest("python:3", "xray-service.xray", [2000, 4317])


def test_a_probe_runs_on_its_node_whatever_its_taints() -> None:
    spec = pod("node-7")["spec"]
    affinity = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (term,) = affinity["nodeSelectorTerms"]
    (field,) = term["matchFields"]
    assert (field["key"], field["values"]) == ("metadata.name", ["node-7"])
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert spec["restartPolicy"] == "Never"


def test_the_restricted_level_admits_a_probe() -> None:
    assert violations(pod()["spec"]) == []


def test_a_probe_runs_the_image_and_sends_its_own_segment() -> None:
    probe = Probe("node-1")
    manifest = probe.manifest("python:3", "xray-service.xray", [2000, 4317])
    (container,) = manifest["spec"]["containers"]
    *_, host, ports, trace_id, node = container["command"]
    assert (manifest["metadata"]["name"], container["image"]) == (probe.name, "python:3")
    assert (host, json.loads(ports)) == ("xray-service.xray", [2000, 4317])
    assert (trace_id, node) == (probe.trace_id, "node-1")


def test_every_probe_has_a_trace_of_its_own() -> None:
    probes = [Probe("node-1") for _ in range(20)]
    assert len({each.trace_id for each in probes}) == len({each.name for each in probes}) == 20
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", probes[0].trace_id)
