"""The pod that is put on each node."""

import json
import re
from typing import Any

from tests.support.restricted import violations
from tools.verify.probe import probe_for


def pod(node: str = "node-1") -> dict[str, Any]:
    return probe_for(node).manifest("python:3", "xray-service.xray", [2000, 4317])


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
    probe = probe_for("node-1")
    manifest = probe.manifest("python:3", "xray-service.xray", [2000, 4317])
    (container,) = manifest["spec"]["containers"]
    *_, host, ports, segment = container["command"]
    assert (manifest["metadata"]["name"], container["image"]) == (probe.name, "python:3")
    assert (host, json.loads(ports)) == ("xray-service.xray", [2000, 4317])
    assert json.loads(segment)["trace_id"] == probe.trace_id
    assert json.loads(segment)["annotations"] == {"node": "node-1"}


def test_every_probe_has_a_trace_of_its_own() -> None:
    probes = [probe_for("node-1") for _ in range(20)]
    assert len({each.trace_id for each in probes}) == len({each.name for each in probes}) == 20
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", probes[0].trace_id)
