"""How the daemon's pods come by AWS credentials."""

from enum import Enum


class Credentials(str, Enum):
    """Who holds the right to write traces."""

    POD_IDENTITY = "pod-identity"
    """A role of their own by EKS Pod Identity: only the daemon's pods hold the right."""

    IRSA = "irsa"
    """A role of their own by the cluster's OIDC provider, for clusters without Pod Identity."""

    NODE_ROLE = "node-role"
    """The worker nodes' role, as in the article: every pod on the nodes can use the right."""
