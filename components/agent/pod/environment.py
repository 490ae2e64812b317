"""The environment variables of every agent's container."""

from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from ..args import TraceDaemonArgs
from .ip_family import metadata_environment
from .proxy import proxy_environment
from .resources import go_memory_limit


def agent_environment(args: TraceDaemonArgs, memory_limit_mib: int) -> list[EnvVarArgsDict]:
    """Returns what an agent is told by its environment.

    That is its region, its node's name, its memory for Go, and how it reaches AWS.

    Args:
        args: The complete inputs of `TraceDaemon`.
        memory_limit_mib: Memory limit of the container, in MiB.
    """
    source, family = args["credential_source"], args["ip_family"]
    return [
        {"name": "AWS_REGION", "value": args["region"]},
        {"name": "AWS_HOSTNAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
        {"name": "GOMEMLIMIT", "value": go_memory_limit(memory_limit_mib)},
        *metadata_environment(source, family),
        *proxy_environment(args["proxy_url"], args["no_proxy"], source, family),
    ]
