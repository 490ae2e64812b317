"""The components as a Pulumi package, which programs in any of Pulumi's languages can use."""

from typing import Final

import pulumi
from pulumi.provider.experimental import component_provider_host

from .cluster import Cluster
from .daemon_image import DaemonImage
from .sample_services import SampleServices
from .sampling import Sampling
from .trace_daemon import TraceDaemon
from .transaction_search import TransactionSearch
from .version import VERSION
from .vpc_endpoints import VpcEndpoints
from .write_access import WriteAccess

PACKAGE: Final = "xray-on-kubernetes"
"""Name of the package; the types of all components begin with it."""

COMPONENTS: Final[tuple[type[pulumi.ComponentResource], ...]] = (
    Cluster,
    DaemonImage,
    SampleServices,
    Sampling,
    TraceDaemon,
    TransactionSearch,
    VpcEndpoints,
    WriteAccess,
)
"""What is in the package; each with the enums and types of its inputs."""


def serve() -> None:
    """Answers Pulumi's engine, which names its address in the arguments, until it is done."""
    component_provider_host(components=list(COMPONENTS), name=PACKAGE, version=VERSION)
