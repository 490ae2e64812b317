"""Kubeconfigs: one for an EKS cluster that exists, and what another one says."""

import json
from typing import Any

import yaml


def kubeconfig_for(cluster_name: str, cluster_arn: str, endpoint: str, certificate: str) -> str:
    """Returns a kubeconfig (JSON) that gets its tokens from `aws eks get-token`.

    Args:
        cluster_name: Name of the EKS cluster.
        cluster_arn: ARN of the EKS cluster; its fourth part is the region.
        endpoint: URL of the cluster's API server.
        certificate: The API server's certificate authority, base64.
    """
    region = cluster_arn.split(":")[3]
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": cluster_name,
            "clusters": [
                {
                    "name": cluster_name,
                    "cluster": {"server": endpoint, "certificate-authority-data": certificate},
                }
            ],
            "contexts": [
                {
                    "name": cluster_name,
                    "context": {"cluster": cluster_name, "user": cluster_name},
                }
            ],
            "users": [{"name": cluster_name, "user": {"exec": _get_token(cluster_name, region)}}],
        }
    )


def _get_token(cluster_name: str, region: str) -> dict[str, object]:
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", cluster_name],
    }


def cluster_name_in(kubeconfig: str) -> str:
    """Returns the name of the cluster that a kubeconfig leads to: that of its current context.

    Raises:
        ValueError: It is no kubeconfig, or its current context leads to no cluster.
    """
    try:
        config: Any = yaml.safe_load(kubeconfig)
        contexts = {each["name"]: each["context"] for each in config["contexts"]}
        name = contexts[config["current-context"]]["cluster"]
        if not any(each["name"] == name for each in config["clusters"]):
            raise KeyError(name)
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError("no kubeconfig with a current context and its cluster") from error
    return str(name)
