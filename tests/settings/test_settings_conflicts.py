import json
from typing import Any, Final

import pytest

from settings import SettingsError, read_settings
from tests.settings.configurations import REGION_KEY, Values, texts
from tests.support.program import ACCOUNT, KUBECONFIG

RULE_A: Final[Values] = {"name": "a", "priority": 1, "fixedRate": 0.5}
RULE_B: Final[Values] = {"name": "b", "priority": 2, "fixedRate": 0.5}
GROUP: Final[Values] = {"name": "a", "filterExpression": "fault"}

SUBNETS: Final = ["subnet-01234567", "subnet-89abcdef"]
DIGEST: Final = f"sha256:{'0f' * 32}"
PROVIDER: Final = f"arn:aws:iam::{ACCOUNT}:oidc-provider/kops.example.com"
KOPS: Final[Values] = {"kubeconfig": KUBECONFIG, "credentials": "node-role"}
NODES: Final[Values] = {"nodeRoleName": "nodes"}
PROXY: Final[Values] = {"proxyUrl": "http://proxy.example.com:3128"}
COLLECTOR: Final[Values] = {"backend": "collector"}
SPANS_A: Final[Values] = {"serviceATracing": "opentelemetry"}
SPANS_B: Final[Values] = {"serviceBTracing": "opentelemetry"}
NO_SAMPLES: Final[Values] = {"imageSource": "public", "sampleServices": False}

NOT_CHANGED: Final = (
    "it must be left out where clusterName or kubeconfig is set, since an adopted cluster is not "
    "changed."
)

CONFLICTS: Final[list[tuple[Values, str]]] = [
    (
        {"clusterName": "shop", **KOPS, **NODES},
        'clusterName is "shop"; it must be left out where kubeconfig is set, which leads to a '
        "cluster of its own.",
    ),
    (
        {"clusterName": "shop", "credentials": "node-role"},
        "nodeRoleName is not set; it must be the name of the nodes' IAM role where a cluster is "
        "adopted and credentials is node-role.",
    ),
    (
        KOPS,
        "nodeRoleName is not set; it must be the name of the nodes' IAM role where a cluster is "
        "adopted and credentials is node-role.",
    ),
    (
        {**NODES, "credentials": "node-role"},
        'nodeRoleName is "nodes"; it must be left out unless a cluster is adopted and credentials '
        "is node-role.",
    ),
    (
        {**NODES, "clusterName": "shop", "credentials": "irsa"},
        'nodeRoleName is "nodes"; it must be left out unless a cluster is adopted and credentials '
        "is node-role.",
    ),
    *(
        (
            {"clusterName": "shop", key: value},
            f"{key} is {json.dumps(value)}; {NOT_CHANGED}",
        )
        for key, value in {
            "kubernetesVersion": "1.34",
            "autoMode": True,
            "nodeInstanceTypes": ["t3.large"],
            "subnetIds": SUBNETS,
            "privateNetwork": True,
            "publicAccessCidrs": [],
            "protectCluster": True,
        }.items()
    ),
    (
        {**KOPS, **NODES, "privateNetwork": True},
        f"privateNetwork is true; {NOT_CHANGED}",
    ),
    (
        {"kubeconfig": KUBECONFIG},
        'credentials is "pod-identity"; it must be irsa or node-role where kubeconfig is set, '
        "since EKS alone has Pod Identity.",
    ),
    (
        {**KOPS, **NODES, "vpcEndpoints": ["xray"]},
        'vpcEndpoints is ["xray"]; it must be left out where kubeconfig is set, which says nothing '
        "of the cluster's VPC.",
    ),
    (
        {"kubeconfig": KUBECONFIG, "credentials": "irsa"},
        "oidcProviderArn is not set; it must be the ARN of the cluster's IAM OIDC provider where "
        "kubeconfig is set and credentials is irsa.",
    ),
    (
        {"clusterName": "shop", "credentials": "irsa", "oidcProviderArn": PROVIDER},
        f'oidcProviderArn is "{PROVIDER}"; it must be left out unless kubeconfig is set and '
        "credentials is irsa.",
    ),
    (
        {"autoMode": True, "credentials": "node-role"},
        'credentials is "node-role"; it must be pod-identity or irsa where autoMode is true, whose '
        "nodes lend their role to no pod.",
    ),
    (
        {"autoMode": True, "nodeInstanceTypes": ["t3.large"]},
        'nodeInstanceTypes is ["t3.large"]; it must be left out where autoMode is true, since EKS '
        "chooses the instances then.",
    ),
    (
        {"privateNetwork": True, "subnetIds": SUBNETS},
        'subnetIds is ["subnet-01234567", "subnet-89abcdef"]; it must be left out where '
        "privateNetwork is true, which makes subnets of its own.",
    ),
    (
        {"nodeInstanceTypes": ["t3.large", "m7g.large"]},
        'architectures is ["amd64"]; it must be ["amd64", "arm64"], the architectures of '
        "nodeInstanceTypes.",
    ),
    (
        {"nodeInstanceTypes": ["t3.large"], "architectures": ["arm64"]},
        'architectures is ["arm64"]; it must be ["amd64"], the architectures of nodeInstanceTypes.',
    ),
    (
        {"daemonVersion": "3.6.0"},
        'daemonVersion is "3.6.0"; it must be 3.6.1 or newer where credentials is pod-identity, '
        "since the AWS SDK of older daemons does not reach the Pod Identity agent.",
    ),
    (
        {**NO_SAMPLES, "repositoryName": "xray"},
        'repositoryName is "xray"; it must be left out where imageSource is public, which makes '
        "no repository.",
    ),
    (
        {**NO_SAMPLES, "pullAccounts": ["111111111111"]},
        'pullAccounts is ["111111111111"]; it must be left out where imageSource is public, which '
        "makes no repository.",
    ),
    (
        {"imageSource": "public"},
        "sampleImage is not set; it must be the reference of an image where imageSource is "
        "public, which builds none, or sampleServices must be false.",
    ),
    (
        {"daemonDigest": DIGEST},
        f'daemonDigest is "{DIGEST[:58]}…; it must be left out where imageSource is build, since '
        "it is the digest of AWS's own image.",
    ),
    (
        {"noProxy": [".example.com"]},
        'noProxy is [".example.com"]; it must be left out unless proxyUrl is set.',
    ),
    (
        {**PROXY, "credentials": "irsa", "daemonVersion": "3.6.0"},
        'daemonVersion is "3.6.0"; it must be 3.6.1 or newer where proxyUrl is set, since older '
        "daemons may look for the node's metadata behind the proxy.",
    ),
    (
        {"routing": "prefer-node", "kubernetesVersion": "1.33"},
        'routing is "prefer-node"; it must be another where kubernetesVersion is older than 1.34, '
        "which does not know it.",
    ),
    (
        {"routing": "prefer-zone", "kubernetesVersion": "1.30"},
        'routing is "prefer-zone"; it must be another where kubernetesVersion is older than 1.31, '
        "which does not know it.",
    ),
    *(
        (
            {"clusterName": "shop", "ipFamily": "ipv6", **COLLECTOR, **tracing},
            "sampleServices is true; it must be false where ipFamily is ipv6 and serviceATracing "
            "or serviceBTracing is xray-sdk, since X-Ray's SDK for Python sends by IPv4 alone.",
        )
        for tracing in ({}, SPANS_A, SPANS_B)
    ),
    (
        {**COLLECTOR, "imageSource": "build"},
        'imageSource is "build"; it must be mirror or public where backend is collector, whose '
        "image is AWS's own: nothing is built.",
    ),
    (
        {**COLLECTOR, "extraArguments": ["--resource-arn", "shop"]},
        'extraArguments is ["--resource-arn", "shop"]; it must be left out where backend is '
        "collector, since they are flags of the daemon.",
    ),
    (
        {"collectorExporter": "otlp", "transactionSearch": "existing"},
        'collectorExporter is "otlp"; it must be left out unless backend is collector.',
    ),
    (
        {**COLLECTOR, "collectorExporter": "otlp"},
        'collectorExporter is "otlp"; it must be xray unless transactionSearch is declare or '
        "existing, without which X-Ray's OTLP endpoint takes no spans.",
    ),
    *(
        (
            {"indexingPercent": 50, **search},
            "indexingPercent is 50.0; it must be left out unless transactionSearch is declare, "
            "since nothing sets it otherwise.",
        )
        for search in ({}, {"transactionSearch": "existing"})
    ),
    (
        {"indexedAttributes": ["http.route"]},
        'indexedAttributes is ["http.route"]; it must be left out unless backend is collector.',
    ),
    (
        {
            **COLLECTOR,
            "collectorExporter": "otlp",
            "transactionSearch": "declare",
            "indexedAttributes": ["http.route"],
        },
        'indexedAttributes is ["http.route"]; it must be left out unless collectorExporter is '
        "xray, since spans have no annotations.",
    ),
    (
        {"gatewayReplicas": 2},
        "gatewayReplicas is 2; it must be left out unless backend is collector.",
    ),
    (
        {**COLLECTOR, "tailSampling": {"percent": 0.5}},
        'tailSampling is {"percent": 0.5}; it must be left out unless gatewayReplicas is 1 or '
        "more, since all spans of a trace meet in a gateway alone.",
    ),
    *(
        (
            {**COLLECTOR, **PROXY, "gatewayReplicas": 2, "noProxy": hosts},
            f"noProxy is {json.dumps(hosts)}; it must be an array with the network of the "
            "cluster's pods in it, such as 10.0.0.0/8, where proxyUrl and gatewayReplicas are "
            "set, since the proxy does not know the addresses of the gateway's pods.",
        )
        for hosts in ([], ["203.0.113.7", ".example.com"])
    ),
    *(
        (
            tracing,
            f'{key} is "opentelemetry"; it must be xray-sdk unless backend is collector, since the '
            "daemon takes no spans.",
        )
        for tracing in (SPANS_A, SPANS_B)
        for key in tracing
    ),
    *(
        (
            {**COLLECTOR, **tracing, "sampleServices": False},
            f'{key} is "opentelemetry"; it must be left out unless sampleServices is true.',
        )
        for tracing in (SPANS_A, SPANS_B)
        for key in tracing
    ),
    (
        {**COLLECTOR, **SPANS_A, **SPANS_B, "samplePlugins": ["EC2Plugin"]},
        'samplePlugins is ["EC2Plugin"]; it must be left out where serviceATracing and '
        "serviceBTracing are opentelemetry, since they are plugins of X-Ray's SDK.",
    ),
    *(
        (
            {"ipFamily": family, "sampleServices": False},
            f'ipFamily is "{family}"; it must be ipv4 unless clusterName or kubeconfig is set, '
            "since a new cluster has IPv4 alone.",
        )
        for family in ("ipv6", "dual-stack")
    ),
    (
        {"ingressNamespaces": ["shop"], "namespace": "tracing"},
        'ingressNamespaces is ["shop"]; it must be an array with tracing in it where '
        "sampleServices is true, whose services are there.",
    ),
    (
        {"samplingRules": [RULE_A, RULE_B, {**RULE_B, "priority": 3}]},
        'samplingRules[2].name is "b"; it must differ from samplingRules[1].name, which has that '
        "already.",
    ),
    (
        {"samplingRules": [RULE_A, {**RULE_B, "priority": 1}]},
        "samplingRules[1].priority is 1; it must differ from samplingRules[0].priority, which has "
        "that already.",
    ),
    (
        {"traceGroups": [GROUP, GROUP]},
        'traceGroups[1].name is "a"; it must differ from traceGroups[0].name, which has that '
        "already.",
    ),
]

AGREEMENTS: Final[list[Values]] = [
    {"clusterName": "shop", "credentials": "node-role", "nodeRoleName": "nodes"},
    {"clusterName": "shop", "credentials": "irsa", "vpcEndpoints": ["xray"]},
    {**KOPS, **NODES},
    {**KOPS, "credentials": "irsa", "oidcProviderArn": PROVIDER},
    {"credentials": "irsa", "daemonVersion": "3.3.15"},
    {"autoMode": True, "architectures": ["arm64"]},
    {"subnetIds": SUBNETS},
    {"architectures": ["arm64", "amd64"], "nodeInstanceTypes": ["t4g.small", "t3a.small"]},
    {"imageSource": "mirror", "daemonDigest": DIGEST, "repositoryName": "xray"},
    {**NO_SAMPLES, "daemonDigest": DIGEST},
    {"clusterName": "shop"},
    {"kubernetesVersion": "1.34"},
    {"daemonVersion": "3.6.1"},
    {"daemonVersion": "3.10.0"},
    {"daemonVersion": "3.3.15", "credentials": "node-role"},
    {"imageSource": "public", "sampleServices": False},
    {"imageSource": "public", "sampleImage": "sample:1"},
    {"repositoryName": "xray"},
    {"samplingRules": [RULE_A, RULE_B], "traceGroups": [GROUP]},
    {**PROXY, "noProxy": [".example.com"]},
    {**PROXY, "daemonVersion": "3.6.1"},
    {"routing": "prefer-node"},
    {"routing": "prefer-node", "kubernetesVersion": "1.34"},
    {"routing": "prefer-zone", "kubernetesVersion": "1.31"},
    {"clusterName": "shop", "ipFamily": "ipv6", "sampleServices": False},
    {**KOPS, **NODES, "ipFamily": "dual-stack"},
    {"ingressNamespaces": ["shop", "xray"]},
    {"ingressNamespaces": ["shop"], "sampleServices": False},
    {**COLLECTOR, **PROXY, "daemonVersion": "3.3.15"},
    {**COLLECTOR, "imageSource": "mirror"},
    {**COLLECTOR, **NO_SAMPLES, "collectorDigest": DIGEST},
    {**COLLECTOR, "daemonDigest": DIGEST},
    {**COLLECTOR, "collectorExporter": "otlp", "transactionSearch": "declare"},
    {**COLLECTOR, "collectorExporter": "otlp", "transactionSearch": "existing"},
    {"transactionSearch": "declare", "indexingPercent": 100},
    {"transactionSearch": "existing", "indexingPercent": 1},
    {**COLLECTOR, "indexedAttributes": ["http.route"]},
    {**COLLECTOR, "gatewayReplicas": 1, "tailSampling": {"percent": 5}},
    {"gatewayReplicas": 0, "tailSampling": {}, "indexedAttributes": [], "indexingPercent": 1},
    {**COLLECTOR, **PROXY, "gatewayReplicas": 2, "noProxy": ["10.0.0.0/8"]},
    {**COLLECTOR, **SPANS_A, "samplePlugins": ["EC2Plugin"]},
    {**COLLECTOR, **SPANS_A, **SPANS_B, "clusterName": "shop", "ipFamily": "ipv6"},
    {"sampleServices": False, "serviceATracing": "xray-sdk"},
]


def problems_of(values: Values) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read_settings(texts({REGION_KEY: "eu-west-1", **values}))
    return [problem.sentence for problem in refused.value.problems]


@pytest.mark.parametrize(("values", "sentence"), CONFLICTS)
def test_settings_that_are_wrong_together_are_refused(values: Values, sentence: str) -> None:
    assert problems_of(values) == [sentence]


@pytest.mark.parametrize("values", AGREEMENTS)
def test_settings_that_go_together_are_taken(values: Values) -> None:
    read_settings(texts({REGION_KEY: "eu-west-1", **values}))


def test_a_conflict_is_told_together_with_what_is_wrong_alone() -> None:
    problems = problems_of({"nodeCount": 0, "daemonVersion": "3.6.0"})
    assert [problem.split()[0] for problem in problems] == ["nodeCount", "daemonVersion"]


@pytest.mark.parametrize(
    ("wrong", "rest"),
    [
        ({"credentials": "all"}, {"daemonVersion": "3.3.15", "nodeRoleName": "nodes"}),
        ({"clusterName": " "}, {"credentials": "node-role", "kubernetesVersion": "1.34"}),
        ({"imageSource": "hub"}, {"repositoryName": "xray"}),
        ({"samplingRules": [RULE_A, RULE_A, {}]}, {}),
        ({"proxyUrl": "proxy"}, {"noProxy": [".example.com"]}),
        ({"namespace": "A_b"}, {"ingressNamespaces": ["shop"]}),
        ({"backend": "agent"}, {"daemonVersion": "3.3.15", "daemonDigest": DIGEST, **PROXY}),
        ({"backend": "agent"}, {"indexedAttributes": ["a"], "gatewayReplicas": 1, **SPANS_A}),
        ({"backend": "agent"}, {"collectorExporter": "otlp", "transactionSearch": "existing"}),
        ({"collectorExporter": "http"}, {**COLLECTOR, "indexedAttributes": ["a"]}),
        ({"serviceATracing": "otel"}, {"clusterName": "shop", **COLLECTOR, "ipFamily": "ipv6"}),
        ({"transactionSearch": "on"}, {**COLLECTOR, "collectorExporter": "otlp"}),
        ({"gatewayReplicas": 51}, {**COLLECTOR, **PROXY, "tailSampling": {"percent": 5}}),
        ({"tailSampling": {"percent": 101}}, {**COLLECTOR}),
    ],
)
def test_a_setting_is_not_in_conflict_with_a_wrong_one(wrong: dict[str, Any], rest: Values) -> None:
    (key,) = wrong
    assert all(problem.startswith(key) for problem in problems_of({**wrong, **rest}))
