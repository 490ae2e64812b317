"""The components as a Pulumi package, which programs in any of Pulumi's languages can use."""

import sys
from typing import Final

import pulumi
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from .access.write_access import WriteAccess
from .agent.trace_daemon import TraceDaemon
from .cluster.cluster import Cluster
from .cluster.vpc_endpoints import VpcEndpoints
from .image.daemon_image import DaemonImage
from .samples.sample_services import SampleServices
from .version import VERSION
from .xray.sampling import Sampling
from .xray.transaction_search import TransactionSearch

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
    main(PackageProvider(), sys.argv[1:])


class PackageProvider(ComponentProvider):
    """Makes the package's components for an engine.

    What is wrong with an input reaches the user as our sentence, without Pulumi's traceback.
    """

    def __init__(self) -> None:
        super().__init__(list(COMPONENTS), PACKAGE, version=VERSION)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Makes a component.

        Raises:
            pulumi.RunError: Something is wrong with an input.
            ComponentInitError: The component failed otherwise.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as failed:
            if isinstance(failed.inner, pulumi.RunError):
                raise failed.inner from None
            raise
