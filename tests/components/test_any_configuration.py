import json
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import Phase, given, settings

from components.access.policies import SPAN_ACTIONS, WRITE_ACTIONS
from components.agent.service import RESERVED_NAMESPACES
from tests.settings.configurations import REGION_KEY, Values, agreeing, texts
from tests.support.program import collector_files, configured, only, run, samples
from tools.lab.deployment import Deployment
from tools.lab.project import Project

CONFIGURATIONS: Final = 200
"""How many configurations are declared in all."""

SAMPLING: Final = {
    "aws:xray/samplingRule:SamplingRule": "samplingRules",
    "aws:xray/group:Group": "traceGroups",
}


@pytest.mark.parametrize("existing_cluster", [False, True])
def test_every_right_configuration_declares_a_daemon_that_may_write(existing_cluster: bool) -> None:
    declared = 0

    # Without shrinking, which runs the program for minutes.
    @settings(
        max_examples=CONFIGURATIONS // 2, deadline=None, database=None, phases=[Phase.generate]
    )
    @given(agreeing(existing_cluster=existing_cluster))
    def declare(values: Values) -> None:
        nonlocal declared
        _check(values, run(_project(values)))
        declared += 1

    declare()

    assert declared >= CONFIGURATIONS // 2


def _check(values: Values, deployment: Deployment) -> None:
    namespace = values.get("namespace", "xray")

    policy = only(deployment.of_type("aws:iam/policy:Policy")).inputs
    actions = only(json.loads(policy["policy"])["Statement"])["Action"]
    spans = SPAN_ACTIONS if values.get("collectorExporter") == "otlp" else ()
    assert (actions == [*WRITE_ACTIONS, *spans]) == ("assumeRoleArn" not in values)
    searched = deployment.of_type("xray-on-kubernetes:index:TransactionSearch")
    assert len(searched) == (values.get("transactionSearch") == "declare")
    assert only(deployment.objects("DaemonSet"))["metadata"]["namespace"] == namespace
    assert len(deployment.objects("Namespace")) == (namespace not in RESERVED_NAMESPACES)
    assert len(samples(deployment)) == 2 * values.get("sampleServices", True)
    gateways = len(deployment.objects("Deployment")) - len(samples(deployment))
    assert gateways == (values.get("gatewayReplicas", 0) > 0)
    assert bool(collector_files(deployment)) == (values.get("backend") == "collector")
    adopted = {"clusterName", "kubeconfig"} & values.keys()
    assert len(deployment.of_type("eks:index:Cluster")) == (not adopted)
    for resource_type, key in SAMPLING.items():
        assert len(deployment.of_type(resource_type)) == len(values.get(key, []))
    assert deployment.outputs["daemonAddress"] == f"xray-service.{namespace}:2000"


def _project(values: Values) -> Project:
    project = configured()
    configuration = {
        key if key == REGION_KEY else f"{project.name}:{key}": text
        for key, text in texts(values).items()
    }
    return replace(project, configuration=configuration)
