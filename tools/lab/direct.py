"""Which hosts are never asked through the proxy that the environment names."""

import os


def reach_directly(*hosts: str) -> None:
    """Has all clients of this process reach some hosts without a proxy, beside those they do now.

    Python reads one of two variables (urllib.request.getproxies_environment), gRPC too.
    """
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if named.strip() != "*":
        named = ",".join(dict.fromkeys([*filter(None, named.split(",")), *hosts]))
    os.environ |= {"no_proxy": named, "NO_PROXY": named}
