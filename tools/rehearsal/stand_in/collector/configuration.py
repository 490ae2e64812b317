"""What the stand-in reads of a collector's configuration."""

import argparse
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from tools.rehearsal.span_segments import TRACES_PATH
from tools.rehearsal.stand_in.command_line import LOG_LEVELS, address_in

Address = tuple[str, int]

XRAY_EXPORTER: Final = "awsxray"
OTLP_EXPORTER: Final = "otlphttp"

NO_EXPORTER: Final = "debug"
"""That of a collector which is a readiness gate."""


class UnusableConfigurationError(ValueError):
    """The stand-in can't do what the configuration says; the message is one sentence."""


@dataclass(frozen=True)
class Caller:
    """As whom, and where, AWS X-Ray is called."""

    region: str
    role_arn: str | None
    endpoint: str | None
    """URL of the API; none for AWS's own."""


@dataclass(frozen=True)
class Configuration:
    """A collector's configuration, as far as it matters here."""

    segments: Address
    """UDP; X-Ray's SDKs send segments here."""

    proxy: Address
    """TCP; SDKs ask for sampling rules here."""

    spans: Address
    """TCP; OTLP by HTTP."""

    health: Address
    sampling: Caller
    """Who asks for sampling rules."""

    writer: Caller
    """Who writes the traces."""

    traces_endpoint: str | None
    """URL of X-Ray's OTLP endpoint, where spans are forwarded to it; else they become segments."""

    indexed_attributes: tuple[str, ...]
    """Attributes of spans that become annotations of segments."""

    log_level: int


@dataclass(frozen=True)
class GateConfiguration:
    """The configuration of a collector that takes spans and sends them nowhere."""

    spans: Address
    """TCP; OTLP by HTTP."""


def read_configuration(file: Path) -> Configuration | GateConfiguration:
    """Reads a collector's configuration.

    Raises:
        UnusableConfigurationError: It can't be read, lacks something, or its traces don't end in
            one of the exporters that the stand-in knows.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UnusableConfigurationError(f"--config {file} can't be read: {reason}.") from None
    return _Content(file, content).configuration()


class _Content:
    def __init__(self, file: Path, content: Any) -> None:
        self._file = file
        self._content = content

    def configuration(self) -> Configuration | GateConfiguration:
        exporter = self._last_exporter()
        spans = self._address("receivers.otlp.protocols.http.endpoint")
        if exporter == NO_EXPORTER:
            return GateConfiguration(spans)
        proxy = "receivers.awsxray.proxy_server"
        return Configuration(
            segments=self._address("receivers.awsxray.endpoint"),
            proxy=self._address(f"{proxy}.endpoint"),
            spans=spans,
            health=self._address("extensions.health_check.endpoint"),
            sampling=Caller(
                self._text(f"{proxy}.region"),
                self._find(f"{proxy}.role_arn"),
                self._find(f"{proxy}.aws_endpoint"),
            ),
            writer=self._writer(exporter),
            traces_endpoint=self._traces_endpoint() if exporter == OTLP_EXPORTER else None,
            indexed_attributes=tuple(self._find("exporters.awsxray.indexed_attributes") or ()),
            log_level=LOG_LEVELS.get(self._find("service.telemetry.logs.level"), logging.INFO),
        )

    def _writer(self, exporter: str) -> Caller:
        if exporter == XRAY_EXPORTER:
            return Caller(
                self._text("exporters.awsxray.region"),
                self._find("exporters.awsxray.role_arn"),
                self._find("exporters.awsxray.endpoint"),
            )
        return Caller(
            self._text("extensions.sigv4auth.region"),
            self._find("extensions.sigv4auth.assume_role.arn"),
            # Segments, which no span is made of here, go to X-Ray's API at the same host.
            self._traces_endpoint().removesuffix(TRACES_PATH),
        )

    def _traces_endpoint(self) -> str:
        return self._text(f"exporters.{OTLP_EXPORTER}.traces_endpoint")

    def _last_exporter(self) -> str:
        """Returns where the pipeline of spans ends, through queues of the collector to itself."""
        receiver, passed = "otlp", set[str]()
        while True:
            exporter = self._exporter_after(receiver)
            if exporter in (XRAY_EXPORTER, OTLP_EXPORTER, NO_EXPORTER):
                return exporter
            endpoint = self._find(f"exporters.{exporter}.endpoint")
            own = self._find(f"receivers.{exporter}.protocols.grpc.endpoint")
            if exporter in passed or endpoint is None or endpoint != own:
                raise self._unusable(
                    f"has a pipeline that ends in '{exporter}', which can't be rehearsed; it must "
                    f"end in '{XRAY_EXPORTER}' or '{OTLP_EXPORTER}'"
                )
            passed.add(exporter)
            receiver = exporter

    def _exporter_after(self, receiver: str) -> str:
        pipelines: dict[str, Any] = self._find("service.pipelines") or {}
        for pipeline in pipelines.values():
            if receiver in pipeline.get("receivers", ()):
                return " and ".join(pipeline.get("exporters", ()))
        raise self._unusable(f"has no pipeline from the receiver '{receiver}'")

    def _address(self, path: str) -> Address:
        try:
            return address_in(self._text(path))
        except argparse.ArgumentTypeError as error:
            raise self._unusable(f"has a wrong {path}: {error}") from None

    def _text(self, path: str) -> str:
        value = self._find(path)
        if not isinstance(value, str):
            raise self._unusable(f"has no {path}")
        return value

    def _find(self, path: str) -> Any:
        """Returns what stands at a path of keys; none where nothing does."""
        value = self._content
        for key in path.split("."):
            if not isinstance(value, dict):
                return None
            value = cast("Mapping[str, Any]", value).get(key)
        return value

    def _unusable(self, what: str) -> UnusableConfigurationError:
        return UnusableConfigurationError(f"--config {self._file} {what}.")
