"""What stands behind the address that applications send traces to."""

from enum import Enum
from typing import Final

DEFAULT_COLLECTOR_VERSION: Final = "0.49.0"
"""The newest release in July 2026 (aws-observability/aws-otel-collector, releases)."""

MINIMUM_COLLECTOR_MEMORY_MIB: Final = 192
"""The least memory limit: without a span, ADOT 0.49.0 has 122 MiB, 96 of them its program."""

DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB: Final = 384
"""Memory limit of a collector where none is said."""


class Backend(str, Enum):
    """The program that takes traces from applications and sends them to AWS X-Ray."""

    DAEMON = "daemon"
    """AWS's X-Ray daemon: what X-Ray's SDKs send, as it is."""

    COLLECTOR = "collector"
    """An OpenTelemetry Collector: what X-Ray's SDKs send, and what OpenTelemetry's do."""


class CollectorExporter(str, Enum):
    """Which of AWS X-Ray's interfaces a collector sends traces to."""

    XRAY = "xray"
    """PutTraceSegments, as the daemon does: spans become segments on their way."""

    OTLP = "otlp"
    """The OTLP endpoint, which takes spans as they are; it needs Transaction Search."""


class Tracing(str, Enum):
    """The library that an application is traced by."""

    XRAY_SDK = "xray-sdk"
    """AWS's X-Ray SDK, which sends segments to UDP 2000."""

    OPENTELEMETRY = "opentelemetry"
    """OpenTelemetry's SDK, which sends spans to a collector by OTLP."""
