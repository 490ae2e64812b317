"""What the settings take: the defaults and constraints of the components, by name."""

from collections.abc import Mapping
from typing import Any, Final

from components.access.write_access import WRITE_ACCESS
from components.agent.args import TRACE_DAEMON
from components.canary.trace_canary import TRACE_CANARY
from components.cluster.args import CLUSTER
from components.cluster.vpc_endpoints import VPC_ENDPOINTS
from components.image.daemon_image import DAEMON_IMAGE
from components.inputs import Inputs
from components.samples.sample_services import SAMPLE_SERVICES
from components.words import camel_case
from components.xray.sampling import SAMPLING
from components.xray.transaction_search import TRANSACTION_SEARCH

from .model import Settings

REGION_KEY: Final = "aws:region"


def key_of(name: str) -> str:
    """Returns the key of a setting, or of a part of one, by its name in Python."""
    return REGION_KEY if name == "region" else camel_case(name)


COMPONENTS: Final[tuple[Inputs[Any], ...]] = (
    CLUSTER,
    VPC_ENDPOINTS,
    WRITE_ACCESS,
    DAEMON_IMAGE,
    TRANSACTION_SEARCH,
    TRACE_DAEMON,
    SAMPLING,
    SAMPLE_SERVICES,
    TRACE_CANARY,
)
"""What the settings reach, by name."""

OWN_DEFAULTS: Final[Mapping[str, Any]] = {
    "protect_cluster": False,
    "vpc_endpoints": (),
    "sample_services": True,
    "trace_canary": False,
    "tags": {},
}
"""Of settings that no component has, or has no default for."""

SETTINGS: Final = Inputs(
    Settings,
    {name: value for each in COMPONENTS for name, value in each.defaults.items()} | OWN_DEFAULTS,
    {name: value for each in COMPONENTS for name, value in each.constraints.items()},
)
