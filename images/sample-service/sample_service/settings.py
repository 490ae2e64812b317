"""The service's settings, read from the environment variables that its Deployment sets."""

import re
from collections.abc import Mapping
from typing import NamedTuple

URL = r"https?://[^\s:/]+(:\d{1,5})?(/\S*)?"
PORT = r"[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]"
ADDRESS = r"[^\s:]+:\d{1,5}"
PLUGIN = "(EC2Plugin|ECSPlugin)"
PROPAGATOR = "(xray|tracecontext|baggage)"
A_NAME = (r"(?=\S)[\w .:/%&#=+\\\-@]{1,200}", "a segment name of at most 200 characters")
A_URL = (URL, "an http:// or https:// URL")

VARIABLES = {
    "AWS_XRAY_TRACING_NAME": A_NAME,
    "AWS_XRAY_DAEMON_ADDRESS": (f"{ADDRESS}|tcp:{ADDRESS} udp:{ADDRESS}", "host:port"),
    "XRAY_PLUGINS": (f"{PLUGIN}(,{PLUGIN})*", "EC2Plugin, ECSPlugin or both"),
    "OTEL_SERVICE_NAME": A_NAME,
    "OTEL_EXPORTER_OTLP_ENDPOINT": A_URL,
    "OTEL_PROPAGATORS": (f"{PROPAGATOR}(,{PROPAGATOR})*", "xray, tracecontext, baggage or a list"),
    "OTEL_TRACES_SAMPLER": ("xray", "xray"),
    "OTEL_TRACES_SAMPLER_ARG": (f"endpoint={URL}", "endpoint=URL"),
    "HOST": (r"[\w.:-]+", "an address of this machine"),
    "PORT": (PORT, "a whole number from 1 to 65535"),
    "DOWNSTREAM_URL": A_URL,
    "DELAY_MILLISECONDS": (r"[1-5]?\d{1,4}|60000", "a whole number from 0 to 60000"),
    "FAULT_PERCENT": (r"\d{1,2}(\.\d+)?|100", "a number from 0 to 100"),
}
"""What each variable must match, and that in words; some are read by the SDKs themselves."""

POD_VARIABLES = {
    "cluster": "CLUSTER_NAME",
    "node": "NODE_NAME",
    "namespace": "POD_NAMESPACE",
    "pod": "POD_NAME",
    "pod_uid": "POD_UID",
}
"""The variables of the pod's identity, by the annotations that hold it in every segment."""


class SettingsError(ValueError):
    """An environment variable that the service can't run with."""


class Settings(NamedTuple):
    """What one process of the service runs with."""

    name: str
    opentelemetry: bool
    host: str
    port: int
    downstream_url: str | None
    delay_milliseconds: int
    fault_percent: float
    plugins: tuple[str, ...]
    sampling_url: str
    pod: Mapping[str, str]


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Returns the settings in environment variables such as `os.environ`.

    Raises:
        SettingsError: A variable has a value that the service can't use, or no name is set.
    """
    for variable, (pattern, must_be) in VARIABLES.items():
        value = environment.get(variable)
        if value is not None and re.fullmatch(pattern, value, re.ASCII) is None:
            raise SettingsError(f"{variable} is '{value}'; it must be {must_be}.")
    name = environment.get("OTEL_SERVICE_NAME") or environment.get("AWS_XRAY_TRACING_NAME")
    if name is None:
        raise SettingsError("AWS_XRAY_TRACING_NAME is not set; it must be the service's name.")
    sampler_argument = environment.get("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://127.0.0.1:2000")
    return Settings(
        name=name,
        opentelemetry="OTEL_SERVICE_NAME" in environment,
        host=environment.get("HOST", "0.0.0.0"),
        port=int(environment.get("PORT", "8080")),
        downstream_url=environment.get("DOWNSTREAM_URL"),
        delay_milliseconds=int(environment.get("DELAY_MILLISECONDS", "0")),
        fault_percent=float(environment.get("FAULT_PERCENT", "0")),
        plugins=tuple(filter(None, environment.get("XRAY_PLUGINS", "").split(","))),
        sampling_url=sampler_argument.removeprefix("endpoint="),
        pod={key: environment[name] for key, name in POD_VARIABLES.items() if name in environment},
    )
