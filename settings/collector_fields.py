"""The kinds of values that mean something to the collector, and to Transaction Search."""

from enum import Enum
from typing import Annotated

from pydantic import Field

from components.agent.agents import MINIMUM_COLLECTOR_MEMORY_MIB

from .fields import MustBe


class TransactionSearchMode(str, Enum):
    """Who turns CloudWatch Transaction Search on, for the whole account and region."""

    DECLARE = "declare"
    """This stack, which changes what all traces of the account cost in the region."""

    EXISTING = "existing"
    """Somebody else: it is on already, by another stack or by a person."""


CollectorVersion = Annotated[
    str,
    Field(pattern=r"^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$"),
    MustBe("a full version of AWS Distro for OpenTelemetry's collector such as 0.49.0"),
]
MemoryMebibytes = Annotated[
    int,
    Field(ge=MINIMUM_COLLECTOR_MEMORY_MIB, le=8192),
    MustBe(f"a whole number of MiB from {MINIMUM_COLLECTOR_MEMORY_MIB} to 8192"),
]
SharePercent = Annotated[
    float, Field(ge=0, le=100, allow_inf_nan=False), MustBe("a number from 0 to 100")
]
GatewayReplicas = Annotated[
    int, Field(ge=0, le=50), MustBe("a whole number from 0, for no gateway, to 50")
]
SlowMilliseconds = Annotated[
    int, Field(ge=1, le=600_000), MustBe("a whole number from 1 to 600000")
]
WaitSeconds = Annotated[int, Field(ge=1, le=120), MustBe("a whole number from 1 to 120")]
AttributeNames = Annotated[
    list[Annotated[str, Field(pattern=r"^\S+$", max_length=500)]],
    MustBe("an array of OpenTelemetry attributes, names of 1 to 500 characters without spaces"),
]
