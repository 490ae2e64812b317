"""What an agent is told by its environment, and its way to AWS through an HTTP proxy."""

from typing import Final

from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from ..args import NodePodArgs, TraceDaemonArgs
from .containers import go_memory_limit
from .ip_family import credentials_addresses, metadata_environment


def agent_environment(args: TraceDaemonArgs, memory_limit_mib: int) -> list[EnvVarArgsDict]:
    """Returns what an agent is told by its environment.

    That is its region, its node's name, its memory for Go, and how it reaches AWS.
    """
    return [
        {"name": "AWS_REGION", "value": args["region"]},
        {"name": "AWS_HOSTNAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
        {"name": "GOMEMLIMIT", "value": go_memory_limit(memory_limit_mib)},
        *way_to_aws(args),
    ]


CLUSTER_NAMES: Final = ("localhost", ".svc", ".cluster.local")
"""Names inside a cluster, which no proxy outside knows."""


def way_to_aws(args: NodePodArgs) -> list[EnvVarArgsDict]:
    """Returns the variables by which a pod on a node gets credentials, and goes through a proxy.

    The source of its credentials is on its own node, and is asked directly: through a proxy it
    would not be found (aws/aws-xray-daemon#255). What the daemon sends to AWS X-Ray itself goes
    through the proxy whatever `NO_PROXY` says (pkg/conn/conn.go).
    """
    source, family = args["credential_source"], args["ip_family"]
    metadata = metadata_environment(source, family)
    if args["proxy_url"] is None:
        return metadata
    nearby = [each.split("/")[0] for each in credentials_addresses(source, family)]
    return [
        *metadata,
        {"name": "HTTPS_PROXY", "value": args["proxy_url"]},
        {"name": "NO_PROXY", "value": ",".join((*CLUSTER_NAMES, *nearby, *args["no_proxy"]))},
    ]
