import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_service.settings import (
    MAXIMUM_DELAY_MILLISECONDS,
    Sdk,
    Settings,
    SettingsError,
    read_settings,
)
from sample_service.values import RemoteSampling

from tests.images.sample_service.sample_service_process import SERVICES, environment_of

NAMED = {"AWS_XRAY_TRACING_NAME": "service-a"}
OPENTELEMETRY = {
    "OTEL_SERVICE_NAME": "service-a",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://xray-service.xray:4318",
    "OTEL_PROPAGATORS": "xray",
    "OTEL_TRACES_SAMPLER": "xray",
    "OTEL_TRACES_SAMPLER_ARG": "endpoint=http://xray-service.xray:2000",
}


def test_everything_but_the_name_has_a_default() -> None:
    assert read_settings(NAMED) == Settings(tracing_name="service-a")


def test_an_empty_variable_counts_as_not_set() -> None:
    empty = dict.fromkeys(("PORT", "DOWNSTREAM_URL", "FAULT_PERCENT", "XRAY_PLUGINS"), "")
    assert read_settings({**NAMED, **empty}) == Settings(tracing_name="service-a")


def test_every_variable_is_read() -> None:
    assert read_settings(
        {
            "AWS_XRAY_TRACING_NAME": "service-b",
            "AWS_XRAY_DAEMON_ADDRESS": "tcp:10.0.0.1:2000 udp:10.0.0.1:2001",
            "PORT": "9090",
            "DOWNSTREAM_URL": "http://service-c:8080",
            "DELAY_MILLISECONDS": "150",
            "FAULT_PERCENT": "2.5",
            "XRAY_PLUGINS": "ec2plugin, ECSPlugin",
            "CLUSTER_NAME": "demo",
            "NODE_NAME": "node-1",
            "POD_NAME": "service-b-0",
            "POD_NAMESPACE": "sample",
            "POD_UID": "7c1f",
        }
    ) == Settings(
        tracing_name="service-b",
        port=9090,
        downstream_url="http://service-c:8080",
        delay_milliseconds=150,
        fault_percent=2.5,
        plugins=("EC2Plugin", "ECSPlugin"),
        cluster_name="demo",
        node_name="node-1",
        pod_name="service-b-0",
        pod_namespace="sample",
        pod_uid="7c1f",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_XRAY_TRACING_NAME", ""),
        ("AWS_XRAY_TRACING_NAME", " "),
        ("AWS_XRAY_TRACING_NAME", "service*a"),
        ("AWS_XRAY_TRACING_NAME", "a" * 201),
        ("AWS_XRAY_DAEMON_ADDRESS", ""),
        ("AWS_XRAY_DAEMON_ADDRESS", "localhost"),
        ("AWS_XRAY_DAEMON_ADDRESS", "localhost:0"),
        ("AWS_XRAY_DAEMON_ADDRESS", "udp:localhost:2000"),
        ("AWS_XRAY_DAEMON_ADDRESS", "udp:localhost:2000 udp:localhost:2001"),
        ("AWS_XRAY_DAEMON_ADDRESS", "localhost:2000 localhost:2001"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("DOWNSTREAM_URL", "service-b:8080"),
        ("DOWNSTREAM_URL", "http://"),
        ("DOWNSTREAM_URL", "http://service-b:99999"),
        ("DELAY_MILLISECONDS", "-1"),
        ("DELAY_MILLISECONDS", "soon"),
        ("DELAY_MILLISECONDS", "60001"),
        ("FAULT_PERCENT", "120"),
        ("FAULT_PERCENT", "nan"),
        ("FAULT_PERCENT", "5%"),
        ("XRAY_PLUGINS", "EC2Plugin,EKSPlugin"),
        ("XRAY_PLUGINS", "EC2Plugin,"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({**NAMED, name: value})
    (problem,) = error.value.problems
    assert problem.startswith(f"{name} is '{value}'; it must be ")
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("argument", "sampling"),
    [
        (
            "endpoint=http://xray-service.xray:2000,polling_interval=60",
            RemoteSampling("http://xray-service.xray:2000", 60),
        ),
        (
            "polling_interval=10,endpoint=http://xray-service.xray:2000/",
            RemoteSampling("http://xray-service.xray:2000", 10),
        ),
        ("endpoint=http://xray-service.xray:2000", RemoteSampling("http://xray-service.xray:2000")),
        ("polling_interval=60", RemoteSampling(polling_seconds=60)),
    ],
)
def test_the_variables_of_opentelemetry_are_read(argument: str, sampling: RemoteSampling) -> None:
    assert read_settings({**OPENTELEMETRY, "OTEL_TRACES_SAMPLER_ARG": argument}) == Settings(
        tracing_name="service-a", sdk=Sdk.OPENTELEMETRY, sampling=sampling
    )


def test_another_sampler_than_xrays_is_left_to_the_sdk() -> None:
    others = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"}
    assert read_settings({**OPENTELEMETRY, **others}).sampling is None
    assert read_settings({"OTEL_SERVICE_NAME": "service-a"}).sampling is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_SERVICE_NAME", ""),
        ("OTEL_SERVICE_NAME", "service*a"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "xray-service.xray:4318"),
        ("OTEL_PROPAGATORS", ""),
        ("OTEL_PROPAGATORS", "xray,zipkin"),
        ("OTEL_TRACES_SAMPLER", ""),
        ("OTEL_TRACES_SAMPLER", "x-ray"),
        ("OTEL_TRACES_SAMPLER_ARG", ""),
        ("OTEL_TRACES_SAMPLER_ARG", "http://xray-service.xray:2000"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=xray-service.xray:2000"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://a:2000,endpoint=http://b:2000"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://a:2000,interval=60"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://a:2000,polling_interval=soon"),
        # The sampler would ask every 300 seconds, without a word.
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://a:2000,polling_interval=9"),
    ],
)
def test_a_bad_value_of_opentelemetry_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({**OPENTELEMETRY, name: value})
    (problem,) = error.value.problems
    assert problem.startswith(f"{name} is '{value}'; it must be ")
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        (
            {},
            "AWS_XRAY_TRACING_NAME and OTEL_SERVICE_NAME are not set; one of them must be the name "
            "of the segments.",
        ),
        (
            {**NAMED, **OPENTELEMETRY},
            "AWS_XRAY_TRACING_NAME and OTEL_SERVICE_NAME are both set; only one of them must be, "
            "as it says which SDK traces the service.",
        ),
        (
            {**OPENTELEMETRY, "XRAY_PLUGINS": "EC2Plugin"},
            "XRAY_PLUGINS is 'EC2Plugin'; it must not be set beside OTEL_SERVICE_NAME, as the "
            "plugins are the X-Ray SDK's.",
        ),
    ],
)
def test_exactly_one_sdk_is_chosen_with_what_belongs_to_it(
    environment: dict[str, str], problem: str
) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings(environment)
    assert error.value.problems == (problem,)


def test_variables_of_the_other_sdk_are_left_alone() -> None:
    others = {"AWS_XRAY_DAEMON_ADDRESS": "anything", "XRAY_PLUGINS": ""}
    assert read_settings({**OPENTELEMETRY, **others}) == read_settings(OPENTELEMETRY)
    assert read_settings({**NAMED, "OTEL_PROPAGATORS": "any"}) == read_settings(NAMED)


def test_the_sentence_says_what_is_possible() -> None:
    with pytest.raises(SettingsError, match=r"it must be a number from 0 to 100\."):
        read_settings({**NAMED, "FAULT_PERCENT": "120"})


@given(st.floats(0, 100))
def test_any_fault_percentage_in_range_is_taken_as_it_is(percent: float) -> None:
    text = f"{percent:f}"
    assert read_settings({**NAMED, "FAULT_PERCENT": text}).fault_percent == float(text)


@given(st.integers(0, MAXIMUM_DELAY_MILLISECONDS))
def test_any_delay_in_range_is_taken_as_it_is(delay: int) -> None:
    assert read_settings({**NAMED, "DELAY_MILLISECONDS": str(delay)}).delay_milliseconds == delay


@given(
    st.sampled_from([("FAULT_PERCENT", 100), ("DELAY_MILLISECONDS", MAXIMUM_DELAY_MILLISECONDS)]),
    st.floats(),
)
def test_a_number_is_taken_only_from_its_range(variable: tuple[str, int], number: float) -> None:
    name, maximum = variable
    text = f"{number:f}"
    in_range = 0 <= float(text) <= maximum and not text.startswith("-")
    try:
        read_settings({**NAMED, name: text})
    except SettingsError:
        assert not in_range
    else:
        assert in_range


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_text_breaks_the_reading(text: str) -> None:
    for name in ("PORT", "DOWNSTREAM_URL", "DELAY_MILLISECONDS", "AWS_XRAY_DAEMON_ADDRESS"):
        try:
            read_settings({**NAMED, name: text})
        except SettingsError as error:
            assert len(error.problems) == 1  # noqa: PT017
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"):
        try:
            read_settings({**OPENTELEMETRY, name: text})
        except SettingsError as error:
            assert len(error.problems) == 1  # noqa: PT017


def test_the_process_says_all_problems_at_once_and_exits_with_1() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "sample_service"],
        cwd=SERVICES,
        env=environment_of(
            PATH=os.environ["PATH"],
            PORT="http",
            FAULT_PERCENT="120",
            AWS_XRAY_DAEMON_ADDRESS="nowhere",
        ),
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert result.returncode == 1
    assert sorted(line.split()[0] for line in result.stderr.splitlines()) == [
        "AWS_XRAY_DAEMON_ADDRESS",
        "AWS_XRAY_TRACING_NAME",
        "FAULT_PERCENT",
        "PORT",
    ]
