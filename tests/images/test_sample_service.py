"""A sample service's settings and routes, in this process."""

from unittest.mock import Mock

import pytest
from sample_service import __main__ as program
from sample_service import app as sample_app
from sample_service.identity import aws_block, instance_of
from sample_service.settings import Settings, SettingsError, read_settings
from werkzeug.test import Client

NAMED = {"AWS_XRAY_TRACING_NAME": "service-b"}
UNNAMED = "AWS_XRAY_TRACING_NAME is not set; it must be the service's name.\n"


def test_every_variable_is_read() -> None:
    environment = {
        "OTEL_SERVICE_NAME": "service-b",
        "OTEL_TRACES_SAMPLER_ARG": "endpoint=http://xray-service.xray:2000",
        "HOST": "::1",
        "PORT": "65535",
        "DOWNSTREAM_URL": "http://service-c.sample:8080",
        "DELAY_MILLISECONDS": "150",
        "FAULT_PERCENT": "2.5",
        "XRAY_PLUGINS": "EC2Plugin,ECSPlugin",
        "POD_NAME": "service-b-0",
    }
    assert read_settings(environment) == Settings(
        name="service-b",
        opentelemetry=True,
        host="::1",
        port=65535,
        downstream_url="http://service-c.sample:8080",
        delay_milliseconds=150,
        fault_percent=2.5,
        plugins=("EC2Plugin", "ECSPlugin"),
        sampling_url="http://xray-service.xray:2000",
        pod={"pod": "service-b-0"},
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("AWS_XRAY_TRACING_NAME", ["", " ", "service*a", "a" * 201]),
        ("AWS_XRAY_DAEMON_ADDRESS", ["", "localhost", "udp:a:2000", "a:2000 b:2000"]),
        ("PORT", ["", "0", "65536", "http"]),
        ("DOWNSTREAM_URL", ["service-b:8080", "http://", "http://service-b:port"]),
        ("DELAY_MILLISECONDS", ["-1", "soon", "60001"]),
        ("FAULT_PERCENT", ["120", "nan", "5%", "100.5"]),
        ("XRAY_PLUGINS", ["EC2Plugin,EKSPlugin", "EC2Plugin,"]),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ["xray-service.xray:4318"]),
        ("OTEL_PROPAGATORS", ["xray,zipkin"]),
        ("OTEL_TRACES_SAMPLER", ["x-ray"]),
        ("OTEL_TRACES_SAMPLER_ARG", ["http://a:2000", "endpoint=a:2000"]),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(name: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(SettingsError) as error:
            read_settings({**NAMED, name: value})
        assert str(error.value).startswith(f"{name} is '{value}'; it must be ")


def test_the_process_ends_with_1_where_it_has_no_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", {})
    assert program.main() == 1
    assert capsys.readouterr().err == UNNAMED


def test_only_a_node_named_by_its_instance_has_an_instance_id() -> None:
    assert instance_of("i-0123456789abcdef0.internal") == "i-0123456789abcdef0"
    assert instance_of("ip-10-0-1-2.internal") is None
    assert instance_of("i-0123456789abcdef0123") is None


def test_what_plugins_found_out_has_precedence() -> None:
    plugins = {"ec2": {"instance_id": "i-0fedcba9876543210"}, "xray": {"sdk": "X-Ray"}}
    block = aws_block({"node": "i-0123456789abcdef0", "cluster": "demo"}, plugins)
    assert block == {**plugins, "eks": {"cluster_name": "demo"}}


def client(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[Client, Mock]:
    """Returns a client of the service, and what stands in for its SDK."""
    tracing = Mock(**{"current_trace_id.return_value": "1-2-3"})
    monkeypatch.setattr(sample_app, "start_tracing", lambda *_: tracing)
    return Client(sample_app.create_app(read_settings({**NAMED, **variables}))), tracing


def test_faults_come_at_random_and_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    service, tracing = client(monkeypatch, FAULT_PERCENT="50")
    statuses = [service.get("/").status_code for _ in range(100)]
    recorded = [str(call.args[0]) for call in tracing.record_exception.call_args_list]
    assert set(statuses) == {200, 500}
    assert recorded == ["one of the 50 % that fail at random"] * statuses.count(500)


def test_answers_are_delayed_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[float] = []
    monkeypatch.setattr("time.sleep", delays.append)
    service, _ = client(monkeypatch, DELAY_MILLISECONDS="500")
    assert [service.get("/").status_code for _ in range(20)] == [200] * 20
    assert 0 <= min(delays) < max(delays) <= 0.5


def test_probes_are_answered_and_other_paths_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    service, tracing = client(monkeypatch, FAULT_PERCENT="100")
    assert service.get("/healthz").status_code == 200
    assert service.get("/nowhere").status_code == 404
    tracing.record_exception.assert_not_called()
