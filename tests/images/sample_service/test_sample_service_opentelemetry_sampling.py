import time
from pathlib import Path

from tests.images.sample_service.opentelemetry_collector import (
    Collector,
    running_opentelemetry_service,
    served,
)
from tests.images.sample_service.sample_service_process import RULE, wait_for


def test_sampling_rules_for_eks_containers_are_followed(tmp_path: Path) -> None:
    other = {**RULE, "RuleName": "ec2", "Priority": 1, "ServiceType": "AWS::EC2::Instance"}
    collector = Collector([other, RULE])
    with running_opentelemetry_service("service-b", collector.url, tmp_path / "log") as service:

        def rules_followed() -> set[str]:
            service.get()
            rules = [span.attributes.get("aws.xray.sampling_rule") for span in collector.spans]
            return set(filter(None, rules))

        assert wait_for(rules_followed, 30) == {"eks-containers"}


def test_a_rule_that_samples_nothing_leaves_no_span(tmp_path: Path) -> None:
    collector = Collector([{**RULE, "FixedRate": 0}])
    with running_opentelemetry_service("service-b", collector.url, tmp_path / "log") as service:
        service.wait_until_ready()
        # Until the rule has come, the sampler takes the first request of each second.
        wait_for(lambda: collector.questions, 30)
        time.sleep(1)
        for _ in range(3):
            assert service.get().json()["trace_id"] is None
            time.sleep(1.1)
        sampled = served(collector, service)
        assert collector.spans == [sampled]


def test_the_sampler_asks_and_reports_as_often_as_it_should_and_makes_no_spans_of_that(
    tmp_path: Path,
) -> None:
    collector = Collector([RULE])
    with running_opentelemetry_service(
        "service-b",
        collector.url,
        tmp_path / "log",
        OTEL_TRACES_SAMPLER_ARG=f"endpoint={collector.url},polling_interval=10",
    ) as service:
        service.get()
        # It asks again 10 to 15 seconds after the start, and reports after 10.
        wait_for(lambda: collector.questions > 1 and collector.statistics, 60)
        served(collector, service)
    (statistics,) = collector.statistics
    assert statistics["RuleName"] == "eks-containers"
    assert {span.kind for span in collector.spans} == {"SERVER"}
    assert collector.unexpected == []
