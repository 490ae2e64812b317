"""The way from this machine to a Service of the cluster: through its API server."""

from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from tools.lab.cluster import ApiServer

CONNECTIONS: Final = 32


def path_through(url: str) -> str:
    """Returns the path of an API server that leads to a URL such as `http://service-a.xray:8080`.

    An empty URL leads nowhere.
    """
    parts = urlsplit(url)
    if parts.hostname is None:
        return ""
    service, namespace = parts.hostname.split(".")[:2]
    proxy = f"/api/v1/namespaces/{namespace}/services/{service}:{parts.port}/proxy"
    return proxy + (parts.path or "/")


def session_for(api_server: ApiServer) -> requests.Session:
    """Returns a session that the API server knows as the kubeconfig's user."""
    configuration: Any = api_server.client.configuration
    session = requests.Session()
    # Else a certificate authority named in the environment would stand in for the cluster's own.
    session.trust_env = False
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    session.verify = configuration.ssl_ca_cert or configuration.verify_ssl
    if configuration.cert_file:
        session.cert = (configuration.cert_file, configuration.key_file)
    for each in configuration.auth_settings().values():
        if each["in"] == "header" and each["value"]:
            session.headers[each["key"]] = each["value"]
    return session
