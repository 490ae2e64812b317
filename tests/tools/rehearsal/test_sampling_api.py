"""X-Ray's sampling rules on this machine: what the program declares is what SDKs are told."""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from aws_xray_sdk.core.context import Context
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.core.sampling.sampler import DefaultSampler
from botocore.exceptions import ClientError
from opentelemetry.sdk.resources import Resource as OpenTelemetryResource
from opentelemetry.sdk.trace import TracerProvider

from tests.tools.rehearsal.iam_user import user_allowed
from tests.tools.rehearsal.stand_in_process import (
    REGION,
    environment_of,
    running_stand_in,
    wait_for,
)
from tools.lab.deployment import Made, Resource
from tools.lab.errors import ToolError
from tools.rehearsal.access.rights import SAMPLING
from tools.rehearsal.aws.cloud import Cloud
from tools.rehearsal.aws.moto_server import start_cloud
from tools.rehearsal.kubernetes_objects import KubernetesObjects
from tools.rehearsal.providers import Providers

DECLARED: Final = {
    "ruleName": "shop",
    "priority": 100,
    "fixedRate": 0,
    "reservoirSize": 10,
    "serviceName": "service-*",
    "serviceType": "*",
    "host": "*",
    "httpMethod": "GET",
    "urlPath": "/",
    "attributes": {"team": "shop"},
    "resourceArn": "*",
    "version": 1,
    "tags": {"environment": "dev"},
}
"""The inputs of an `aws.xray.SamplingRule`."""


@pytest.fixture
def cloud() -> Generator[Cloud]:
    with start_cloud(REGION) as started:
        yield started


def _declare(cloud: Cloud, folder: Path, **changed: Any) -> Made:
    inputs = {key: value for key, value in {**DECLARED, **changed}.items() if value is not None}
    kind = "aws:xray/samplingRule:SamplingRule"
    urn = f"urn:pulumi:dev::xray-on-kubernetes::{kind}::a"
    resource = Resource(urn, kind, "a", inputs, "", frozenset(), custom=True)
    return Providers(cloud, KubernetesObjects(folder, None)).create(resource)


def _rules(cloud: Cloud) -> dict[str, Mapping[str, Any]]:
    records = cloud.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    return {record["SamplingRule"]["RuleName"]: record["SamplingRule"] for record in records}


def _statistics(rule: str, client: str, requests: int, sampled: int) -> dict[str, Any]:
    return {
        "RuleName": rule,
        "ClientID": client,
        "Timestamp": 0,
        "RequestCount": requests,
        "SampledCount": sampled,
    }


def _counts(cloud: Cloud) -> dict[str, tuple[int, int]]:
    summaries = cloud.client("xray").get_sampling_statistic_summaries()
    return {
        each["RuleName"]: (each["RequestCount"], each["SampledCount"])
        for each in summaries["SamplingStatisticSummaries"]
    }


def test_an_account_has_x_rays_own_rule(cloud: Cloud) -> None:
    (rule,) = _rules(cloud).values()
    assert (rule["RuleName"], rule["Priority"]) == ("Default", 10000)
    assert (rule["FixedRate"], rule["ReservoirSize"]) == (0.05, 1)


def test_a_rule_is_told_as_the_program_declared_it(cloud: Cloud, tmp_path: Path) -> None:
    made = _declare(cloud, tmp_path)
    rule = _rules(cloud)["shop"]
    assert rule == {
        "RuleName": "shop",
        "RuleARN": f"arn:aws:xray:{REGION}:123456789012:sampling-rule/shop",
        "ResourceARN": "*",
        "Priority": 100,
        "FixedRate": 0,
        "ReservoirSize": 10,
        "ServiceName": "service-*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "GET",
        "URLPath": "/",
        "Version": 1,
        "Attributes": {"team": "shop"},
    }
    assert (made.id, made.outputs["arn"], made.kept) == ("shop", rule["RuleARN"], "moto")


def test_rules_are_gone_with_their_cloud(tmp_path: Path) -> None:
    with start_cloud(REGION) as cloud:
        _declare(cloud, tmp_path)
    with start_cloud(REGION) as cloud:
        assert list(_rules(cloud)) == ["Default"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"colour": "red"}, 'Unknown parameter in SamplingRule: "Colour"'),
        ({"fixedRate": None}, 'Missing required parameter in SamplingRule: "FixedRate"'),
        ({"ruleName": "Default"}, "there is a sampling rule Default already"),
    ],
)
def test_a_rule_that_x_ray_would_refuse_is_an_error(
    cloud: Cloud, tmp_path: Path, changed: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        _declare(cloud, tmp_path, **changed)


def test_clients_of_a_rule_share_its_reservoir(cloud: Cloud, tmp_path: Path) -> None:
    _declare(cloud, tmp_path)
    xray = cloud.client("xray")
    quotas: list[int] = []
    for client in ("a" * 24, "b" * 24, "a" * 24):
        answer = xray.get_sampling_targets(
            SamplingStatisticsDocuments=[_statistics("shop", client, 3, 2)]
        )
        (target,) = answer["SamplingTargetDocuments"]
        assert (target["RuleName"], target["FixedRate"], target["Interval"]) == ("shop", 0, 10)
        assert target["ReservoirQuotaTTL"] > answer["LastRuleModification"]
        quotas.append(target["ReservoirQuota"])
    assert quotas == [10, 5, 5]
    assert _counts(cloud) == {"shop": (9, 6)}


def test_statistics_of_an_unknown_rule_are_unprocessed(cloud: Cloud) -> None:
    documents = [_statistics(rule, "a" * 24, 1, 1) for rule in ("gone", "Default")]
    answer = cloud.client("xray").get_sampling_targets(SamplingStatisticsDocuments=documents)
    assert [each["RuleName"] for each in answer["UnprocessedStatistics"]] == ["gone"]
    assert [each["RuleName"] for each in answer["SamplingTargetDocuments"]] == ["Default"]
    assert _counts(cloud) == {"Default": (1, 1)}


@pytest.mark.parametrize("action", SAMPLING)
def test_iam_is_asked_about_each_call(cloud: Cloud, action: str) -> None:
    others = set(SAMPLING) - {action}
    for allowed in (True, False):
        credentials = user_allowed(cloud, action) if allowed else user_allowed(cloud, *others)
        xray = cloud.client("xray", credentials)
        call = getattr(xray, {value: key for key, value in _methods(xray).items()}[action])
        if allowed:
            assert call(**SAMPLING[action])
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                call(**SAMPLING[action])


def _methods(xray: Any) -> dict[str, str]:
    mapping: Mapping[str, str] = xray.meta.method_to_api_mapping
    return {method: f"xray:{operation}" for method, operation in mapping.items()}


def _environment(cloud: Cloud) -> dict[str, str]:
    credentials = user_allowed(cloud, *SAMPLING)
    return environment_of(credentials.access_key_id, credentials.secret_access_key)


def test_x_rays_sdk_follows_the_rules_and_reports_through_the_daemon(
    cloud: Cloud, tmp_path: Path
) -> None:
    _declare(cloud, tmp_path, attributes=None, fixedRate=1)
    with running_stand_in(cloud.endpoint, tmp_path, _environment(cloud)) as stand_in:
        sampler = DefaultSampler()
        sampler.load_settings(DaemonConfig(f"127.0.0.1:{stand_in.port}"), Context())
        request = {"service": "service-a", "method": "GET", "path": "/", "host": "a"}
        wait_for(lambda: sampler.should_trace(dict(request)) == "shop")
        wait_for(lambda: _counts(cloud).get("shop"), 15)
    requests, sampled = _counts(cloud)["shop"]
    assert requests > 0
    assert sampled <= requests


def test_opentelemetrys_sampler_follows_the_rules_and_reports_through_the_daemon(
    cloud: Cloud, tmp_path: Path
) -> None:
    _declare(cloud, tmp_path, attributes=None, httpMethod="*", urlPath="*", fixedRate=1)
    with running_stand_in(cloud.endpoint, tmp_path, _environment(cloud)) as stand_in:
        resource = OpenTelemetryResource.create({"service.name": "service-a"})
        url = f"http://127.0.0.1:{stand_in.port}"
        sampler = AwsXRayRemoteSampler(resource=resource, endpoint=url)
        tracer = TracerProvider(sampler=sampler, resource=resource).get_tracer("test")

        def reported() -> bool:
            tracer.start_span("request").end()
            return "shop" in _counts(cloud)

        wait_for(reported, 15)
    assert _counts(cloud)["shop"][0] > 0
    assert "Default" not in _counts(cloud)
