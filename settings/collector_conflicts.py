"""Settings of the collector that don't go together, or with the daemon."""

from collections.abc import Iterator

from components import Backend, CollectorExporter, Tracing
from components.xray.transaction_search import DEFAULT_INDEXING_PERCENT

from .collector_fields import TransactionSearchMode
from .disagreement import Disagreement, contrary, unwanted
from .model import Settings

NEEDS_COLLECTOR = "unless backend is collector"


def conflicts(settings: Settings) -> Iterator[Disagreement]:
    """Yields each conflict."""
    yield from _daemon_only(settings)
    yield from _exporter(settings)
    yield from _indexing(settings)
    yield from _gateway(settings)
    yield from _tracing(settings)


def _daemon_only(settings: Settings) -> Iterator[Disagreement]:
    if settings.backend == Backend.COLLECTOR and settings.extra_arguments:
        yield unwanted(
            "extraArguments",
            settings.extra_arguments,
            {"backend"},
            "where backend is collector, since they are flags of the daemon",
        )


def _exporter(settings: Settings) -> Iterator[Disagreement]:
    if settings.collector_exporter != CollectorExporter.OTLP:
        return
    exporter = settings.collector_exporter.value
    if settings.backend != Backend.COLLECTOR:
        yield unwanted("collectorExporter", exporter, {"backend"}, NEEDS_COLLECTOR)
    if settings.transaction_search is None:
        yield contrary(
            "collectorExporter",
            exporter,
            {"transactionSearch"},
            "xray unless transactionSearch is declare or existing, without which X-Ray's OTLP "
            "endpoint takes no spans",
        )


def _indexing(settings: Settings) -> Iterator[Disagreement]:
    declared = settings.transaction_search == TransactionSearchMode.DECLARE
    if settings.indexing_percent != DEFAULT_INDEXING_PERCENT and not declared:
        yield unwanted(
            "indexingPercent",
            settings.indexing_percent,
            {"transactionSearch"},
            "unless transactionSearch is declare, since nothing sets it otherwise",
        )
    attributes = settings.indexed_attributes
    if attributes and settings.backend != Backend.COLLECTOR:
        yield unwanted("indexedAttributes", attributes, {"backend"}, NEEDS_COLLECTOR)
    if attributes and settings.collector_exporter != CollectorExporter.XRAY:
        yield unwanted(
            "indexedAttributes",
            attributes,
            {"collectorExporter"},
            "unless collectorExporter is xray, since spans have no annotations",
        )


def _gateway(settings: Settings) -> Iterator[Disagreement]:
    replicas = settings.gateway_replicas
    if replicas and settings.backend != Backend.COLLECTOR:
        yield unwanted("gatewayReplicas", replicas, {"backend"}, NEEDS_COLLECTOR)
    if settings.tail_sampling is not None and not replicas:
        yield unwanted(
            "tailSampling",
            settings.tail_sampling.model_dump(by_alias=True, exclude_unset=True),
            {"gatewayReplicas"},
            "unless gatewayReplicas is 1 or more, since all spans of a trace meet in a gateway "
            "alone",
        )
    has_network = any("/" in each for each in settings.no_proxy)
    if replicas and settings.proxy_url is not None and not has_network:
        yield contrary(
            "noProxy",
            settings.no_proxy,
            {"gatewayReplicas", "proxyUrl"},
            "an array with the network of the cluster's pods in it, such as 10.0.0.0/8, where "
            "proxyUrl and gatewayReplicas are set, since the proxy does not know the addresses of "
            "the gateway's pods",
        )


def _tracing(settings: Settings) -> Iterator[Disagreement]:
    services = {
        "serviceATracing": settings.service_a_tracing,
        "serviceBTracing": settings.service_b_tracing,
    }
    by_spans = [key for key, tracing in services.items() if tracing == Tracing.OPENTELEMETRY]
    for key in by_spans:
        tracing = services[key].value
        if settings.backend != Backend.COLLECTOR:
            yield contrary(
                key,
                tracing,
                {"backend"},
                "xray-sdk unless backend is collector, since the daemon takes no spans",
            )
        if not settings.sample_services:
            yield unwanted(key, tracing, {"sampleServices"}, "unless sampleServices is true")
    if len(by_spans) == len(services) and settings.sample_plugins:
        yield unwanted(
            "samplePlugins",
            settings.sample_plugins,
            set(services),
            "where serviceATracing and serviceBTracing are opentelemetry, since they are plugins "
            "of X-Ray's SDK",
        )
