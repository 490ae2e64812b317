"""The components that put AWS X-Ray tracing on Kubernetes, each importable on its own."""

from .cluster import Cluster, ClusterArgs
from .daemon_image import DaemonImage, DaemonImageArgs, ImageSource
from .daemon_pod import LogLevel
from .sample_services import SampleServices, SampleServicesArgs
from .sampling import Sampling, SamplingArgs, SamplingRule, TraceGroup
from .trace_daemon import TraceDaemon, TraceDaemonArgs
from .trace_environment import trace_environment
from .write_access import Credentials, WriteAccess, WriteAccessArgs

__all__ = [
    "Cluster",
    "ClusterArgs",
    "Credentials",
    "DaemonImage",
    "DaemonImageArgs",
    "ImageSource",
    "LogLevel",
    "SampleServices",
    "SampleServicesArgs",
    "Sampling",
    "SamplingArgs",
    "SamplingRule",
    "TraceDaemon",
    "TraceDaemonArgs",
    "TraceGroup",
    "WriteAccess",
    "WriteAccessArgs",
    "trace_environment",
]
