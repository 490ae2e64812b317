"""The table of settings, continued: collector, sampling, sample services, and parts of objects."""

from typing import Any, Final

from components.canary.alarms import CAUSES
from tests.settings.row import Row, Values

Several = tuple[Any, ...]

COLLECTOR: Final[Values] = {"agent": "collector", "gatewayReplicas": 1}
DIGEST: Final = f"sha256:{'0f' * 32}"
RULE: Final[dict[str, Any]] = {"name": "pay", "priority": 7, "fixedRate": 0.25}
GROUP: Final[dict[str, Any]] = {"name": "slow", "filterExpression": "duration > 5"}
GATEWAY: Final = "~xray-gateway-configuration:ConfigMap ~xray-gateway-deployment"
SDKS: Final = ("otel", "xray_sdk")
TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:operations"
CANARY: Final = (
    "+xray-canary-access-association +xray-canary-access-policy "
    "+xray-canary-access-role +xray-canary-access-role-policy:RolePolicyAttachment "
    "+xray-canary-daemon-set +xray-canary-dashboard +xray-canary-network-policy "
    "+xray-canary-service +xray-canary-service-account "
    + " ".join(f"+xray-canary-{each}:MetricAlarm" for each in CAUSES)
)
NOT_A_FLAG: Final = ("yes", 0)
PATTERN: Final = (("", "x" * 65), "a text of 1 to 64 characters")
NAMES: Final = (
    *(("a", "Check_out-2", "x" * 32), ("", "a b", "Default", "x" * 33)),
    "1 to 32 letters, digits, - and _, other than Default",
)

# fmt: off
SETTINGS: Final = (
    Row("collectorVersion", ("1.0.0", "0.49.0", "10.20.30", "0.100.1"),
        ("latest", "0.49", "v0.49.0", "00.49.0", "0.4900.0", "0.49.0\n", "0.48.0", "0.9.0"),
        "a full version of the AWS Distro for OpenTelemetry Collector from 0.49.0 on",
        "~xray-daemon-image:Index ~xray-daemon-set ~xray-gateway-deployment",
        ("aws-otel-collector:v1.0.0",), COLLECTOR),
    Row("collectorDigest", (DIGEST,), ("0.49.0", "0f" * 32, f"sha256:{'0F' * 32}"),
        "64 hexadecimal digits",
        "~xray-daemon-image:Index ~xray-daemon-set ~xray-gateway-deployment", (DIGEST,), COLLECTOR),
    Row("collectorMemoryLimitMib", (512, 192, 8192), (191, 8193), "from 192 to 8192",
        "~xray-collector-configuration:ConfigMap ~xray-daemon-set", ('"memory": "512Mi"',),
        COLLECTOR),
    # Spans take two more actions, and name their calls and consumers themselves.
    Row("collectorExporter", ("otlp",), ("XRay", "otlphttp"), "xray or otlp",
        "~write-access-policy ~xray-collector-configuration:ConfigMap ~xray-daemon-set",
        ("xray:PutSpans", r"- resource\n      - batch\n      exporters:\n      - otlp_http\n"),
        {"agent": "collector", "transactionSearch": "already-enabled"}),
    # What the DaemonSet waits for is in an annotation of its own: its pods stay.
    Row("transactionSearch", ("enable", "already-enabled"), ("declare", "null"),
        "enable or already-enabled",
        "~xray-daemon-set +transaction-search-destination "
        "+transaction-search-indexing:IndexingRule +transaction-search-policy",
        ('"destination": "CloudWatchLogs"', '"desiredSamplingPercentage": 1')),
    Row("indexingPercent", (2.5, 0, 100), (-0.1, 100.1), "a number from 0 to 100",
        "~transaction-search-indexing:IndexingRule", ('"desiredSamplingPercentage": 2.5',),
        {"transactionSearch": "enable"}),
    Row("gatewayReplicas", (3, 50), (-1, 51), "from 0, for no gateway, to 50",
        "~xray-gateway-deployment", ('"replicas": 3',), {"agent": "collector"}, 1),
    Row("tailSampling", ({"percent": 10},), (["percent"],), "an object with percent",
        "~xray-gateway-configuration:ConfigMap ~xray-gateway-deployment",
        ("sampling_percentage: 10",), COLLECTOR),
    Row("indexedAttributes", (["shop.customer"], ["käse", "a" * 500]),
        ([""], ["a b"], ["a\n"], ["a" * 501]), "names of 1 to 500 characters",
        "~xray-gateway-configuration:ConfigMap ~xray-gateway-deployment", ("shop.customer",),
        COLLECTOR),
    Row("samplingRules",
        ([], [{**RULE, "name": f"r{each}", "priority": each + 1} for each in range(25)]),
        ([{**RULE, "name": f"r{each}", "priority": each + 1} for each in range(26)],),
        "at most 25 sampling rules", "-sampling-sample-services:SamplingRule"),
    Row("traceGroups", ([], [{**GROUP, "name": f"g{each}"} for each in range(25)]),
        ([{**GROUP, "name": f"g{each}"} for each in range(26)],), "at most 25 groups",
        "-sampling-sample-services-faults:Group"),
    Row("sampleServices", (False,), NOT_A_FLAG, "true or false",
        "-sample-services-image -sample-services-lifecycle:LifecyclePolicy "
        "-sample-services-network-policy -sample-services-repository "
        "-sample-services-service-a-deployment -sample-services-service-a-disruption-budget "
        "-sample-services-service-a-service -sample-services-service-b-deployment "
        "-sample-services-service-b-disruption-budget -sample-services-service-b-service"),
    Row("sampleImage", ("sample:1", f"registry.example.com:5000/a/b@{DIGEST}"),
        ("-sample", "my sample", "sample@sha256:0f", "sample@latest", "x" * 513),
        "the reference of a container image",
        "~sample-services-service-a-deployment ~sample-services-service-b-deployment "
        "-sample-services-image -sample-services-lifecycle:LifecyclePolicy "
        "-sample-services-repository", ('"image": "sample:1"',)),
    Row("sampleDelayMilliseconds", (1, 0, 4000), (-1, 4001), "from 0 to 4000",
        "~sample-services-service-b-deployment", ('{"name": "DELAY_MILLISECONDS", "value": "1"}',)),
    Row("sampleFaultPercent", (1, 0, 100), (-1, 101), "from 0 to 100",
        "~sample-services-service-b-deployment", ('{"name": "FAULT_PERCENT", "value": "1"}',)),
    Row("samplePlugins", (["EC2Plugin", "ECSPlugin"],),
        (["EKSPlugin"], ["ec2plugin"], ["EC2Plugin"] * 2), "EC2Plugin, ECSPlugin or both",
        "~sample-services-network-policy ~sample-services-service-a-deployment "
        "~sample-services-service-b-deployment",
        ('{"name": "XRAY_PLUGINS", "value": "EC2Plugin,ECSPlugin"}',)),
    Row("serviceATracing", ("opentelemetry",), SDKS, "xray-sdk or opentelemetry",
        "~sample-services-network-policy ~sample-services-service-a-deployment", ("OTEL_",),
        COLLECTOR),
    Row("serviceBTracing", ("opentelemetry",), SDKS, "xray-sdk or opentelemetry",
        "~sample-services-network-policy ~sample-services-service-b-deployment", ("OTEL_",),
        COLLECTOR),
    Row("traceCanary", (True,), NOT_A_FLAG, "true or false", CANARY,
        ('"command": ["python", "-m", "sample_service.canary"]',)),
    Row("canaryNodes", (3, 100_000), (0, 100_001), "from 1 to 100000",
        "~xray-canary-silent:MetricAlarm", ('"threshold": 3',), {"traceCanary": True}),
    Row("canaryLateSeconds", (5.5, 1, 25), (0.9, 26), "from 1 to 25",
        "~xray-canary-late:MetricAlarm", ('"threshold": 5.5',), {"traceCanary": True}),
    Row("alarmTopicArn", (TOPIC,), ("operations", f"{TOPIC}.fifo", TOPIC.replace("sns", "sqs")),
        "the ARN of an SNS topic", " ".join(f"~xray-canary-{each}:MetricAlarm" for each in CAUSES),
        (f'"alarmActions": ["{TOPIC}"]', f'"okActions": ["{TOPIC}"]'), {"traceCanary": True}),
    Row("prometheusRule", (True,), NOT_A_FLAG, "true or false", "+xray-canary-prometheus-rule",
        ('"expr": "max(xray_canary_lost) > 0"',), {"traceCanary": True}),
    Row("tags", ({"team": "shop"}, {"käse": "a b_.:/=+-@1"}, {"k" * 127: "v" * 256},
        {str(each): "" for each in range(45)}),  ({"AWS:a": "b"}, {"": "b"}, {"k" * 128: ""},
        {"k": "v" * 257}, {"a": "Aws:b"}, {"a\n": ""}, {"a": "b;c"}, {"Team": "a", "team": "b"},
        {str(each): "" for each in range(46)}), "an object of at most 45 tags",
        "~sample-services-repository ~sampling-sample-services-faults:Group "
        "~sampling-sample-services:SamplingRule ~write-access-association ~write-access-policy "
        "~write-access-role ~xray-daemon-repository ~xray-nodes-amd64:ManagedNodeGroup "
        "~xray-nodes:LaunchTemplate ~xray-nodes:Role ~xray-pod-identity-agent:Addon "
        "~xray-control-plane:LogGroup ~xray-coredns:Addon ~xray-secrets:Key ~xray:Cluster",
        ('"team": "shop"',)),
)
# fmt: on


def _of_rule(part: str, right: Several, wrong: Several, must_be: str, *, shows: str) -> Row:
    """Returns the row of a part of a sampling rule."""
    reaches, beside = "~sampling-pay:SamplingRule", {"samplingRules": RULE}
    return Row(f"samplingRules[0].{part}", right, wrong, must_be, reaches, (shows,), beside)


def _of_group(part: str, right: Several, wrong: Several, must_be: str, *, shows: str) -> Row:
    """Returns the row of a part of an X-Ray group."""
    reaches, beside = "~sampling-slow:Group", {"traceGroups": GROUP}
    return Row(f"traceGroups[0].{part}", right, wrong, must_be, reaches, (shows,), beside)


def _of_tail(part: str, right: Several, wrong: Several, must_be: str, *, shows: str) -> Row:
    """Returns the row of a part of tail sampling."""
    beside = {**COLLECTOR, "tailSampling": {"percent": 5}}
    return Row(f"tailSampling.{part}", right, wrong, must_be, GATEWAY, (shows,), beside)


# fmt: off
PARTS: Final = (
    Row("samplingRules[0].name", *NAMES, "+sampling-a:SamplingRule -sampling-pay:SamplingRule",
        ('"ruleName": "a"',), {"samplingRules": RULE}),
    _of_rule("priority", (9, 1, 9999), (0, 10_000), "from 1 to 9999", shows='"priority": 9'),
    _of_rule("fixedRate", (0.05, 0, 1), (-0.1, 1.1), "from 0 to 1",
        shows='"fixedRate": 0.05'),
    _of_rule("reservoirSize", (3, 0, 1_000_000), (-1, 1_000_001), "from 0 to 1000000",
        shows='"reservoirSize": 3'),
    _of_rule("serviceName", ("shop-*", "?" * 64), *PATTERN, shows='"serviceName": "shop-*"'),
    _of_rule("serviceType", ("AWS::EKS::*", "?" * 64), *PATTERN,
        shows='"serviceType": "AWS::EKS::*"'),
    _of_rule("host", ("shop.example.com", "?" * 64), *PATTERN, shows='"host": "shop.example.com"'),
    _of_rule("httpMethod", ("POST", "x" * 10), ("", "PROPPATCHED"), "1 to 10",
        shows='"httpMethod": "POST"'),
    _of_rule("urlPath", ("/pay/*", "x" * 128), ("", "x" * 129), "1 to 128",
        shows='"urlPath": "/pay/*"'),
    _of_rule("attributes", ({"plan": "gold"}, {"a" * 32: "b" * 32}), ({"": "x"}, {"a": ""},
        {"a" * 33: "x"}, {"a": "x" * 33}, {str(each): "x" for each in range(6)}),
        "at most 5 attributes", shows='"attributes": {"plan": "gold"}'),
    Row("traceGroups[0].name", *NAMES, "+sampling-a:Group -sampling-slow:Group",
        ('"groupName": "a"',), {"traceGroups": GROUP}),
    _of_group("filterExpression", ("fault", "x" * 2000), ("", "x" * 2001), "1 to 2000",
        shows='"filterExpression": "fault"'),
    _of_group("insights", (True,), NOT_A_FLAG, "true or false", shows='"insightsEnabled": true'),
    _of_tail("percent", (0.5, 0, 100), (-0.1, 100.1), "from 0 to 100",
        shows="sampling_percentage: 0.5"),
    _of_tail("slowMilliseconds", (800, 1, 600_000), (0, 600_001), "from 1 to 600000",
        shows="threshold_ms: 800"),
    Row("tailSampling.keepFaults", (False,), NOT_A_FLAG, "true or false", GATEWAY,
        beside={**COLLECTOR, "tailSampling": {"percent": 5}}),
    _of_tail("waitSeconds", (30, 1, 120), (0, 121), "from 1 to 120", shows="decision_wait: 30s"),
)
# fmt: on

TRACES: Final = (*SETTINGS, *PARTS)
