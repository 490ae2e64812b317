"""What an agent is told by its environment, and its way to AWS through an HTTP proxy."""

from collections.abc import Sequence
from typing import Final

from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from ...choices import CredentialSource, IpFamily
from ..args import TraceDaemonArgs
from .containers import go_memory_limit
from .ip_family import credentials_addresses, metadata_environment


def agent_environment(args: TraceDaemonArgs, memory_limit_mib: int) -> list[EnvVarArgsDict]:
    """Returns what an agent is told by its environment.

    That is its region, its node's name, its memory for Go, and how it reaches AWS.
    """
    source, family = args["credential_source"], args["ip_family"]
    return [
        {"name": "AWS_REGION", "value": args["region"]},
        {"name": "AWS_HOSTNAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
        {"name": "GOMEMLIMIT", "value": go_memory_limit(memory_limit_mib)},
        *metadata_environment(source, family),
        *proxy_environment(args["proxy_url"], args["no_proxy"], source, family),
    ]


CLUSTER_NAMES: Final = ("localhost", ".svc", ".cluster.local")
"""Names inside a cluster, which no proxy outside knows."""


def proxy_environment(
    proxy_url: str | None, no_proxy: Sequence[str], source: CredentialSource, family: IpFamily
) -> list[EnvVarArgsDict]:
    """Returns the variables by which the agent goes through a proxy; none without one.

    The source of its credentials is on its own node, and is asked directly: through a proxy it
    would not be found (aws/aws-xray-daemon#255). What the daemon sends to AWS X-Ray itself goes
    through the proxy whatever `NO_PROXY` says (pkg/conn/conn.go).
    """
    if proxy_url is None:
        return []
    nearby = [each.split("/")[0] for each in credentials_addresses(source, family)]
    return [
        {"name": "HTTPS_PROXY", "value": proxy_url},
        {"name": "NO_PROXY", "value": ",".join((*CLUSTER_NAMES, *nearby, *no_proxy))},
    ]
