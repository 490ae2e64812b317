import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from components import ImageSource
from settings import (
    SamplingRuleSettings,
    Settings,
    SettingsError,
    TailSamplingSettings,
    TraceGroupSettings,
    read_settings,
)
from settings.problems import LONGEST_VALUE
from tests.settings.configurations import REGION_KEY, Values, texts
from tests.support.program import KUBECONFIG


class Kind(NamedTuple):
    """What a setting takes, what it refuses, and how it says what would be right."""

    right: list[Any]
    wrong: list[Any]
    must_be: str


NAN: Final = float("nan")
INFINITY: Final = float("inf")
HUGE: Final = 10**400
NO_NUMBERS: Final[list[Any]] = [NAN, INFINITY, -INFINITY, HUGE, "", "two", "²", None, True, [1], {}]
NO_INTEGERS: Final[list[Any]] = [*NO_NUMBERS, 2.5, 80.0, -1]
NO_SHARES: Final[list[Any]] = [*NO_NUMBERS, -0.1, 100.1, "5%"]
NO_FLAGS: Final[list[Any]] = ["", "yes", "True", 0, 1, None, [True], NAN]
NO_LISTS: Final[list[Any]] = ["", "a", 1, None, True, {}, NAN, "[" * 100_000, "[1,"]
NO_OBJECTS: Final[list[Any]] = ["", "a", 1, None, True, [], NAN, '{"a": ']

NO_LABELS: Final[list[Any]] = [
    {"": "a"},
    {"a b": "c"},
    {"-a": "b"},
    {"a/": "b"},
    {"/a": "b"},
    {"a/b/c": "d"},
    {"Example.com/a": "b"},
    {"n" * 64: "a"},
    {f"{'d' * 254}/a": "b"},
    {"a\n": "b"},
    {"a": "b c"},
    {"a": "-b"},
    {"a": "v" * 64},
    {"a": "käse"},
    {"a": "b\n"},
    {"a": 1},
    {"a": True},
    {"a": None},
]
OWN_FLAGS: Final = (
    *("b", "bind", "t", "bind-tcp", "o", "local-mode", "n", "region", "l", "log-level"),
    *("m", "buffer-memory", "r", "role-arn", "p", "proxy-address"),
)
"""What the daemon is told by other settings."""

POLICY_NAME: Final = "a name for an IAM policy: 1 to 128 letters, digits and any of +=,.@-_"
NAME_OF_ROLE: Final = (
    "the name (not the ARN) of an IAM role: 1 to 64 letters, digits and any of +=,.@-_"
)
NAME_OF_RULE: Final = (
    "a name of 1 to 32 letters, digits, - and _, other than Default, which is X-Ray's own"
)
TAGS: Final = (
    "an object of at most 50 tags: keys of 1 to 128 characters that don't start with aws:, "
    "values that are texts of at most 256"
)

KINDS: Final[dict[str, Kind]] = {
    "aws:region": Kind(
        ["eu-west-1", "us-gov-east-1", "cn-northwest-1", "us-iso-east-1"],
        ["", "Europe", "eu-west", "EU-WEST-1", "eu-west-1\n", "eu-west-1a", "éu-west-1"],
        "an AWS region such as eu-west-1",
    ),
    "clusterName": Kind(
        ["a", "shop", "Shop_2-b", "0", "2024", "true", "null", "x" * 100],
        ["-shop", "my shop", "shöp", "x" * 101, "a\u0000"],
        "the name of an EKS cluster: 1 to 100 letters, digits, - and _",
    ),
    "kubeconfig": Kind(
        [
            KUBECONFIG,
            "current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\n"
            "clusters: [{name: b}]\n",
        ],
        [
            "~/.kube/config",
            "{}",
            "current-context: a",
            "current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: []\n",
            "current-context: c\ncontexts: [{name: a, context: {cluster: b}}]\n",
            "a: [",
            "[1]",
            "7",
        ],
        "the contents of a kubeconfig whose current context leads to the cluster",
    ),
    "nodeRoleName": Kind(
        ["nodes", "a+=,.@-_Z", "42", "x" * 64],
        ["arn:aws:iam::123456789012:role/nodes", "path/nodes", "nødes", "x" * 65],
        NAME_OF_ROLE,
    ),
    "oidcProviderArn": Kind(
        [
            "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A",
            "arn:aws-us-gov:iam::123456789012:oidc-provider/kops.example.com",
        ],
        [
            "https://kops.example.com",
            "arn:aws:iam::1:oidc-provider/a",
            "arn:aws:iam::123456789012:role/a",
            "arn:aws:iam::123456789012:oidc-provider/a\n",
        ],
        "the ARN of an IAM OIDC provider: arn:aws:iam::<account>:oidc-provider/<issuer>",
    ),
    "checkPodIdentityAgent": Kind([True, False], NO_FLAGS, "true or false"),
    "kubernetesVersion": Kind(
        ["1.34", "1.30", "1.29"],
        ["1", "1.3", "1.34.1", "v1.34", "2.34", "latest", "1.3٤", "NaN"],
        "a Kubernetes version such as 1.34",
    ),
    "autoMode": Kind([True, False], NO_FLAGS, "true or false"),
    "architectures": Kind(
        [["amd64"], ["arm64"], ["arm64", "amd64"]],
        [*NO_LISTS, [], ["x86"], ["amd64", "amd64"], ["amd64", 1], [None], "amd64"],
        "an array of amd64, arm64 or both",
    ),
    "nodeInstanceTypes": Kind(
        [[], ["t3.medium"], ["m7i-flex.2xlarge", "u-6tb1.112xlarge"]],
        [
            *NO_LISTS,
            [""],
            ["t3"],
            ["T3.medium"],
            ["t3."],
            [".medium"],
            ["t3.medium", "t3 large"],
            ["t3.médium"],
            [1],
            ["t3.medium"] * 21,
        ],
        "an array of at most 20 EC2 instance types such as t3.medium",
    ),
    "nodeCount": Kind(
        [1, 2, 450],
        [*NO_INTEGERS, 0, 451],
        "a whole number from 1 to 450, EKS's limit of a node group",
    ),
    "subnetIds": Kind(
        [[], ["subnet-01234567", "subnet-0123456789abcdef0"]],
        [*NO_LISTS, ["subnet-01234567"], ["subnet-01234567", "vpc-01234567"], ["a", "b"], [1, 2]],
        "an array of at least 2 subnets, in 2 zones of one VPC, such as subnet-0123456789abcdef0",
    ),
    "privateNetwork": Kind([True, False], NO_FLAGS, "true or false"),
    "publicAccessCidrs": Kind(
        [[], ["0.0.0.0/0"], ["203.0.113.0/24", "198.51.100.7/32"]],
        [*NO_LISTS, ["::/0"], ["203.0.113.1/24"], ["example.com"], [1.5], ["10.0.0.0/8"] * 41],
        "an array of at most 40 IPv4 networks such as 203.0.113.0/24",
    ),
    "protectCluster": Kind([True, False], NO_FLAGS, "true or false"),
    "vpcEndpoints": Kind(
        [[], ["xray"], ["xray", "sts", "eks-auth", "ecr", "ec2"]],
        [*NO_LISTS, ["s3"], ["xray", "xray"], [1], [None]],
        "an array of xray, sts, eks-auth, ecr and ec2, each at most once",
    ),
    "namespace": Kind(
        ["default", "xray", "a", "0", "team-a-1", "x" * 63],
        ["", "Xray", "x_ray", "-xray", "xray-", "a.b", "x ray", "tracé", "x" * 64, "xray\n"],
        "a DNS label: 1 to 63 lower-case letters, digits and -, starting and ending with a letter "
        "or digit",
    ),
    "credentials": Kind(
        ["pod-identity", "irsa", "node-role"],
        ["", "everyone", "POD_IDENTITY", "pod_identity", " node-role", None, 1, ["node-role"]],
        "pod-identity, irsa or node-role",
    ),
    "assumeRoleArn": Kind(
        ["arn:aws:iam::111111111111:role/writer", "arn:aws-cn:iam::111111111111:role/a/b+=,.@-_"],
        ["writer", "arn:aws:iam::111111111111:user/writer", "arn:aws:iam:::role/a", "a\n"],
        "the ARN of an IAM role: arn:aws:iam::<account>:role/<name>",
    ),
    "policyName": Kind(
        ["k8s-nodes-XrayWriteAccess", "7", "x" * 128],
        ["path/policy", "a b", "pølicy", "x" * 129],
        POLICY_NAME,
    ),
    "backend": Kind(
        ["daemon", "collector"],
        ["", "Daemon", "cloudwatch-agent", None, 0, ["collector"]],
        "daemon or collector",
    ),
    "imageSource": Kind(
        ["build", "mirror", "public"],
        ["hub", "Public", 0, {}],
        "build, mirror or public",
    ),
    "daemonVersion": Kind(
        ["3.6.6", "3.3.15", "3.10.0"],
        ["", "latest", "3.x", "3.6", "4.0.0", "v3.6.6", "3.6.6-beta", "3.6.6666", "NaN"],
        "a full version of the X-Ray daemon such as 3.6.6",
    ),
    "daemonDigest": Kind(
        [f"sha256:{'0f' * 32}"],
        ["3.6.6", "0f" * 32, f"sha256:{'0F' * 32}", "sha256:0f", f"sha512:{'0f' * 64}"],
        "the digest of an image: sha256: and 64 hexadecimal digits",
    ),
    "collectorVersion": Kind(
        ["0.49.0", "0.0.0", "1.2.3", "10.20.30"],
        ["", "latest", "0.49", "v0.49.0", "0.49.0-beta", "00.49.0", "0.4900.0", "0.49.0\n"],
        "a full version of AWS Distro for OpenTelemetry's collector such as 0.49.0",
    ),
    "collectorDigest": Kind(
        [f"sha256:{'0f' * 32}"],
        ["0.49.0", "0f" * 32, f"sha256:{'0F' * 32}", "sha256:0f", f"sha512:{'0f' * 64}"],
        "the digest of an image: sha256: and 64 hexadecimal digits",
    ),
    "repositoryName": Kind(
        ["xray-daemon", "team/xray_daemon", "a.b/c-d/e", "12", "x" * 256],
        ["x", "Xray", "xray-", "/xray", "xray//daemon", "a b", "x" * 257],
        "a name for an ECR repository: 2 to 256 lower-case letters, digits, and . _ - / between",
    ),
    "pullAccounts": Kind(
        [[], ["111111111111", "000000000000"]],
        [*NO_LISTS, ["1"], [111111111111], ["arn:aws:iam::111111111111:root"], ["1" * 13]],
        "an array of AWS account numbers, texts of 12 digits each",
    ),
    "hostPort": Kind([True, False], NO_FLAGS, "true or false"),
    "logLevel": Kind(
        ["debug", "info", "warn", "error"],
        ["", "WARN", "warning", "prod", None, 3],
        "debug, info, warn or error",
    ),
    "memoryLimitMebibytes": Kind(
        [64, 128, 4096], [*NO_INTEGERS, 63, 4097, "128Mi"], "a whole number of MiB from 64 to 4096"
    ),
    "collectorMemoryLimitMebibytes": Kind(
        [192, 384, 8192],
        [*NO_INTEGERS, 191, 8193, "384Mi"],
        "a whole number of MiB from 192 to 8192",
    ),
    "nodeSelector": Kind(
        [{}, {"pool": "traced"}, {"example.com/pool": "", "a": "x" * 63, "kubernetes.io/osx": "a"}],
        [*NO_OBJECTS, *NO_LABELS, {"kubernetes.io/os": "windows"}, {"kubernetes.io/os": "linux"}],
        "an object of Kubernetes labels that nodes have, without kubernetes.io/os, which is linux",
    ),
    "priorityClass": Kind(
        ["system-node-critical", "a", "0", "team.example.com", "x" * 253],
        ["High", "high_", "-high", "high-", "a..b", "high priority", "hïgh", "x" * 254, "high\n"],
        "the name of a priority class such as system-node-critical",
    ),
    "ipFamily": Kind(
        ["ipv4", "ipv6", "dual-stack"],
        ["", "IPv4", "ipv5", "dual_stack", None, 4, ["ipv4"]],
        "ipv4, ipv6 or dual-stack",
    ),
    "routing": Kind(
        ["node", "prefer-node", "prefer-zone"],
        ["", "Local", "PREFER_NODE", "zone", None, 1, ["node"]],
        "node, prefer-node or prefer-zone",
    ),
    "ingressNamespaces": Kind(
        [[], ["xray"], ["shop", "team-a-1", "x" * 63]],
        [*NO_LISTS, [""], ["Shop"], ["a.b"], ["shop", "x" * 64], ["shop\n"], [1], [None], ["*"]],
        "an array of namespaces, DNS labels such as xray; empty for all of them",
    ),
    "proxyUrl": Kind(
        [
            "http://proxy",
            "https://Proxy.example.com",
            "http://203.0.113.7:3128",
            "http://[fd00::7]:65535",
        ],
        [
            "proxy.example.com:3128",
            "socks5://proxy",
            "HTTP://proxy",
            "http://",
            "http://user@proxy",
            "http://user:password@proxy:3128",
            "http://proxy/",
            "http://proxy/path",
            "http://proxy?a=b",
            "http://proxy#a",
            "http://proxy:",
            "http://proxy:0",
            "http://proxy:65536",
            "http://proxy:http",
            "http://-proxy",
            "http://fd00::7",
            "http://[proxy]",
            "http://próxy",
            "http://proxy\n",
            f"http://{'x' * 300}",
        ],
        "http:// or https://, a host, and : and a port or none, without user, password or path",
    ),
    "noProxy": Kind(
        [
            [],
            ["example.com", ".example.com", "localhost", "A-1"],
            ["10.0.0.0/8", "203.0.113.7", "fd00::/8", "::1"],
        ],
        [
            *NO_LISTS,
            [""],
            ["."],
            ["*"],
            ["*.example.com"],
            ["a,b"],
            ["a b"],
            ["http://a"],
            ["a..b"],
            ["a:80"],
            ["10.0.0.1/8"],
            ["10.0.0.0/255.0.0.0"],
            ["fe80::1%eth0"],
            ["éxample.com"],
            ["a\n"],
            ["x" * 254],
            [10],
            [None],
        ],
        "an array of hosts, domains such as .example.com, and networks such as 10.0.0.0/8",
    ),
    "extraArguments": Kind(
        [
            [],
            ["-a", "arn:aws:eks:eu-west-1:123456789012:cluster/shop"],
            ["--resource-arn=b", "--log-file=-", "region", "-", "--"],
        ],
        [
            *NO_LISTS,
            [""],
            ["\ud800"],
            [1],
            [None],
            ["-a", ["b"]],
            *([f"{dashes}{flag}"] for flag in OWN_FLAGS for dashes in ("-", "--")),
            *([f"{dashes}{flag}=x"] for flag in OWN_FLAGS for dashes in ("-", "--")),
            ["-a", "b", "-b", "0.0.0.0:3000"],
        ],
        "an array of texts without the flags -b, -l, -m, -n, -o, -p, -r and -t, which other "
        "settings are for",
    ),
    "labels": Kind(
        [{}, {"team": "shop", "example.com/a_b.c-D": ""}, {f"{'d' * 253}/{'n' * 63}": "v" * 63}],
        [
            *NO_OBJECTS,
            *NO_LABELS,
            {"app.kubernetes.io/name": "shop"},
            {"team": "shop", "app.kubernetes.io/version": "1"},
            {"pod-security.kubernetes.io/enforce": "privileged"},
        ],
        "an object of Kubernetes labels, without those of app.kubernetes.io/ and "
        "pod-security.kubernetes.io/, which are the program's own",
    ),
    "podAnnotations": Kind(
        [{}, {"note": "käse\n" * 2000}, {"prometheus.io/scrape": "", "a": "{}"}],
        [
            *NO_OBJECTS,
            {"": "a"},
            {"a b": "c"},
            {"a": 1},
            {"a": None},
            {"a": "\ud800"},
            {"a": "x" * 10_001},
            {"xray-on-kubernetes/credentials": "irsa"},
            {"eks.amazonaws.com/role-arn": "a"},
        ],
        "an object of Kubernetes annotations, texts of at most 10000, without those of "
        "xray-on-kubernetes/ and eks.amazonaws.com/, which are the program's own",
    ),
    "collectorExporter": Kind(
        ["xray", "otlp"], ["", "XRay", "otlphttp", None, 1, ["xray"]], "xray or otlp"
    ),
    "transactionSearch": Kind(
        ["declare", "existing"], ["Declare", "on", True, 1, ["declare"]], "declare or existing"
    ),
    "indexingPercent": Kind([0, 0.01, 1, 33.3, 100], NO_SHARES, "a number from 0 to 100"),
    "gatewayReplicas": Kind(
        [0, 1, 50], [*NO_INTEGERS, 51, "two"], "a whole number from 0, for no gateway, to 50"
    ),
    "tailSampling": Kind(
        [{"percent": 5, "slowMilliseconds": 800, "keepFaults": False, "waitSeconds": 30}],
        [each for each in NO_OBJECTS if each not in (None, "")],
        "an object with percent",
    ),
    "indexedAttributes": Kind(
        [[], ["http.route"], ["käse", "a" * 500]],
        [*NO_LISTS, [""], ["a b"], ["a\n"], ["\u2003"], ["a" * 501], [1], [None], ["\ud800"]],
        "an array of OpenTelemetry attributes, names of 1 to 500 characters without spaces",
    ),
    "samplingRules": Kind([[]], NO_LISTS, "an array of at most 25 sampling rules"),
    "traceGroups": Kind([[]], NO_LISTS, "an array of at most 25 groups"),
    "sampleServices": Kind([True, False], NO_FLAGS, "true or false"),
    "sampleImage": Kind(
        ["sample", "sample:1.0", f"registry.example.com:5000/a/sample@sha256:{'0f' * 32}"],
        ["-sample", "my sample", "sample@sha256:0f", "sample@latest", "x" * 513],
        "the reference of a container image, such as registry.example.com/sample@sha256:…",
    ),
    "sampleDelayMilliseconds": Kind(
        [0, 200, 4000], [*NO_INTEGERS, 4001, "200ms"], "a whole number from 0 to 4000"
    ),
    "sampleFaultPercent": Kind(
        [0, 5, 100], [*NO_INTEGERS, 101, 0.05, "5%"], "a whole number from 0 to 100"
    ),
    "samplePlugins": Kind(
        [[], ["EC2Plugin"], ["EC2Plugin", "ECSPlugin"]],
        [*NO_LISTS, ["EKSPlugin"], ["ec2plugin"], ["EC2Plugin", 1], [None], ["EC2Plugin\n"]],
        "an array of EC2Plugin, ECSPlugin or both",
    ),
    "serviceATracing": Kind(
        ["xray-sdk", "opentelemetry"],
        ["", "xray_sdk", "OpenTelemetry", None, 1, ["xray-sdk"]],
        "xray-sdk or opentelemetry",
    ),
    "serviceBTracing": Kind(
        ["xray-sdk", "opentelemetry"],
        ["", "xray_sdk", "OpenTelemetry", None, 1, ["xray-sdk"]],
        "xray-sdk or opentelemetry",
    ),
    "tags": Kind(
        [{}, {"team": "shop", "käse": ""}, {"k" * 128: "v" * 256}, {f"{n}": "" for n in range(50)}],
        [
            *NO_OBJECTS,
            {"aws:team": "shop"},
            {"AWS:team": "shop"},
            {"": "shop"},
            {"team": 1},
            {"team": None},
            {"team": {"a": "b"}},
            {"k" * 129: ""},
            {"k": "v" * 257},
            {"k": "\ud800"},
            {f"{n}": "" for n in range(51)},
        ],
        TAGS,
    ),
}

RULE: Final[Values] = {"name": "checkout", "priority": 10, "fixedRate": 0.1}
PATTERNS: Final = Kind(["*", "service-*", "?" * 64, "é"], ["", "x" * 65, 1, None, ["*"]], "")

RULE_KINDS: Final[dict[str, Kind]] = {
    "name": Kind(["a", "Check_out-2", "x" * 32], ["", "a b", "Default", "x" * 33, 1], NAME_OF_RULE),
    "priority": Kind([1, 9999], [*NO_INTEGERS, 0, 10_000], "a whole number from 1 to 9999"),
    "fixedRate": Kind([0, 0.05, 1, 1.0], [*NO_NUMBERS, -0.1, 1.1, 5, "5%"], "a number from 0 to 1"),
    "reservoirSize": Kind(
        [0, 1_000_000],
        [*NO_INTEGERS, 1_000_001],
        "a whole number from 0 to 1000000 (requests a second)",
    ),
    "serviceName": PATTERNS._replace(must_be="a text of 1 to 64 characters"),
    "serviceType": PATTERNS._replace(must_be="a text of 1 to 64 characters"),
    "host": PATTERNS._replace(must_be="a text of 1 to 64 characters"),
    "httpMethod": Kind(["GET", "*"], ["", "x" * 11, 1], "a text of 1 to 10 characters"),
    "urlPath": Kind(["/pay/*", "x" * 128], ["", "x" * 129, 1], "a text of 1 to 128 characters"),
    "attributes": Kind(
        [{}, {"plan": "gold"}, {f"{n}": "x" for n in range(5)}],
        [
            *NO_OBJECTS,
            {"": "x"},
            {"a": ""},
            {"a": 1},
            {"a" * 33: "x"},
            {"a": "x" * 33},
            {f"{n}": "x" for n in range(6)},
        ],
        "an object of at most 5 attributes, keys and values of 1 to 32 characters",
    ),
}

GROUP: Final[Values] = {"name": "faults", "filterExpression": "fault"}

GROUP_KINDS: Final[dict[str, Kind]] = {
    "name": RULE_KINDS["name"],
    "filterExpression": Kind(
        ["fault", 'service("a") AND fault', "x" * 2000],
        ["", "x" * 2001, 1, None],
        'an X-Ray filter expression of 1 to 2000 characters, such as service("a") AND fault',
    ),
    "insights": Kind([True, False], NO_FLAGS, "true or false"),
}

TAIL_KINDS: Final[dict[str, Kind]] = {
    "percent": Kind([0, 0.5, 100], NO_SHARES, "a number from 0 to 100"),
    "slowMilliseconds": Kind(
        [None, 1, 600_000],
        [each for each in (*NO_INTEGERS, 0, 600_001) if each is not None],
        "a whole number from 1 to 600000",
    ),
    "keepFaults": Kind([True, False], NO_FLAGS, "true or false"),
    "waitSeconds": Kind([1, 120], [*NO_INTEGERS, 0, 121], "a whole number from 1 to 120"),
}

COLLECTOR: Final[Values] = {"backend": "collector"}
GATEWAY: Final[Values] = {**COLLECTOR, "gatewayReplicas": 1}

COMPANY: Final[dict[str, Values]] = {
    "kubeconfig": {"credentials": "node-role", "nodeRoleName": "nodes"},
    "nodeRoleName": {"clusterName": "shop", "credentials": "node-role"},
    "oidcProviderArn": {"kubeconfig": KUBECONFIG, "credentials": "irsa"},
    "daemonDigest": {"imageSource": "mirror"},
    "daemonVersion": {"credentials": "node-role"},
    "imageSource": {"sampleServices": False},
    "ipFamily": {"clusterName": "shop", "sampleServices": False},
    "ingressNamespaces": {"sampleServices": False},
    "noProxy": {"proxyUrl": "http://proxy.example.com"},
    "collectorExporter": {**COLLECTOR, "transactionSearch": "existing"},
    "indexingPercent": {"transactionSearch": "declare"},
    "gatewayReplicas": COLLECTOR,
    "tailSampling": GATEWAY,
    "indexedAttributes": COLLECTOR,
    "serviceATracing": COLLECTOR,
    "serviceBTracing": COLLECTOR,
}
"""What a setting needs beside it to be right."""


SECRET: Final = ("kubeconfig", "proxyUrl")
"""Settings whose values are not repeated."""


class Case(NamedTuple):
    """One value of one setting, or of a part of it."""

    key: str
    configuration: Values
    value: Any
    must_be: str


def _cases(right: bool) -> Iterator[Any]:
    for key, kind in KINDS.items():
        for value in kind.right if right else kind.wrong:
            configuration = {REGION_KEY: "eu-west-1", **COMPANY.get(key, {}), key: value}
            yield _param(Case(key, configuration, value, kind.must_be))
    for key, whole, kinds in (
        ("samplingRules", RULE, RULE_KINDS),
        ("traceGroups", GROUP, GROUP_KINDS),
    ):
        for part, kind in kinds.items():
            for value in kind.right if right else kind.wrong:
                configuration = {REGION_KEY: "eu-west-1", key: [{**whole, part: value}]}
                yield _param(Case(f"{key}[0].{part}", configuration, value, kind.must_be))
    for part, kind in TAIL_KINDS.items():
        for value in kind.right if right else kind.wrong:
            sampling = {"percent": 5, part: value}
            configuration = {REGION_KEY: "eu-west-1", **GATEWAY, "tailSampling": sampling}
            yield _param(Case(f"tailSampling.{part}", configuration, value, kind.must_be))


def _param(case: Case) -> Any:
    return pytest.param(case, id=f"{case.key} {ascii(case.value)[:30]}")


def test_every_setting_is_tried() -> None:
    assert list(KINDS) == [field.alias for field in Settings.model_fields.values()]
    for kinds, model in (
        (RULE_KINDS, SamplingRuleSettings),
        (GROUP_KINDS, TraceGroupSettings),
        (TAIL_KINDS, TailSamplingSettings),
    ):
        assert list(kinds) == [field.alias for field in model.model_fields.values()]


@pytest.mark.parametrize("case", _cases(right=True))
def test_a_right_value_is_taken_as_it_is(case: Case) -> None:
    settings = read_settings(texts(case.configuration))

    taken: Any = settings.model_dump(by_alias=True, mode="json")
    for step in case.key.replace("]", "").replace("[", ".").split("."):
        taken = taken[int(step)] if step.isdigit() else taken[step]
    assert taken == case.value


@pytest.mark.parametrize("case", _cases(right=False))
def test_a_wrong_value_is_refused_with_what_would_be_right(case: Case) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(texts(case.configuration))

    value = "wrong" if case.key in SECRET else json.dumps(case.value)
    shown = value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"
    (problem,) = refused.value.problems
    assert problem.key == case.key
    assert problem.sentence == f"{case.key} is {shown}; it must be {case.must_be}."


@pytest.mark.parametrize(
    "key",
    [
        *("clusterName", "kubeconfig", "nodeRoleName", "oidcProviderArn", "kubernetesVersion"),
        *("assumeRoleArn", "policyName", "daemonDigest", "repositoryName", "sampleImage"),
        *("priorityClass", "proxyUrl", "collectorDigest", "imageSource", "transactionSearch"),
    ],
)
def test_an_empty_text_leaves_a_setting_out(key: str) -> None:
    settings = read_settings({REGION_KEY: "eu-west-1", key: ""})
    assert settings == read_settings({REGION_KEY: "eu-west-1"})


@pytest.mark.parametrize("key", ["imageSource", "transactionSearch"])
@pytest.mark.parametrize("text", ["null", "null "])
def test_a_choice_is_not_left_out_by_the_word_null(key: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f'{key} is "{text}"'):
        read_settings({REGION_KEY: "eu-west-1", key: text})


@pytest.mark.parametrize("nothing", ["{}", "", "null"])
def test_an_empty_object_leaves_tail_sampling_out(nothing: str) -> None:
    settings = read_settings({REGION_KEY: "eu-west-1", "tailSampling": nothing})
    assert settings.tail_sampling is None


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (
            {"percent": 5},
            {"percent": 5, "slow_milliseconds": None, "keep_faults": True, "wait_seconds": 10},
        ),
        (
            {"percent": 0.5, "slowMilliseconds": 800, "keepFaults": False, "waitSeconds": 30},
            {"percent": 0.5, "slow_milliseconds": 800, "keep_faults": False, "wait_seconds": 30},
        ),
    ],
)
def test_tail_sampling_is_handed_on_whole(given: Values, taken: Values) -> None:
    settings = read_settings(texts({REGION_KEY: "eu-west-1", **GATEWAY, "tailSampling": given}))
    assert settings.tail_sampling is not None
    assert settings.tail_sampling.arguments() == taken


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({}, ImageSource.BUILD),
        (COLLECTOR, ImageSource.MIRROR),
        ({"imageSource": "mirror"}, ImageSource.MIRROR),
        ({**COLLECTOR, "imageSource": "public", "sampleImage": "a"}, ImageSource.PUBLIC),
    ],
)
def test_where_no_source_is_said_a_daemon_is_built_and_a_collector_mirrored(
    given: Values, used: ImageSource
) -> None:
    assert read_settings(texts({REGION_KEY: "eu-west-1", **given})).image_source_used() == used
