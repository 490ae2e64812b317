"""Every kind of stack that the program can declare, by name."""

import json
from collections.abc import Mapping
from typing import Any, Final

Settings = dict[str, Any]

KUBECONFIG: Final = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "operator",
        "contexts": [{"name": "operator", "context": {"cluster": "kops.example.com"}}],
        "clusters": [{"name": "kops.example.com", "cluster": {"server": "https://localhost"}}],
    }
)
"""That of a cluster which is not EKS."""

NODE_ROLE: Final[Settings] = {"nodeRoleName": "shop-nodes"}
OIDC_PROVIDER: Final[Settings] = {
    "oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/kops.example.com"
}
IRSA_ON_KOPS: Final[Settings] = {
    "kubeconfig": KUBECONFIG,
    "credentialSource": "irsa",
    **OIDC_PROVIDER,
}
PUBLIC: Final[Settings] = {"imageSource": "public", "sampleImage": "example.com/sample:1"}

VARIANTS: Final[Mapping[str, tuple[str, Settings]]] = {
    "dev": ("dev", {}),
    "article": ("article", {}),
    "collector": ("collector", {}),
    "prod": ("prod", {}),
    "existing": ("dev", {"clusterName": "shop", "namespace": "tracing", **PUBLIC}),
    "existing-node-role": ("article", {"clusterName": "shop", **NODE_ROLE}),
    "auto-mode": ("dev", {"autoMode": True}),
    "both-architectures": (
        "dev",
        {"credentialSource": "irsa", "architectures": ["amd64", "arm64"]},
    ),
    "private": ("dev", {"privateNetwork": True, "vpcEndpoints": ["xray", "ecr"]}),
    "own-subnets": (
        "dev",
        {"subnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]},
    ),
    "another-account": (
        "dev",
        {
            "assumeRoleArn": "arn:aws:iam::111111111111:role/writer",
            "pullAccounts": ["111111111111"],
        },
    ),
    "host-port": ("dev", {"hostPort": True, **IRSA_ON_KOPS}),
    "node-role": (
        "dev",
        {"credentialSource": "node-role", "namespace": "kube-system", **PUBLIC},
    ),
    "ipv6": ("dev", {"clusterName": "ipv6", "ipFamily": "ipv6", "sampleServices": False}),
    "prefer-zone": (
        "dev",
        {
            "clusterName": "shop",
            "credentialSource": "irsa",
            "imageSource": "mirror",
            "trafficDistribution": "prefer-zone",
        },
    ),
    "egress-proxy": (
        "dev",
        {
            "kubeconfig": KUBECONFIG,
            "credentialSource": "node-role",
            **NODE_ROLE,
            "imageSource": "mirror",
            "proxyUrl": "http://proxy.example.com:3128",
            "noProxy": [".example.org"],
        },
    ),
    "transaction-search": ("dev", {"transactionSearch": "enable", "indexingPercent": 2.5}),
    "otlp": (
        "dev",
        {"agent": "collector", "collectorExporter": "otlp", "transactionSearch": "enable"},
    ),
    "gateway": (
        "dev",
        {
            "agent": "collector",
            **PUBLIC,
            "gatewayReplicas": 2,
            "tailSampling": {"percent": 10},
            "indexedAttributes": ["shop.customer"],
            "serviceATracing": "opentelemetry",
            "serviceBTracing": "opentelemetry",
        },
    ),
    "both": ("dev", {"agent": "both", "serviceATracing": "opentelemetry"}),
    "both-gateway": (
        "dev",
        {
            **{"agent": "both", "clusterName": "shop", "credentialSource": "irsa"},
            **{"imageSource": "mirror", "gatewayReplicas": 2},
        },
    ),
    "both-public": ("dev", {"agent": "both", **PUBLIC}),
    "canary": (
        "collector",
        {"traceCanary": True, "alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:operations"},
    ),
    "canary-by-proxy": (
        "dev",
        {
            "traceCanary": True,
            "sampleServices": False,
            "prometheusRule": True,
            "proxyUrl": "http://proxy.example.com:3128",
            **IRSA_ON_KOPS,
        },
    ),
    "guarded": ("dev", {"ingressNamespaces": ["shop", "xray"], **IRSA_ON_KOPS, **PUBLIC}),
}
"""Every kind of stack that the program can declare: a stack file, and settings over it.

Among them is each credential source on each kind of cluster, and each image source with either.
"""
