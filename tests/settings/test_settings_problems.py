"""How wrong settings are told, and what counts as left out."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import ImageSource
from components.words import camel_case
from settings import SettingsError, read_configuration, read_settings
from settings.problems import Problem
from tests.settings.row import REGION, Values, read
from tests.settings.table import ROWS
from tests.support.program import configured
from tools.lab.deployment import Made, Resource
from tools.lab.engine import run_program

WHOLE: Final = {row.key: row for row in ROWS if "." not in row.key}


@st.composite
def drafts(draw: st.DrawFn) -> tuple[Values, set[str]]:
    """Draws right and wrong values and unknown keys, and which are wrong in themselves."""
    values: Values = {"zzz": "x"} if draw(st.booleans()) else {}
    wrong = set(values)
    for key in draw(st.sets(st.sampled_from(sorted(WHOLE)), max_size=12)):
        is_wrong = draw(st.booleans())
        values[key] = draw(st.sampled_from(WHOLE[key].wrong if is_wrong else WHOLE[key].right))
        wrong |= {key} if is_wrong else set()
    return values, wrong


def sentences_of(values: Values) -> dict[str, str]:
    with pytest.raises(SettingsError) as refused:
        read(values)
    return {each.path: each.sentence for each in refused.value.problems}


@settings(max_examples=60, deadline=None)
@given(drafts())
def test_settings_are_read_or_every_wrong_one_is_named(draft: tuple[Values, set[str]]) -> None:
    values, wrong = draft
    problems: tuple[Problem, ...] = ()
    try:
        read({**REGION, **values})
    except SettingsError as refused:
        problems = refused.problems
    assert wrong <= {each.path for each in problems}
    assert all(each.sentence.startswith(f"{each.path} is ") for each in problems)


def test_a_region_is_all_that_must_be_set() -> None:
    assert read(REGION).region == "eu-west-1"
    with pytest.raises(SettingsError) as refused:
        read({})
    assert str(refused.value) == (
        "1 setting is wrong; nothing was changed.\n"
        "  aws:region is not set; it must be an AWS region such as eu-west-1."
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("nodeCount", each) for each in ("two", "²", 2.5, True, [1], float("nan"), 10**400)),
        *(("indexingPercent", each) for each in ("5%", float("nan"), float("inf"), True)),
        *(("hostPort", each) for each in ("", 0, [True])),
        *(("pullAccounts", each) for each in ({}, [111111111111], "[1,", "[" * 10_000)),
        *(("tags", each) for each in ([], {"a": 1}, {"a": None}, '{"a": ')),
        *(("labels", each) for each in ({"a": True}, "a")),
        *(("logLevel", each) for each in ("", 3, ["warn"])),
    ],
)
def test_a_value_of_another_type_is_refused(key: str, value: Any) -> None:
    sentence = sentences_of({**REGION, key: value})[key]
    assert sentence.startswith(f"{key} is ")
    assert "; it must be " in sentence


def test_a_part_that_is_missing_unknown_or_no_object_is_named() -> None:
    sentences = sentences_of(
        {
            **REGION,
            "samplingRules": [{"name": "a", "priority": 1, "fixed_rate": 1}, 3],
            "traceGroups": [{}],
        }
    )
    assert set(sentences) == {
        *("samplingRules[0].fixedRate", "samplingRules[0].fixed_rate", "samplingRules[1]"),
        *("traceGroups[0].name", "traceGroups[0].filterExpression"),
    }
    assert sentences["samplingRules[0].fixedRate"].endswith(
        " is not set; it must be a number from 0 to 1."
    )
    assert sentences["samplingRules[0].fixed_rate"].endswith("did you mean fixedRate?")
    assert sentences["samplingRules[1]"].endswith("an object with name, priority, fixedRate.")


@pytest.mark.parametrize(
    ("unknown", "known"),
    [
        *(("namspace", "namespace"), ("cluster_name", "clusterName"), ("region", "aws:region")),
        ("sampleFaultPercents", "sampleFaultPercent"),
    ],
)
def test_an_unknown_setting_suggests_the_one_meant(unknown: str, known: str) -> None:
    assert sentences_of({**REGION, unknown: "x"})[unknown].endswith(f"did you mean {known}?")


def test_an_unknown_setting_like_no_other_lists_all() -> None:
    assert "known are addonVersions, agent, " in sentences_of({**REGION, "zzz": "x"})["zzz"]


@pytest.mark.parametrize("strange", ["\u202e", "a\nb", "\x1b[31mred", "x" * 100_000])
def test_strange_keys_and_values_are_shown_harmlessly(strange: str) -> None:
    for values in ({**REGION, strange: "1"}, {**REGION, "namespace": strange}):
        with pytest.raises(SettingsError) as refused:
            read(values)
        _, line = str(refused.value).splitlines()
        assert line.isprintable()
        assert strange not in line
        assert "namespace" not in values or len(line) < 250


@pytest.mark.parametrize("key", ["xray-on-kubernetes:clusterName", "aws:clusterName"])
def test_a_setting_of_another_project_is_told_its_own(key: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_configuration("mine", {**REGION, key: "shop"})
    (problem,) = refused.value.problems
    assert problem.sentence == f"{key} is a key of another project; it must be mine:clusterName."


@pytest.mark.parametrize("package", ["aws", "docker", "docker-build", "eks", "kubernetes"])
def test_keys_of_providers_and_of_pulumi_are_theirs(package: str) -> None:
    provider: Any = import_module(f"pulumi_{package.replace('-', '_')}")
    names = inspect.signature(provider.ProviderArgs).parameters
    theirs = {f"{package}:{camel_case(name)}" for name in names} | {"pulumi:tags"}
    assert read_configuration("mine", {**dict.fromkeys(theirs, "a"), **REGION})


def test_a_refusal_is_shown_without_a_traceback() -> None:
    with pytest.raises(SettingsError) as refused:
        read({**REGION, "namespace": "X"})
    assert isinstance(refused.value, pulumi.RunError)
    assert refused.value.__cause__ is None


def test_nothing_is_made_when_a_setting_is_wrong() -> None:
    made: list[str] = []

    def create(resource: Resource) -> Made:
        made.append(resource.name)
        return Made(resource.name, {}, "")

    def invoke(token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        made.append(token)
        return {}

    with pytest.raises(SettingsError):
        run_program(configured("dev", namespace="X", hostPrt="true"), create, invoke)
    assert made == []


def test_an_empty_text_leaves_a_setting_out() -> None:
    optional = [key for key, row in WHOLE.items() if row.key != "aws:region"]
    left_out = [key for key in optional if _is_left_out(key)]
    assert {"clusterName", "kubeconfig", "imageSource", "transactionSearch"} <= set(left_out)
    assert {"proxyUrl", "tailSampling", "sampleImage", "daemonDigest"} <= set(left_out)
    assert {"namespace", "nodeCount", "hostPort", "agent", "tags"}.isdisjoint(left_out)


def _is_left_out(key: str) -> bool:
    try:
        return read_settings({**REGION, key: ""}) == read(REGION)
    except SettingsError:
        return False


@pytest.mark.parametrize("nothing", ["{}", "", "null"])
def test_an_empty_object_leaves_tail_sampling_out(nothing: str) -> None:
    assert read_settings({**REGION, "tailSampling": nothing}).tail_sampling is None


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({}, ImageSource.BUILD),
        ({"agent": "collector"}, ImageSource.MIRROR),
        ({"imageSource": "mirror"}, ImageSource.MIRROR),
    ],
)
def test_a_daemon_is_built_and_a_collector_mirrored(given: Values, used: ImageSource) -> None:
    assert read({**REGION, **given}).image_source_used() == used
