"""What a canary is made of: on every node, with little right, and alarms that say why they ring."""

import json
from typing import Any, Final

import pytest

from components.canary.alarms import CAUSES, description, prometheus_rules
from tests.support.alarms import ARGS
from tests.support.program import only, variant
from tests.support.restricted import violations
from tools.lab.deployment import Deployment
from tools.rehearsal.agent_files import daemon_sets_of
from tools.verify.causes import SENTENCES, TABLE

STACKS: Final = ("canary", "canary-by-proxy")


def pod_of(deployment: Deployment, name: str = "xray-canary") -> dict[str, Any]:
    return only(daemon_sets_of(deployment.objects(), name))["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", STACKS)
def test_it_is_where_the_agent_is_and_restricted(name: str) -> None:
    pod, agent = pod_of(variant(name)), pod_of(variant(name), "xray-daemon")
    for each in ("nodeSelector", "tolerations"):
        assert pod[each] == agent[each]
    assert violations(pod) == []
    assert pod["automountServiceAccountToken"] is False
    variables = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    ports = json.loads(variables["AGENT_PORTS"])
    spans = {"metrics": 8888, "otlp-grpc": 4317, "otlp-http": 4318} if name == "canary" else {}
    assert ports == {"proxy": 2000, "segments": 2000, **spans}
    assert list(ports) == sorted(ports), "the same in every language"
    if name == "canary-by-proxy":
        assert variables["HTTPS_PROXY"] == "http://proxy.example.com:3128"
        assert "AWS_ROLE_ARN" in variables


@pytest.mark.parametrize("name", STACKS)
def test_it_reads_traces_by_their_ids_and_writes_one_namespace(name: str) -> None:
    policies = variant(name).of_type("aws:iam/policy:Policy")
    own = only([each for each in policies if each.name == "xray-canary-access-policy"])
    reading, writing = json.loads(own.inputs["policy"])["Statement"]
    assert reading["Action"] == "xray:BatchGetTraces"
    assert writing["Action"] == "cloudwatch:PutMetricData"
    assert writing["Condition"] == {"StringEquals": {"cloudwatch:namespace": "XRayCanary"}}


def test_it_reaches_the_agent_of_its_node_and_aws_alone() -> None:
    objects = [e for e in variant("canary").objects() if e["metadata"]["name"] == "xray-canary"]
    by_kind = {each["kind"]: each["spec"] for each in objects if "spec" in each}
    selector = {"app.kubernetes.io/name": "xray-daemon"}
    service, egress = by_kind["Service"], by_kind["NetworkPolicy"]["egress"]
    assert service["selector"] == selector
    assert service["internalTrafficPolicy"] == "Local"
    assert [each["port"] for each in service["ports"]] == [8888]
    assert egress[-1] == {"to": [{"podSelector": {"matchLabels": selector}}]}
    assert {"ports": [{"protocol": "TCP", "port": 443}]} in egress


def test_each_alarm_says_what_verify_says_and_tells_the_topic() -> None:
    alarms = variant("canary").of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) == len(CAUSES)
    for each in alarms:
        inputs = each.inputs
        assert inputs["alarmDescription"] == description(each.name.removeprefix("xray-canary-"))
        assert inputs["alarmActions"] == inputs["okActions"]
        assert len(inputs["alarmActions"]) == 1
    said = {each["say"] for each in TABLE["causes"]}
    shared = {each["say"] for each in CAUSES.values()} & SENTENCES.keys()
    assert SENTENCES.keys() - {"no_name"} <= said
    assert shared == SENTENCES.keys()


def test_no_word_counts_at_once_but_not_while_the_first_canaries_start() -> None:
    alarms = variant("canary").of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    silent = only([each for each in alarms if each.name == "xray-canary-silent"])
    assert silent.inputs["metricQueries"][1]["expression"] == "FILL(said, 0)"
    assert silent.inputs["warmUpConfiguration"]["warmUpPeriodDurationInMinutes"] == 10
    assert any(each.endswith("::xray-canary-daemon-set") for each in silent.dependencies)


def test_the_dashboard_shows_every_alarm_and_each_node() -> None:
    made = only(variant("canary").of_type("aws:cloudwatch/dashboard:Dashboard")).inputs
    status, *graphs = json.loads(made["dashboardBody"])["widgets"]
    assert made["dashboardName"].startswith("xray-canary-")
    assert len(status["properties"]["alarms"]) == len(CAUSES)
    metrics = [each["properties"]["metrics"][0] for each in graphs]
    searched = [each[0]["expression"] for each in metrics if isinstance(each[0], dict)]
    assert len(searched) == 2
    assert all("{XRayCanary,Cluster,Node}" in each for each in searched)
    assert not [each for each in graphs if "$" in json.dumps(each)]


def test_prometheus_gets_the_same_alerts_where_it_is_asked_for() -> None:
    (rule,) = variant("canary-by-proxy").objects("PrometheusRule")
    (group,) = rule["spec"]["groups"]
    assert group["rules"] == prometheus_rules(ARGS)
    expressions = {each["alert"]: each["expr"] for each in group["rules"]}
    assert expressions["XRayCanarySilent"] == "(count(xray_canary_rounds) or vector(0)) < 1"
    assert expressions["XRayCanaryLate"] == "max(xray_canary_seconds) > 10.0"
    assert variant("canary").objects("PrometheusRule") == []
