"""Settings that are right alone and wrong together."""

import re
from typing import Final

import pytest

from settings import SettingsError
from settings.conflicts import CONFLICTS, DAEMON_ONLY
from tests.settings.row import REGION, Values, read
from tests.settings.table import DIGEST, KOPS, PROXY, ROWS
from tests.settings.trace_table import GROUP, RULE, TOPIC
from tests.support.agents import WRITER
from tests.support.program import KUBECONFIG

SUBNETS: Final = ["subnet-01234567", "subnet-89abcdef"]
KUBE: Final[Values] = {"kubeconfig": KUBECONFIG}
SHOP: Final[Values] = {"clusterName": "shop"}
NODES: Final[Values] = {"credentialSource": "node-role", "nodeRoleName": "nodes"}
COLLECTOR: Final[Values] = {"agent": "collector"}
SIDE: Final[Values] = {"agent": "both"}
PUBLIC: Final[Values] = {"imageSource": "public", "sampleImage": "sample:1"}
IRSA: Final[Values] = {"credentialSource": "irsa"}
ARM: Final[Values] = {"architectures": ["arm64"]}
NEAR: Final[Values] = {"trafficDistribution": "prefer-node"}
ZONE: Final[Values] = {"trafficDistribution": "prefer-zone"}
BOUNDED: Final[Values] = {"permissionsBoundary": "arn:aws:iam::aws:policy/a"}
SPANS: Final = ({"serviceATracing": "opentelemetry"}, {"serviceBTracing": "opentelemetry"})
BOTH: Final[Values] = {**SPANS[0], **SPANS[1]}
OTLP: Final[Values] = {**COLLECTOR, "collectorExporter": "otlp", "transactionSearch": "enable"}
IPV6: Final[Values] = {**SHOP, **COLLECTOR, "ipFamily": "ipv6"}
GATEWAY: Final[Values] = {**COLLECTOR, **PROXY, "gatewayReplicas": 2}
RULE_B: Final[Values] = {"name": "b", "priority": 8, "fixedRate": 1}

# fmt: off
TOGETHER: Final[tuple[tuple[Values, str], ...]] = (
    ({**SHOP, **KUBE, **NODES}, 'clusterName is "shop"; it must not be set when kubeconfig is set'),
    *(
        ({**SHOP, key: value}, f"{key} … not be set when clusterName or kubeconfig is set, because")
        for key, value in (
            ("kubernetesVersion", "1.34"), ("autoMode", True), ("nodeInstanceTypes", ["t3.large"]),
            ("upgradePolicy", "standard"), ("addonVersions", {"coredns": "v1.12.4-eksbuild.1"}),
            ("subnetIds", SUBNETS), ("privateNetwork", True), ("publicAccessCidrs", []),
            ("protectCluster", True),
        )
    ),
    ({**SHOP, **NODES, "nodeRoleName": ""}, "nodeRoleName is not set; it must be set to the name"),
    (NODES, 'nodeRoleName is "nodes"; it must not be set unless clusterName or kubeconfig is set'),
    ({**SHOP, **NODES, **BOUNDED}, "permissionsBoundary is … no role is created"),
    ({**SHOP, "nodeRoleName": "a"}, "nodeRoleName … unless … and credentialSource is node-role."),
    (KUBE, 'credentialSource is "pod-identity"; it must be irsa or node-role when kubeconfig is'),
    ({**KUBE, **KOPS, "vpcEndpoints": ["ecr"]}, 'vpcEndpoints is ["ecr"]; … when kubeconfig is se'),
    ({**KUBE, "credentialSource": "irsa"}, "oidcProviderArn is not set; it must be set to the ARN"),
    ({**SHOP, **KOPS}, "oidcProviderArn … must not be set unless kubeconfig is set and cred"),
    *(({"aws:region": "cn-north-1", **each}, "… it must begin with arn:aws-cn: in cn-north-1.")
      for each in (BOUNDED, {"assumeRoleArn": WRITER}, {**KUBE, **KOPS})),
    ({"autoMode": True, "credentialSource": "node-role"}, "credentialSource … pod-identity or irs"),
    ({"autoMode": True, "nodeInstanceTypes": ["t3.a"]}, "nodeInstanceTypes … when autoMode is tru"),
    ({"autoMode": True, "addonVersions": {"coredns": "v1.12.4-eksbuild.1"}}, "addonVersions … a"),
    ({"privateNetwork": True, "subnetIds": SUBNETS}, "subnetIds … when privateNetwork is true"),
    ({"nodeInstanceTypes": ["t3.a", "m7g.a"]}, 'architectures is ["amd64"]; … ["amd64", "arm64"]'),
    ({"nodeInstanceTypes": ["t3.a"], **ARM}, 'architectures is ["arm64"]; it must be ["amd64"]'),
    ({"daemonVersion": "3.6.0"}, 'daemonVersion is "3.6.0"; it must be 3.6.1 or newer when cred'),
    ({**SIDE, "daemonVersion": "3.6.0"}, 'daemonVersion is "3.6.0"; it must be 3.6.1 or newer w'),
    ({**COLLECTOR, "imageSource": "build"}, "imageSource … be mirror or public when agent is coll"),
    ({**PUBLIC, "repositoryName": "xray"}, "repositoryName … not be set when imageSource is publi"),
    ({**PUBLIC, "pullAccounts": ["1" * 12]}, "pullAccounts … not be set when imageSource is publi"),
    ({"imageSource": "public"}, "sampleImage is not set; it must be set to the reference of an"),
    ({"daemonDigest": DIGEST}, "daemonDigest … not be set when imageSource is build"),
    ({"noProxy": [".a.com"]}, 'noProxy is [".a.com"]; it must not be set unless proxyUrl is set.'),
    ({**PROXY, **IRSA, "daemonVersion": "3.4.0"}, "daemonVersion … 3.6.1 or newer when proxyUrl i"),
    ({**NEAR, "kubernetesVersion": "1.33"}, "trafficDistribution … be node when … older than 1.34"),
    ({**ZONE, "kubernetesVersion": "1.30"}, "trafficDistribution … be node when … older than 1.31"),
    ({"ipFamily": "ipv6", "sampleServices": False}, 'ipFamily is "ipv6"; it must be ipv4 unless'),
    ({"ipFamily": "dual-stack"}, 'ipFamily is "dual-stack"; it must be ipv4 unless clusterName or'),
    (IPV6, "sampleServices is true; it must be false when ipFamily is ipv6 and serviceATracing"),
    *(({**IPV6, **each}, "sampleServices … or serviceBTracing is xray-sdk") for each in SPANS),
    ({"createNamespace": False}, "createNamespace is false; it must not be set unless clusterName"),
    ({"platform": {"networkPolicy": False}, "ingressNamespaces": ["xray"]},
     'ingressNamespaces is ["xray"]; it must not be set when platform.networkPolicy is false.'),
    ({"ingressNamespaces": ["shop"]}, 'ingressNamespaces is ["shop"]; it must include "xray" when'),
    *(({**COLLECTOR, row.key: row.right[0]}, f"{row.key} … not be set when agent is collector")
      for row in ROWS if row.key in DAEMON_ONLY),
    ({**OTLP, "agent": "daemon"}, "collectorExporter … not be set unless agent is collector or bo"),
    ({**OTLP, "transactionSearch": ""}, "collectorExporter … be xray unless transactionSearch is"),
    ({"indexingPercent": 50}, "indexingPercent is 50.0; it must not be set unless transactionS"),
    ({"indexedAttributes": ["a"]}, "indexedAttributes … not be set unless agent is collector o"),
    ({**OTLP, "indexedAttributes": ["a"]}, "indexedAttributes … when collectorExporter is otlp"),
    ({"gatewayReplicas": 2}, "gatewayReplicas is 2; … be set unless agent is collector or bo"),
    ({**COLLECTOR, "tailSampling": {"percent": 5}}, "tailSampling … gatewayReplicas is 1 or more"),
    (GATEWAY, "noProxy is []; it must include the network … when proxyUrl is set and gatewayRepli"),
    ({**GATEWAY, "noProxy": ["203.0.113.7"]}, 'noProxy is ["203.0.113.7"]; it must include the ne'),
    *((each, f"{key} … be xray-sdk unless agent is collector") for each in SPANS for key in each),
    *(
        ({**COLLECTOR, **each, "sampleServices": False}, f"{key} … unless sampleServices is true.")
        for each in SPANS for key in each
    ),
    ({**COLLECTOR, **BOTH, "samplePlugins": ["EC2Plugin"]}, "samplePlugins … serviceBTracing is o"),
    ({"traceCanary": True, "assumeRoleArn": WRITER}, "traceCanary … be false when assumeRo"),
    ({"traceCanary": True, "transactionSearch": "enable"}, "traceCanary … be false when transa"),
    *(({key: value}, f"{key} … it must not be set unless traceCanary is true.") for key, value in (
        ("canaryNodes", 3), ("canaryLateSeconds", 5), ("alarmTopicArn", TOPIC),
        ("prometheusRule", True),
    )),
    ({**PUBLIC, "sampleServices": False, "sampleImage": "", "traceCanary": True}, "sampleImage is"),
    ({"samplingRules": [RULE, RULE_B, {**RULE_B, "priority": 3}]},
     'samplingRules[2].name is "b"; it must differ from samplingRules[1].name.'),
    ({"samplingRules": [RULE, {**RULE_B, "priority": 7}]}, "samplingRules[1].priority is 7; it mu"),
    ({"traceGroups": [GROUP, GROUP]}, "traceGroups[1].name … differ from traceGroups[0].name."),
)
"""Settings, and the one sentence that refuses them; … stands for some of its words."""

AGREEING: Final[tuple[Values, ...]] = (
    {**SHOP, **NODES},
    {**SHOP, "credentialSource": "irsa", "vpcEndpoints": ["xray"]},
    {**KUBE, **KOPS, "ipFamily": "dual-stack"},
    {"credentialSource": "irsa", "daemonVersion": "3.3.15"},
    {"autoMode": True, "architectures": ["arm64", "amd64"], "daemonVersion": "3.6.1"},
    {"architectures": ["arm64", "amd64"], "nodeInstanceTypes": ["t4g.small", "t3a.small"]},
    {"imageSource": "public", "sampleServices": False, "daemonDigest": DIGEST},
    {**NEAR, "kubernetesVersion": "1.34", **PROXY},
    {**ZONE, "kubernetesVersion": "1.31", "daemonVersion": "3.10.0"},
    {"ingressNamespaces": ["shop"], "sampleServices": False},
    {**COLLECTOR, **PROXY, "daemonVersion": "3.3.15", "daemonDigest": DIGEST},
    {**OTLP, "transactionSearch": "already-enabled", "indexingPercent": 1},
    {**GATEWAY, "noProxy": ["10.0.0.0/8"], "tailSampling": {"percent": 5}},
    {"gatewayReplicas": 0, "tailSampling": {}, "indexedAttributes": []},
    {**IPV6, **BOTH},
    {**OTLP, **SIDE, **BOTH, "imageSource": "build"},
    *({**SIDE, row.key: row.right[0]} for row in ROWS if row.key in DAEMON_ONLY),
    {**SIDE, "gatewayReplicas": 1, "indexedAttributes": ["a"], "collectorDigest": DIGEST},
    {**COLLECTOR, **SPANS[0], "samplePlugins": ["EC2Plugin"]},
)

ONE_WRONG: Final[tuple[tuple[Values, Values], ...]] = (
    ({"credentialSource": "all"}, {**SHOP, "daemonVersion": "3.3.15", "nodeRoleName": "nodes"}),
    ({"clusterName": " "}, {"credentialSource": "node-role", "kubernetesVersion": "1.34"}),
    ({"imageSource": "hub"}, {"repositoryName": "xray", "daemonDigest": DIGEST}),
    ({"samplingRules": [RULE, RULE, {}]}, {}),
    ({"proxyUrl": "proxy"}, {"noProxy": [".example.com"]}),
    ({"namespace": "A_b"}, {"ingressNamespaces": ["shop"]}),
    ({"agent": "x"}, {"daemonVersion": "3.3.15", "gatewayReplicas": 1, **SPANS[0]}),
    ({"serviceATracing": "otel"}, {**IPV6, **SPANS[1]}),
    ({"transactionSearch": "on"}, {**COLLECTOR, "collectorExporter": "otlp"}),
    ({"gatewayReplicas": 51}, {**COLLECTOR, **PROXY, "tailSampling": {"percent": 5}}),
)
# fmt: on


def problems_of(values: Values) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as refused:
        read({**REGION, **values})
    return [(each.path, each.sentence) for each in refused.value.problems]


@pytest.mark.parametrize(("values", "words"), TOGETHER)
def test_settings_in_conflict_are_refused(values: Values, words: str) -> None:
    ((path, sentence),) = problems_of(values)
    assert sentence.startswith(f"{path} is ")
    assert re.match(".*".join(map(re.escape, words.split("…"))), sentence)


def test_every_conflict_of_the_table_is_tried() -> None:
    told = [sentence for values, _ in TOGETHER for _, sentence in problems_of(values)]
    tried = {
        id(each)
        for each in CONFLICTS
        for sentence in told
        if sentence.startswith(f"{each.wrong.key} is ")
        and f" {each.when.word} {each.when.phrase}" in sentence
    }
    assert [each.wrong.key for each in CONFLICTS if id(each) not in tried] == []


@pytest.mark.parametrize("values", AGREEING)
def test_settings_that_go_together_are_taken(values: Values) -> None:
    read({**REGION, **values})


@pytest.mark.parametrize(("wrong", "rest"), ONE_WRONG)
def test_a_setting_is_not_in_conflict_with_a_wrong_one(wrong: Values, rest: Values) -> None:
    (key,) = wrong
    assert {path.partition("[")[0] for path, _ in problems_of({**rest, **wrong})} == {key}


def test_a_conflict_is_told_beside_what_is_wrong_alone() -> None:
    problems = problems_of({"nodeCount": 0, "daemonVersion": "3.6.0"})
    assert [path for path, _ in problems] == ["nodeCount", "daemonVersion"]
