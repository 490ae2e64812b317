"""Right and wrong configurations to test the settings with."""

import json
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from tests.support.program import ACCOUNT, KUBECONFIG

Values = dict[str, Any]

REGION_KEY: Final = "aws:region"


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Returns values as Pulumi's configuration keeps them: each a text."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def _name(characters: str, longest: int, shortest: int = 1) -> st.SearchStrategy[str]:
    return st.text(characters, min_size=shortest, max_size=longest)


_WORD: Final = string.ascii_letters + string.digits
_RULE_NAMES: Final = _name(_WORD + "-_", 32).filter(lambda name: name != "Default")

_RULES: Final = st.fixed_dictionaries(
    {
        "name": _RULE_NAMES,
        "priority": st.integers(1, 9999),
        "fixedRate": st.floats(0, 1) | st.sampled_from([0, 1]),
    },
    optional={
        "reservoirSize": st.integers(0, 1_000_000),
        "serviceName": st.text(min_size=1, max_size=64),
        "urlPath": st.text(min_size=1, max_size=128),
        "httpMethod": st.sampled_from(["GET", "*"]),
        "attributes": st.dictionaries(_name(_WORD, 32), _name(_WORD, 32), max_size=5),
    },
)
_TAIL_SAMPLING: Final = st.fixed_dictionaries(
    {"percent": st.floats(0, 100) | st.sampled_from([0, 100])},
    optional={
        "slowMilliseconds": st.integers(1, 600_000),
        "keepFaults": st.booleans(),
        "waitSeconds": st.integers(1, 120),
    },
)
_GROUPS: Final = st.fixed_dictionaries(
    {"name": _RULE_NAMES, "filterExpression": st.text(min_size=1, max_size=80)},
    optional={"insights": st.booleans()},
)


def _some(*values: str) -> st.SearchStrategy[list[str]]:
    sizes = range(len(values) + 1)
    return st.sampled_from([list(some) for size in sizes for some in combinations(values, size)])


RIGHT: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "clusterName": _name(_WORD, 100),
    "kubeconfig": st.just(KUBECONFIG),
    "nodeRoleName": _name(_WORD + "+=,.@-_", 64),
    "oidcProviderArn": _name(_WORD, 20).map(f"arn:aws:iam::{ACCOUNT}:oidc-provider/{{}}".format),
    "checkPodIdentityAgent": st.booleans(),
    "kubernetesVersion": st.integers(10, 99).map(lambda minor: f"1.{minor}"),
    "autoMode": st.booleans(),
    "architectures": _some("amd64", "arm64").filter(bool),
    "nodeInstanceTypes": _some("t3.medium", "m7i.large", "u-6tb1.112xlarge", "m7gd.large"),
    "nodeCount": st.integers(1, 450),
    "subnetIds": st.just([]) | st.just(["subnet-01234567", "subnet-89abcdef"]),
    "privateNetwork": st.booleans(),
    "publicAccessCidrs": st.just([]) | st.just(["203.0.113.0/24"]),
    "protectCluster": st.booleans(),
    "vpcEndpoints": _some("xray", "sts", "eks-auth", "ecr", "ec2"),
    "namespace": _name(string.ascii_lowercase + string.digits, 63) | st.just("default"),
    "credentials": st.sampled_from(["pod-identity", "irsa", "node-role"]),
    "assumeRoleArn": _name(_WORD, 20).map("arn:aws:iam::111111111111:role/{}".format),
    "policyName": _name(_WORD + "+=,.@-_", 128),
    "backend": st.sampled_from(["daemon", "collector"]),
    "imageSource": st.sampled_from(["build", "mirror", "public"]),
    "daemonVersion": st.sampled_from(["3.3.15", "3.6.0", "3.6.1", "3.6.6", "3.10.0"]),
    "daemonDigest": st.just(f"sha256:{'0f' * 32}"),
    "collectorVersion": st.sampled_from(["0.43.0", "0.49.0", "1.0.10"]),
    "collectorDigest": st.just(f"sha256:{'f0' * 32}"),
    "repositoryName": st.sampled_from(["xray", "team/xray-daemon", "a.b_c/d-e"]),
    "pullAccounts": _some("111111111111", "000000000000"),
    "hostPort": st.booleans(),
    "logLevel": st.sampled_from(["debug", "info", "warn", "error"]),
    "memoryLimitMebibytes": st.integers(64, 4096),
    "collectorMemoryLimitMebibytes": st.integers(192, 8192),
    "nodeSelector": st.just({}) | st.just({"example.com/pool": "traced", "disk": ""}),
    "priorityClass": _name(string.ascii_lowercase + string.digits, 253),
    "ipFamily": st.sampled_from(["ipv4", "ipv6", "dual-stack"]),
    "routing": st.sampled_from(["node", "prefer-node", "prefer-zone"]),
    "ingressNamespaces": _some("xray", "default", "shop"),
    "proxyUrl": st.integers(1, 65_535).map("http://proxy.example.com:{}".format)
    | st.sampled_from(["https://203.0.113.7", "http://[fd00::7]:3128"]),
    "noProxy": _some("example.com", ".example.org", "10.0.0.0/8", "fd00::/8"),
    "extraArguments": _some("-a", "arn:aws:eks:eu-west-1:123456789012:cluster/shop", "--buffers"),
    "labels": st.just({}) | st.just({"team": "shop", "example.com/cost-centre": "7.a_b-C"}),
    "podAnnotations": st.just({}) | st.just({"example.com/scrape": "true", "note": "käse"}),
    "collectorExporter": st.sampled_from(["xray", "otlp"]),
    "transactionSearch": st.sampled_from(["declare", "existing"]),
    "indexingPercent": st.floats(0, 100) | st.sampled_from([0, 1, 100]),
    "gatewayReplicas": st.integers(0, 50),
    "tailSampling": st.just({}) | _TAIL_SAMPLING,
    "indexedAttributes": _some("http.route", "käse", "a" * 500),
    "samplingRules": st.lists(_RULES, max_size=3),
    "traceGroups": st.lists(_GROUPS, max_size=3),
    "sampleServices": st.booleans(),
    "sampleImage": st.sampled_from(["sample:1", f"registry.example.com/a/b@sha256:{'0f' * 32}"]),
    "sampleDelayMilliseconds": st.integers(0, 4000),
    "sampleFaultPercent": st.integers(0, 100),
    "samplePlugins": st.lists(st.sampled_from(["EC2Plugin", "ECSPlugin"]), max_size=2),
    "serviceATracing": st.sampled_from(["xray-sdk", "opentelemetry"]),
    "serviceBTracing": st.sampled_from(["xray-sdk", "opentelemetry"]),
    "tags": st.dictionaries(_name(_WORD, 128), st.text(max_size=256), max_size=3),
}
"""Right values of every setting but the region."""

REGIONS: Final = st.sampled_from(["eu-west-1", "us-gov-west-1", "cn-north-1", "ap-southeast-2"])

_NO_NAME: Final = st.text(max_size=12).map(lambda text: f"{text} ")
"""No name may end in a space."""

_NO_JSON: Final = st.text(max_size=12).map(lambda text: f"<{text}")
_NO_FLAG: Final = st.none() | st.integers() | st.floats() | _NO_JSON | st.just([True])
_NO_LIST: Final = st.none() | st.booleans() | st.floats() | _NO_JSON | st.just({"0": {}})
_NO_OBJECT: Final = st.none() | st.booleans() | st.integers() | _NO_JSON | st.just([{}])
_NO_NUMBER: Final = (
    st.none()
    | st.booleans()
    | st.sampled_from([float("nan"), float("inf"), float("-inf"), 1e308, 10**30])
    | _NO_JSON
    | st.just([1])
)


def _no_integer(least: int, most: int) -> st.SearchStrategy[Any]:
    outside = st.integers(max_value=least - 1) | st.integers(min_value=most + 1)
    return outside | st.floats() | _NO_NUMBER


def _no_share(most: int) -> st.SearchStrategy[Any]:
    outside = st.floats(max_value=0, exclude_max=True) | st.floats(most, exclude_min=True)
    return outside | _NO_NUMBER


def _broken_object(
    key: str, whole: st.SearchStrategy[Values], breakages: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[tuple[str, Values]]:
    """Draws an object that is wrong in one place, and the key of that place."""

    def build(drawn: tuple[Values, tuple[str, Any]]) -> tuple[str, Values]:
        right, (part, value) = drawn
        return f"{key}.{part}", right | {part: value}

    breakage = st.one_of([st.tuples(st.just(part), wrong) for part, wrong in breakages.items()])
    return st.tuples(whole, breakage).map(build)


def _broken(
    key: str, items: st.SearchStrategy[Values], breakages: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[tuple[str, list[Values]]]:
    """Draws a list with one item that is wrong in one place, and the key of that place."""

    def build(drawn: tuple[list[Values], Values, tuple[str, Any]]) -> tuple[str, list[Values]]:
        before, item, (part, value) = drawn
        return f"{key}[{len(before)}].{part}", [*before, item | {part: value}]

    breakage = st.one_of([st.tuples(st.just(part), wrong) for part, wrong in breakages.items()])
    return st.tuples(st.lists(items, max_size=2), items, breakage).map(build)


def _wrong(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.tuples(st.just(key), values)


WRONG: Final[Mapping[str, st.SearchStrategy[tuple[str, Any]]]] = {
    **{key: _wrong(key, _NO_NAME) for key in RIGHT},
    **{
        key: _wrong(key, _no_integer(least, most))
        for key, least, most in (
            ("nodeCount", 1, 450),
            ("memoryLimitMebibytes", 64, 4096),
            ("collectorMemoryLimitMebibytes", 192, 8192),
            ("gatewayReplicas", 0, 50),
            ("sampleDelayMilliseconds", 0, 4000),
            ("sampleFaultPercent", 0, 100),
        )
    },
    **{
        key: _wrong(key, _NO_FLAG)
        for key in (
            *("hostPort", "sampleServices", "autoMode", "privateNetwork"),
            *("protectCluster", "checkPodIdentityAgent"),
        )
    },
    **{
        key: _wrong(key, _NO_LIST | st.just(["?"]) | st.just([1]))
        for key in (
            *("architectures", "nodeInstanceTypes", "subnetIds", "publicAccessCidrs"),
            *("vpcEndpoints", "pullAccounts", "ingressNamespaces", "noProxy"),
        )
    },
    "indexingPercent": _wrong("indexingPercent", _no_share(100)),
    "indexedAttributes": _wrong(
        "indexedAttributes", _NO_LIST | st.sampled_from([[""], [1], ["a b"], ["a" * 501]])
    ),
    "tailSampling": _wrong("tailSampling", _NO_OBJECT.filter(lambda value: value is not None))
    | _broken_object(
        "tailSampling",
        _TAIL_SAMPLING,
        {
            "percent": _no_share(100),
            "slowMilliseconds": _no_integer(1, 600_000).filter(lambda value: value is not None),
            "keepFaults": _NO_FLAG,
            "waitSeconds": _no_integer(1, 120),
            "colour": st.text(max_size=5),
        },
    ),
    "samplingRules": _wrong("samplingRules", _NO_LIST)
    | _broken(
        "samplingRules",
        _RULES,
        {
            "name": _NO_NAME | st.just("Default"),
            "priority": _no_integer(1, 9999),
            "fixedRate": _NO_NUMBER | st.floats(min_value=1, exclude_min=True),
            "reservoirSize": _no_integer(0, 1_000_000),
            "serviceName": st.just("") | st.text(min_size=65, max_size=70),
            "httpMethod": st.just("") | st.just("PROPPATCHED"),
            "attributes": _NO_OBJECT | st.just({"": "x"}),
            "colour": st.text(max_size=5),
        },
    ),
    "traceGroups": _wrong("traceGroups", _NO_LIST)
    | _broken(
        "traceGroups",
        _GROUPS,
        {"name": _NO_NAME | st.just(""), "filterExpression": st.just(""), "insights": _NO_FLAG},
    ),
    "nodeSelector": _wrong("nodeSelector", _NO_OBJECT | st.just({"kubernetes.io/os": "linux"})),
    "extraArguments": _wrong("extraArguments", _NO_LIST | st.sampled_from([[""], [1], ["-b=x"]])),
    "labels": _wrong("labels", _NO_OBJECT | st.just({"app.kubernetes.io/name": "a"})),
    "podAnnotations": _wrong(
        "podAnnotations", _NO_OBJECT | st.just({"eks.amazonaws.com/role-arn": "a"})
    ),
    "samplePlugins": _wrong("samplePlugins", _NO_LIST | st.just(["EKSPlugin"])),
    "tags": _wrong("tags", _NO_OBJECT | st.sampled_from([{"aws:x": ""}, {"a": 1}, {"": "a"}])),
}
"""Wrong values of every setting but the region, each with the key of what is wrong about it."""


class Entry(NamedTuple):
    """One setting of a configuration."""

    key: str
    value: Any
    wrong: str | None
    """What is wrong about it: its key, or that of a part such as `samplingRules[0].name`."""


@dataclass(frozen=True)
class Draft:
    """A configuration of which is known what is right and what is wrong."""

    entries: tuple[Entry, ...]

    @property
    def right(self) -> Values:
        return {entry.key: entry.value for entry in self.entries if entry.wrong is None}

    @property
    def wrong(self) -> Values:
        return {entry.key: entry.value for entry in self.entries if entry.wrong is not None}

    @property
    def wrong_places(self) -> set[str]:
        """Keys of everything that is wrong, conflicts aside."""
        missing = {REGION_KEY} - {entry.key for entry in self.entries}
        return missing | {entry.wrong for entry in self.entries if entry.wrong is not None}

    def without_one(self) -> Iterator["Draft"]:
        """Yields the configurations that lack one of its settings."""
        for index in range(len(self.entries)):
            yield Draft(self.entries[:index] + self.entries[index + 1 :])


def _entries(key: str) -> st.SearchStrategy[Entry]:
    def right(value: Any) -> Entry:
        return Entry(key, value, None)

    def wrong(drawn: tuple[str, Any]) -> Entry:
        return Entry(key, drawn[1], drawn[0])

    return RIGHT[key].map(right) | WRONG[key].map(wrong)


def _unknown(key: str) -> Entry:
    return Entry(key, "x", key)


def _draft(region: Entry, others: list[Entry]) -> Draft:
    return Draft((region, *others))


DRAFTS: Final = st.builds(
    _draft,
    REGIONS.map(lambda region: Entry(REGION_KEY, region, None))
    | _NO_NAME.map(lambda region: Entry(REGION_KEY, region, REGION_KEY)),
    st.lists(
        st.one_of(
            *map(_entries, RIGHT),
            st.text(max_size=12).filter(lambda key: key not in {*RIGHT, REGION_KEY}).map(_unknown),
        ),
        max_size=8,
        unique_by=lambda entry: entry.key,
    ),
)
"""Configurations that mix right and wrong values and unknown keys."""


def conflicting(right: Mapping[str, Any], wrong: Collection[str] = ()) -> set[str]:
    """Returns the settings that don't go with others; wrong ones are judged with none."""
    credentials = right.get("credentials", "pod-identity")
    node_role, irsa = credentials == "node-role", credentials == "irsa"
    named, other = "clusterName" in right, "kubeconfig" in right
    adopted = named or other
    auto_mode, private = right.get("autoMode", False), right.get("privateNetwork", False)
    collector = right.get("backend") == "collector"
    public = right.get("imageSource") == "public"
    built = right.get("imageSource", "mirror" if collector else "build") == "build"
    version = tuple(int(part) for part in right.get("daemonVersion", "3.6.6").split("."))
    instances = right.get("nodeInstanceTypes", [])
    have = {"arm64" if each.startswith("m7gd") else "amd64" for each in instances}
    clusters = {"clusterName", "kubeconfig"}
    proxied, samples = "proxyUrl" in right, right.get("sampleServices", True)
    minor = int(right.get("kubernetesVersion", "1.34").split(".")[1])
    since = {"prefer-node": 34, "prefer-zone": 31}.get(right.get("routing", "node"), 0)
    ipv6 = right.get("ipFamily") == "ipv6"
    guests = right.get("ingressNamespaces", [])
    otlp, search = right.get("collectorExporter") == "otlp", right.get("transactionSearch")
    attributes, replicas = right.get("indexedAttributes"), right.get("gatewayReplicas", 0)
    tracing = {"serviceATracing", "serviceBTracing"}
    by_spans = {key for key in tracing if right.get(key) == "opentelemetry"}
    found: dict[str, list[tuple[set[str], bool]]] = {
        "clusterName": [({"kubeconfig"}, named and other)],
        "nodeRoleName": [
            ({*clusters, "credentials"}, (adopted and node_role) != ("nodeRoleName" in right))
        ],
        "oidcProviderArn": [
            ({"kubeconfig", "credentials"}, (other and irsa) != ("oidcProviderArn" in right))
        ],
        "kubernetesVersion": [(clusters, adopted and "kubernetesVersion" in right)],
        "autoMode": [(clusters, adopted and auto_mode)],
        "nodeInstanceTypes": [
            (clusters, adopted and bool(instances)),
            ({"autoMode"}, auto_mode and bool(instances)),
        ],
        "subnetIds": [
            (clusters, adopted and bool(right.get("subnetIds"))),
            ({"privateNetwork"}, private and bool(right.get("subnetIds"))),
        ],
        "privateNetwork": [(clusters, adopted and private)],
        "publicAccessCidrs": [(clusters, adopted and "publicAccessCidrs" in right)],
        "protectCluster": [(clusters, adopted and right.get("protectCluster", False))],
        "vpcEndpoints": [({"kubeconfig"}, other and bool(right.get("vpcEndpoints")))],
        "credentials": [
            ({"kubeconfig"}, other and credentials == "pod-identity"),
            ({"autoMode"}, auto_mode and node_role),
        ],
        "architectures": [
            (
                {"nodeInstanceTypes", *clusters},
                bool(have) and not adopted and have != set(right.get("architectures", ["amd64"])),
            )
        ],
        "daemonVersion": [
            (
                {"credentials", "backend"},
                not collector and credentials == "pod-identity" and version < (3, 6, 1),
            ),
            ({"proxyUrl", "backend"}, not collector and proxied and version < (3, 6, 1)),
        ],
        "imageSource": [({"backend"}, collector and built)],
        "daemonDigest": [({"imageSource", "backend"}, built and "daemonDigest" in right)],
        "repositoryName": [({"imageSource"}, public and "repositoryName" in right)],
        "pullAccounts": [({"imageSource"}, public and bool(right.get("pullAccounts")))],
        "sampleImage": [
            ({"imageSource", "sampleServices"}, public and samples and "sampleImage" not in right)
        ],
        "ipFamily": [(clusters, not adopted and right.get("ipFamily", "ipv4") != "ipv4")],
        "sampleServices": [({"ipFamily", *tracing}, samples and ipv6 and by_spans != tracing)],
        "routing": [({"kubernetesVersion"}, minor < since)],
        "ingressNamespaces": [
            (
                {"namespace", "sampleServices"},
                samples and bool(guests) and right.get("namespace", "xray") not in guests,
            )
        ],
        "noProxy": [
            ({"proxyUrl"}, not proxied and bool(right.get("noProxy"))),
            (
                {"proxyUrl", "gatewayReplicas"},
                proxied and replicas > 0 and not any("/" in a for a in right.get("noProxy", [])),
            ),
        ],
        "extraArguments": [({"backend"}, collector and bool(right.get("extraArguments")))],
        "collectorExporter": [
            ({"backend"}, otlp and not collector),
            ({"transactionSearch"}, otlp and search is None),
        ],
        "indexingPercent": [
            (
                {"transactionSearch"},
                right.get("indexingPercent", 1) != 1 and search != "declare",
            )
        ],
        "indexedAttributes": [
            ({"backend"}, bool(attributes) and not collector),
            ({"collectorExporter"}, bool(attributes) and otlp),
        ],
        "gatewayReplicas": [({"backend"}, replicas > 0 and not collector)],
        "tailSampling": [({"gatewayReplicas"}, bool(right.get("tailSampling")) and not replicas)],
        **{
            key: [
                ({"backend"}, key in by_spans and not collector),
                ({"sampleServices"}, key in by_spans and not samples),
            ]
            for key in tracing
        },
        "samplePlugins": [(tracing, by_spans == tracing and bool(right.get("samplePlugins")))],
        "samplingRules": [(set(), _repeats(right, "samplingRules", "name", "priority"))],
        "traceGroups": [(set(), _repeats(right, "traceGroups", "name"))],
    }
    return {
        key
        for key, cases in found.items()
        for others, is_wrong in cases
        if is_wrong and not {key, *others} & set(wrong)
    }


def _repeats(right: Mapping[str, Any], key: str, *parts: str) -> bool:
    items: list[Values] = right.get(key, [])
    return any(len({item[part] for item in items}) < len(items) for part in parts)


def _agree(values: Values) -> Values:
    """Returns values that go together: what makes a conflict is left out, or said."""
    wanted: dict[str, Values] = {
        "credentials": {"credentials": "irsa"},
        "nodeRoleName": {"nodeRoleName": "shop-nodes"},
        "oidcProviderArn": {"oidcProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/shop"},
        "sampleImage": {"sampleServices": False},
        "sampleServices": {"sampleServices": False},
        "noProxy": {"noProxy": ["10.0.0.0/8"]},
    }
    agreed = dict(values)
    while found := conflicting(agreed):
        # One after the other: to mend one can make another, or mend it too.
        key = min(found)
        if key in agreed and key != "credentials":
            del agreed[key]
        elif key == "architectures":
            del agreed["nodeInstanceTypes"]
        else:
            agreed |= wanted[key]
    return agreed


def agreeing(*, existing_cluster: bool) -> st.SearchStrategy[Values]:
    """Draws configurations that are right and without conflicts."""
    optional = dict(RIGHT)
    del optional["clusterName"], optional["kubeconfig"]
    named = {"clusterName": RIGHT["clusterName"]}, {"kubeconfig": RIGHT["kubeconfig"]}
    always = ({REGION_KEY: REGIONS} | each for each in (named if existing_cluster else ({},)))
    drawn = (st.fixed_dictionaries(each, optional=optional).map(_agree) for each in always)
    return st.one_of(*drawn)
