"""The components that put AWS X-Ray tracing on Kubernetes, each importable on its own."""

import sys

import pulumi

if sys.version_info < (3, 11):  # noqa: UP036 (older ones are to get a sentence, no traceback)
    raise pulumi.RunError(
        "Python is %d.%d; it must be 3.11 or newer." % sys.version_info[:2]  # noqa: UP031
    )

from .architecture import Architecture
from .backend import Backend, CollectorExporter, Tracing
from .cluster import Cluster, ClusterArgs
from .credentials import Credentials
from .daemon_command import LogLevel
from .daemon_image import DaemonImage, DaemonImageArgs, ImageSource
from .daemon_objects import Routing
from .daemon_sidecar import SIDECAR_ADDRESS, daemon_sidecar
from .ip_family import IpFamily
from .sample_services import SampleServices, SampleServicesArgs
from .sampling import Sampling, SamplingArgs, SamplingRule, TraceGroup
from .tail_sampling import TailSampling
from .trace_daemon import TraceDaemon, TraceDaemonArgs
from .trace_daemon_args import CollectorArgs
from .trace_environment import open_telemetry_environment, trace_environment
from .transaction_search import TransactionSearch, TransactionSearchArgs
from .vpc_endpoints import EndpointService, VpcEndpoints, VpcEndpointsArgs
from .write_access import WriteAccess, WriteAccessArgs

__all__ = [
    "SIDECAR_ADDRESS",
    "Architecture",
    "Backend",
    "Cluster",
    "ClusterArgs",
    "CollectorArgs",
    "CollectorExporter",
    "Credentials",
    "DaemonImage",
    "DaemonImageArgs",
    "EndpointService",
    "ImageSource",
    "IpFamily",
    "LogLevel",
    "Routing",
    "SampleServices",
    "SampleServicesArgs",
    "Sampling",
    "SamplingArgs",
    "SamplingRule",
    "TailSampling",
    "TraceDaemon",
    "TraceDaemonArgs",
    "TraceGroup",
    "Tracing",
    "TransactionSearch",
    "TransactionSearchArgs",
    "VpcEndpoints",
    "VpcEndpointsArgs",
    "WriteAccess",
    "WriteAccessArgs",
    "daemon_sidecar",
    "open_telemetry_environment",
    "trace_environment",
]
