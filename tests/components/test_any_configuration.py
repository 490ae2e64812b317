"""Whatever settings go together declare one agent that may write traces."""

import json
from typing import Final

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from components.access.policies import SPAN_ACTIONS, WRITE_ACTIONS
from components.agent.service import RESERVED_NAMESPACES
from settings import SettingsError
from tests.settings.row import REGION, Values, read
from tests.settings.table import ROWS
from tests.support.program import collector_files, declare, only, samples
from tools.lab.deployment import Deployment

WHOLE: Final = {row.key: row for row in ROWS if "." not in row.key}
FROM_STACK: Final[Values] = dict.fromkeys(("samplingRules", "traceGroups", "tags"))
"""Settings of the stack `dev`, to leave out."""


@st.composite
def agreeing(draw: st.DrawFn) -> Values:
    """Draws settings that go together: those in conflict with others are left out."""
    values = dict(REGION)
    for key in draw(st.lists(st.sampled_from(sorted(WHOLE)), min_size=3, max_size=9, unique=True)):
        row = WHOLE[key]
        more = {**values, **row.beside, key: draw(st.sampled_from(row.right))}
        try:
            read(more)
        except SettingsError:
            continue
        values = more
    return values


# Without shrinking, which runs the program for minutes.
@settings(max_examples=25, deadline=None, phases=[Phase.generate])
@given(agreeing())
def test_right_settings_declare_an_agent_that_may_write(values: Values) -> None:
    drawn: Values = {**FROM_STACK, **values}
    _check(values, declare(**drawn))


def _check(values: Values, deployment: Deployment) -> None:
    namespace = values.get("namespace", "xray")

    policy = only(deployment.of_type("aws:iam/policy:Policy")).inputs
    actions = only(json.loads(policy["policy"])["Statement"])["Action"]
    spans = SPAN_ACTIONS if values.get("collectorExporter") == "otlp" else ()
    assert (actions == [*WRITE_ACTIONS, *spans]) == ("assumeRoleArn" not in values)
    searched = deployment.of_type("xray-on-kubernetes:index:TransactionSearch")
    assert len(searched) == (values.get("transactionSearch") == "enable")
    assert only(deployment.objects("DaemonSet"))["metadata"]["namespace"] == namespace
    assert len(deployment.objects("Namespace")) == (namespace not in RESERVED_NAMESPACES)
    assert len(samples(deployment)) == 2 * values.get("sampleServices", True)
    gateways = len(deployment.objects("Deployment")) - len(samples(deployment))
    assert gateways == (values.get("gatewayReplicas", 0) > 0)
    assert bool(collector_files(deployment)) == (values.get("agent") == "collector")
    existing = {"clusterName", "kubeconfig"} & values.keys()
    assert len(deployment.of_type("eks:index:Cluster")) == (not existing)
    rules = deployment.of_type("aws:xray/samplingRule:SamplingRule")
    assert len(rules) == len(values.get("samplingRules", []))
    assert deployment.outputs["daemonAddress"] == f"xray-service.{namespace}:2000"
