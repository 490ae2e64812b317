"""Changes of settings of the collector, of what X-Ray keeps, and of the sample services."""

from collections.abc import Mapping
from typing import Any, Final

from .change import (
    CONFIGURATION,
    COPY,
    DAEMON_SET,
    GATEWAY,
    GATEWAY_CONFIGURATION,
    POLICY,
    SAMPLE_IMAGE,
    SAMPLE_OBJECTS,
    SAMPLE_POLICY,
    SERVICE_A,
    SERVICE_B,
    Change,
)

_COLLECTOR: Final[Mapping[str, Any]] = {"backend": "collector", "gatewayReplicas": 1}


def _on_collector(setting: str, value: object, *touched: str) -> Change:
    """Returns a change where a collector runs, with a gateway."""
    return Change({setting: value}, touched=frozenset(touched), before=_COLLECTOR)


OF_TRACES: Final[Mapping[str, Change]] = {
    "collectorVersion": _on_collector("collectorVersion", "0.48.0", COPY, DAEMON_SET, GATEWAY),
    "collectorDigest": _on_collector(
        "collectorDigest", f"sha256:{'0f' * 32}", COPY, DAEMON_SET, GATEWAY
    ),
    "collectorMemoryLimitMebibytes": _on_collector(
        "collectorMemoryLimitMebibytes", 512, CONFIGURATION, DAEMON_SET
    ),
    "gatewayReplicas": _on_collector("gatewayReplicas", 3, GATEWAY),
    "tailSampling": _on_collector("tailSampling", {"percent": 10}, GATEWAY_CONFIGURATION, GATEWAY),
    "indexedAttributes": _on_collector(
        "indexedAttributes", ["shop.customer"], GATEWAY_CONFIGURATION, GATEWAY
    ),
    "serviceATracing": _on_collector("serviceATracing", "opentelemetry", SERVICE_A, SAMPLE_POLICY),
    "serviceBTracing": _on_collector("serviceBTracing", "opentelemetry", SERVICE_B, SAMPLE_POLICY),
    "collectorExporter": Change(
        {"collectorExporter": "otlp"},
        # Spans take two more rights.
        touched=frozenset({POLICY, CONFIGURATION, DAEMON_SET}),
        before={"backend": "collector", "transactionSearch": "existing"},
    ),
    # What the DaemonSet waits for is in an annotation of its own: its pods stay.
    "transactionSearch": Change(
        {"transactionSearch": "declare"},
        touched=frozenset({DAEMON_SET}),
        made=frozenset(
            {
                "aws:IndexingRule transaction-search-indexing",
                "aws:LogResourcePolicy transaction-search-policy",
                "aws:TraceSegmentDestination transaction-search-destination",
            }
        ),
    ),
    "indexingPercent": Change(
        {"indexingPercent": 50},
        touched=frozenset({"aws:IndexingRule transaction-search-indexing"}),
        before={"transactionSearch": "declare"},
    ),
    "samplingRules": Change(
        {"samplingRules": []}, removed=frozenset({"aws:SamplingRule sampling-sample-services"})
    ),
    "traceGroups": Change(
        {"traceGroups": []}, removed=frozenset({"aws:Group sampling-sample-services-faults"})
    ),
    "sampleServices": Change({"sampleServices": False}, removed=SAMPLE_OBJECTS | SAMPLE_IMAGE),
    "sampleImage": Change(
        {"sampleImage": "sample:1"},
        touched=frozenset({SERVICE_A, SERVICE_B}),
        removed=SAMPLE_IMAGE,
    ),
    "sampleDelayMilliseconds": Change(
        {"sampleDelayMilliseconds": 1}, touched=frozenset({SERVICE_B})
    ),
    "sampleFaultPercent": Change({"sampleFaultPercent": 1}, touched=frozenset({SERVICE_B})),
    "samplePlugins": Change(
        {"samplePlugins": ["EC2Plugin"]},
        touched=frozenset({SERVICE_A, SERVICE_B, SAMPLE_POLICY}),
    ),
    "tags": Change(
        {"tags": {"team": "shop"}},
        touched=frozenset(
            {
                "aws:Addon xray-pod-identity-agent",
                "aws:Group sampling-sample-services-faults",
                "aws:Key xray-secrets",
                "aws:LaunchTemplate xray-nodes",
                "aws:PodIdentityAssociation write-access-association",
                POLICY,
                "aws:Repository sample-services-repository",
                "aws:Repository xray-daemon-repository",
                "aws:Role write-access-role",
                "aws:Role xray-nodes",
                "aws:SamplingRule sampling-sample-services",
                "eks:Cluster xray",
                "eks:ManagedNodeGroup xray-nodes-amd64",
            }
        ),
    ),
}
"""By the setting's name."""
