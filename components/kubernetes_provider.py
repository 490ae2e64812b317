"""Options of components whose children are not all made on the cluster."""

from collections.abc import Mapping
from typing import Final

import pulumi

PACKAGE: Final = "kubernetes"


def without_kubernetes_provider(
    opts: pulumi.ResourceOptions | None,
) -> tuple[pulumi.ResourceOptions | None, pulumi.ProviderResource | None]:
    """Returns a component's options without their provider for Kubernetes, and that provider.

    Pulumi registers a component, and then all that is in it, once every provider among its options
    is there: one for Kubernetes, once the cluster is. Children that are made elsewhere, such as
    images, need not wait for that; those on the cluster are given the provider one by one.
    """
    if opts is None:
        return None, None
    given = opts.providers or {}
    providers: dict[str, pulumi.ProviderResource] = (
        dict(given) if isinstance(given, Mapping) else {each.package: each for each in given}
    )
    if opts.provider is not None:
        providers.setdefault(opts.provider.package, opts.provider)
    on_cluster = providers.pop(PACKAGE, None)
    own = pulumi.ResourceOptions.merge(opts, None)
    own.provider, own.providers = None, providers
    return own, on_cluster
