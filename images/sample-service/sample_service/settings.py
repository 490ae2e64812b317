"""The service's settings, read from environment variables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from sample_service import values
from sample_service.values import RemoteSampling

Value = TypeVar("Value")

MAXIMUM_DELAY_MILLISECONDS = 60_000


class Sdk(Enum):
    """Which SDK traces the service; each value is the variable that chooses it."""

    XRAY = "AWS_XRAY_TRACING_NAME"
    OPENTELEMETRY = "OTEL_SERVICE_NAME"


class SettingsError(ValueError):
    """Environment variables the service cannot run with.

    Attributes:
        problems: One sentence for each of them.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What one process of the service runs with.

    Attributes:
        tracing_name: The name of its segments.
        sdk: The SDK that traces it.
        port: The TCP port it serves HTTP on.
        downstream_url: The URL which `GET /` calls; None calls nothing.
        delay_milliseconds: The longest random delay of a request.
        fault_percent: The percentage of requests which fail at random, 0 to 100.
        plugins: The X-Ray SDK's plugins to enable.
        sampling: Where OpenTelemetry's sampler gets X-Ray's sampling rules from; None leaves the
            sampler to the OpenTelemetry SDK.
        cluster_name: The Kubernetes cluster's name, where known.
        node_name: The name of the node the pod runs on, where known.
        pod_name: The pod's name, where known.
        pod_namespace: The pod's namespace, where known.
        pod_uid: The pod's UID, where known.
    """

    tracing_name: str
    sdk: Sdk = Sdk.XRAY
    port: int = 8080
    downstream_url: str | None = None
    delay_milliseconds: float = 0
    fault_percent: float = 0
    plugins: tuple[str, ...] = ()
    sampling: RemoteSampling | None = None
    cluster_name: str | None = None
    node_name: str | None = None
    pod_name: str | None = None
    pod_namespace: str | None = None
    pod_uid: str | None = None


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    An empty variable counts as not set, apart from those which the SDKs read themselves.

    Args:
        environment: The environment variables, such as `os.environ`.

    Returns:
        The settings.

    Raises:
        SettingsError: At least one variable is missing or has a value the service cannot use.
    """
    variables = _Variables(environment)
    sdk = _read_sdk(variables)
    settings = Settings(
        tracing_name=variables.parsed(
            sdk.value,
            "",
            values.segment_name,
            "a segment name: at most 200 letters, digits, spaces and _.:/%&#=+\\-@",
        ),
        sdk=sdk,
        port=variables.parsed("PORT", Settings.port, values.port, "a whole number from 1 to 65535"),
        downstream_url=variables.parsed("DOWNSTREAM_URL", None, values.url, values.A_URL),
        delay_milliseconds=variables.parsed(
            "DELAY_MILLISECONDS",
            Settings.delay_milliseconds,
            lambda value: values.number(value, MAXIMUM_DELAY_MILLISECONDS),
            f"a number from 0 to {MAXIMUM_DELAY_MILLISECONDS}",
        ),
        fault_percent=variables.parsed(
            "FAULT_PERCENT",
            Settings.fault_percent,
            lambda value: values.number(value, 100),
            "a number from 0 to 100",
        ),
        plugins=_read_plugins(variables, sdk),
        sampling=_read_sampling(variables) if sdk is Sdk.OPENTELEMETRY else None,
        cluster_name=variables.optional("CLUSTER_NAME"),
        node_name=variables.optional("NODE_NAME"),
        pod_name=variables.optional("POD_NAME"),
        pod_namespace=variables.optional("POD_NAMESPACE"),
        pod_uid=variables.optional("POD_UID"),
    )
    _check_what_the_sdk_reads(variables, sdk)
    if variables.problems:
        raise SettingsError(tuple(variables.problems))
    return settings


class _Variables:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def optional(self, name: str) -> str | None:
        return self.environment.get(name, "").strip() or None

    def parsed(
        self, name: str, default: Value, parse: Callable[[str], Value], must_be: str
    ) -> Value:
        # The SDKs read their variables themselves, and as they are.
        as_it_is = name.startswith(("AWS_XRAY_", "OTEL_"))
        value = self.environment.get(name) if as_it_is else self.optional(name)
        if value is None:
            return default
        try:
            return parse(value)
        except ValueError:
            self.problems.append(f"{name} is '{value}'; it must be {must_be}.")
            return default


def _read_sdk(variables: _Variables) -> Sdk:
    both = " and ".join(sdk.value for sdk in Sdk)
    chosen = [sdk for sdk in Sdk if sdk.value in variables.environment]
    if not chosen:
        variables.problems.append(
            f"{both} are not set; one of them must be the name of the segments."
        )
        return Sdk.XRAY
    if len(chosen) > 1:
        variables.problems.append(
            f"{both} are both set; only one of them must be, as it says which SDK traces the "
            "service."
        )
    return chosen[0]


def _read_plugins(variables: _Variables, sdk: Sdk) -> tuple[str, ...]:
    given = variables.optional("XRAY_PLUGINS")
    if sdk is Sdk.OPENTELEMETRY and given:
        variables.problems.append(
            f"XRAY_PLUGINS is '{given}'; it must not be set beside {sdk.value}, as the plugins "
            "are the X-Ray SDK's."
        )
        return Settings.plugins
    return variables.parsed(
        "XRAY_PLUGINS",
        Settings.plugins,
        values.plugins,
        f"a comma-separated list of {', '.join(values.PLUGINS)}",
    )


def _read_sampling(variables: _Variables) -> RemoteSampling | None:
    sampler = variables.parsed(
        "OTEL_TRACES_SAMPLER", None, values.sampler, f"one of {', '.join(values.SAMPLERS)}"
    )
    if sampler != values.REMOTE_SAMPLER:
        return None
    return variables.parsed(
        "OTEL_TRACES_SAMPLER_ARG",
        RemoteSampling(),
        values.remote_sampling,
        "endpoint=URL or endpoint=URL,polling_interval=SECONDS, from "
        f"{values.MINIMUM_POLLING_SECONDS} seconds on",
    )


def _check_what_the_sdk_reads(variables: _Variables, sdk: Sdk) -> None:
    if sdk is Sdk.XRAY:
        variables.parsed(
            "AWS_XRAY_DAEMON_ADDRESS",
            "",
            values.daemon_address,
            "host:port, or 'tcp:host:port udp:host:port'",
        )
        return
    variables.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", "", values.url, values.A_URL)
    variables.parsed(
        "OTEL_PROPAGATORS",
        (),
        values.propagators,
        f"a comma-separated list of {', '.join(values.PROPAGATORS)}",
    )
