"""Which IP addresses the agent, its Service and its NetworkPolicy use."""

from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from ...choices import CredentialSource, IpFamily

CREDENTIALS_ADDRESSES = {
    CredentialSource.POD_IDENTITY: {"ipv4": "169.254.170.23/32", "ipv6": "fd00:ec2::23/128"},
    CredentialSource.IRSA: {},
    CredentialSource.NODE_ROLE: {"ipv4": "169.254.169.254/32", "ipv6": "fd00:ec2::254/128"},
}
"""Where a pod asks for its credentials: the Pod Identity agent (EKS user guide, "How EKS Pod
Identity works"), the instance metadata service (EC2 user guide), or AWS itself."""


def single_families(family: IpFamily) -> list[str]:
    """Returns the one or two families that it stands for, `ipv4` before `ipv6`."""
    return ["ipv4", "ipv6"] if family == IpFamily.DUAL_STACK else [family.value]


def any_host(family: IpFamily) -> str:
    """Returns the address to listen on for other pods.

    `::` takes IPv4 too where the kernel has both; where it has no IPv6, it can't be listened on.
    """
    return "0.0.0.0" if family == IpFamily.IPV4 else "::"


def any_address(family: IpFamily, port: int) -> str:
    """Returns `any_host` with a port."""
    host = any_host(family)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def own_address(family: IpFamily, port: int) -> str:
    """Returns what to listen on for the same pod alone."""
    return f"[::1]:{port}" if family == IpFamily.IPV6 else f"127.0.0.1:{port}"


def metadata_environment(source: CredentialSource, family: IpFamily) -> list[EnvVarArgsDict]:
    """Returns the variable by which the AWS SDKs ask for the node's credentials by IPv6.

    They ask by IPv4 unless told otherwise (AWS SDKs reference guide, "IMDS credential provider").
    """
    if source != CredentialSource.NODE_ROLE or family != IpFamily.IPV6:
        return []
    return [{"name": "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "value": "IPv6"}]


def credentials_addresses(source: CredentialSource, family: IpFamily) -> list[str]:
    """Returns the networks of one address each where pods ask for their credentials."""
    known = CREDENTIALS_ADDRESSES[source]
    return [known[each] for each in single_families(family) if each in known]
