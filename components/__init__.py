"""The components that put AWS X-Ray tracing on Kubernetes, each importable on its own."""

import sys

import pulumi

if sys.version_info < (3, 11):  # noqa: UP036 (older ones are to get a sentence, no traceback)
    raise pulumi.RunError(
        "Python is %d.%d; it must be 3.11 or newer." % sys.version_info[:2]  # noqa: UP031
    )

from .access.write_access import WriteAccess, WriteAccessArgs
from .agent.args import TraceDaemonArgs
from .agent.collector.tail_sampling import TailSampling
from .agent.daemon.sidecar import SIDECAR_ADDRESS, daemon_sidecar
from .agent.environment import open_telemetry_environment, trace_environment
from .agent.pod.platform import Platform
from .agent.trace_daemon import TraceDaemon
from .architecture import Architecture
from .canary.trace_canary import TraceCanary, TraceCanaryArgs
from .choices import (
    AgentKind,
    CollectorExporter,
    CredentialSource,
    IpFamily,
    LogLevel,
    Tracing,
    TrafficDistribution,
    UpgradePolicy,
)
from .cluster.args import ClusterArgs
from .cluster.cluster import Cluster
from .cluster.vpc_endpoints import EndpointService, VpcEndpoints, VpcEndpointsArgs
from .image.daemon_image import DaemonImage, DaemonImageArgs, ImageSource
from .instrumentation.languages import Language
from .instrumentation.pod_template import instrument
from .instrumentation.transform import trace_workloads
from .samples.sample_services import SampleServices, SampleServicesArgs
from .xray.sampling import Sampling, SamplingArgs, SamplingRule, TraceGroup
from .xray.transaction_search import TransactionSearch, TransactionSearchArgs

__all__ = [
    "SIDECAR_ADDRESS",
    "AgentKind",
    "Architecture",
    "Cluster",
    "ClusterArgs",
    "CollectorExporter",
    "CredentialSource",
    "DaemonImage",
    "DaemonImageArgs",
    "EndpointService",
    "ImageSource",
    "IpFamily",
    "Language",
    "LogLevel",
    "Platform",
    "SampleServices",
    "SampleServicesArgs",
    "Sampling",
    "SamplingArgs",
    "SamplingRule",
    "TailSampling",
    "TraceCanary",
    "TraceCanaryArgs",
    "TraceDaemon",
    "TraceDaemonArgs",
    "TraceGroup",
    "Tracing",
    "TrafficDistribution",
    "TransactionSearch",
    "TransactionSearchArgs",
    "UpgradePolicy",
    "VpcEndpoints",
    "VpcEndpointsArgs",
    "WriteAccess",
    "WriteAccessArgs",
    "daemon_sidecar",
    "instrument",
    "open_telemetry_environment",
    "trace_environment",
    "trace_workloads",
]
