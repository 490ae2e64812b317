"""The ports of the X-Ray daemon's contract, whatever answers on them."""

from pulumi_kubernetes.core.v1 import ContainerPortArgsDict

from .command import DAEMON_PORT


def daemon_ports(host_port: bool) -> list[ContainerPortArgsDict]:
    """Returns UDP 2000 for segments and TCP 2000 for sampling requests.

    Args:
        host_port: Whether the node's own port 2000 leads there too.
    """
    ports: list[ContainerPortArgsDict] = [
        {"name": "segments", "container_port": DAEMON_PORT, "protocol": "UDP"},
        {"name": "proxy", "container_port": DAEMON_PORT, "protocol": "TCP"},
    ]
    if host_port:
        for port in ports:
            port["host_port"] = DAEMON_PORT
    return ports
