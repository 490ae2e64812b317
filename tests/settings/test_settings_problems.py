import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pytest

from settings import SettingsError, read_settings
from tests.settings.configurations import REGION_KEY, texts
from tests.support.program import configured
from tools.lab.deployment import Made, Resource
from tools.lab.engine import run_program

FOREIGN_WORDS: Final = ("pydantic", "traceback", "validation error", "input should", "string_", "<")
"""What only the machinery behind the settings says."""


def refusal_of(**settings: Any) -> SettingsError:
    with pytest.raises(SettingsError) as refused:
        read_settings(texts({REGION_KEY: "eu-west-1", **settings}))
    return refused.value


def sentences_of(**settings: Any) -> dict[str, str]:
    return {problem.key: problem.sentence for problem in refusal_of(**settings).problems}


def test_a_region_is_all_that_is_needed() -> None:
    assert read_settings({REGION_KEY: "eu-west-1"}).region == "eu-west-1"


def test_no_region_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({})

    assert str(refused.value) == (
        "1 setting is wrong; nothing was changed.\n"
        "  aws:region is not set; it must be an AWS region such as eu-west-1."
    )


def test_all_problems_are_told_at_once() -> None:
    refused = refusal_of(
        namespace="X",
        nodeCount=0,
        hostPrt=True,
        samplingRules=[{"name": "a", "priority": 0, "fixedRate": 2}],
        clusterName="shop",
        kubernetesVersion="1.34",
    )

    assert {problem.key for problem in refused.problems} == {
        "namespace",
        "nodeCount",
        "hostPrt",
        "samplingRules[0].priority",
        "samplingRules[0].fixedRate",
        "kubernetesVersion",
    }
    lines = str(refused).splitlines()
    assert lines[0] == "6 settings are wrong; nothing was changed."
    assert sorted(lines[1:]) == sorted(f"  {problem.sentence}" for problem in refused.problems)


@pytest.mark.parametrize(
    ("unknown", "known"),
    [
        ("namspace", "namespace"),
        ("cluster_name", "clusterName"),
        ("sampleFaultPercents", "sampleFaultPercent"),
        ("region", "aws:region"),
    ],
)
def test_an_unknown_setting_suggests_the_one_that_was_meant(unknown: str, known: str) -> None:
    sentence = sentences_of(**{unknown: "x"})[unknown]
    assert sentence == f"{unknown} is not a setting; did you mean {known}?"


def test_an_unknown_setting_like_no_other_lists_those_that_exist() -> None:
    sentence = sentences_of(zzz="x")["zzz"]
    assert sentence.startswith("zzz is not a setting; known are architectures, ")
    assert sentence.endswith("vpcEndpoints.")


@pytest.mark.parametrize("unknown", ["a\nb", "\x1b[31mred", "x" * 500])
def test_a_strange_unknown_setting_is_shown_short_and_harmless(unknown: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"aws:region": "eu-west-1", unknown: "1"})
    _, line = str(refused.value).splitlines()
    assert line.isprintable()
    assert unknown not in line


def test_an_unknown_part_of_a_rule_suggests_one_of_a_rule() -> None:
    rule = {"name": "a", "priority": 1, "fixedRate": 1, "fixed_rate": 1}
    sentences = sentences_of(samplingRules=[rule])
    assert sentences == {
        "samplingRules[0].fixed_rate": "samplingRules[0].fixed_rate is not a setting; "
        "did you mean fixedRate?"
    }


def test_a_part_that_a_rule_or_group_lacks_is_named() -> None:
    sentences = sentences_of(samplingRules=[{"name": "a", "priority": 1}], traceGroups=[{}])
    assert sentences == {
        "samplingRules[0].fixedRate": "samplingRules[0].fixedRate is not set; "
        "it must be a number from 0 to 1.",
        "traceGroups[0].name": "traceGroups[0].name is not set; it must be a name of 1 to 32 "
        "letters, digits, - and _, other than Default, which is X-Ray's own.",
        "traceGroups[0].filterExpression": "traceGroups[0].filterExpression is not set; it must "
        'be an X-Ray filter expression of 1 to 2000 characters, such as service("a") AND fault.',
    }


def test_what_is_wrong_inside_an_object_is_named() -> None:
    sampling = {"slowMilliseconds": 0, "wait_seconds": 5}
    sentences = sentences_of(backend="collector", gatewayReplicas=1, tailSampling=sampling)
    assert sentences == {
        "tailSampling.percent": "tailSampling.percent is not set; it must be a number from 0 to "
        "100.",
        "tailSampling.slowMilliseconds": "tailSampling.slowMilliseconds is 0; it must be a whole "
        "number from 1 to 600000.",
        "tailSampling.wait_seconds": "tailSampling.wait_seconds is not a setting; did you mean "
        "waitSeconds?",
    }


@pytest.mark.parametrize("item", [3, "a", None, []])
def test_a_rule_that_is_no_object_is_refused(item: Any) -> None:
    right = {"name": "a", "priority": 1, "fixedRate": 1}
    sentences = sentences_of(samplingRules=[right, item])
    assert sentences == {
        "samplingRules[1]": f"samplingRules[1] is {json.dumps(item)}; it must be an object with "
        "name, priority, fixedRate."
    }


def test_more_rules_or_groups_than_x_ray_takes_are_refused() -> None:
    rules = [{"name": f"r{n}", "priority": n, "fixedRate": 1} for n in range(1, 27)]
    groups = [{"name": f"g{n}", "filterExpression": "fault"} for n in range(26)]

    sentences = sentences_of(samplingRules=rules, traceGroups=groups)

    assert sentences["samplingRules"].endswith(
        "; it must be an array of at most 25 sampling rules."
    )
    assert sentences["traceGroups"].endswith("; it must be an array of at most 25 groups.")
    read_settings(
        texts({REGION_KEY: "eu-west-1", "samplingRules": rules[:25], "traceGroups": groups[:25]})
    )


@pytest.mark.parametrize("value", ["\u202e", "日本", "a\nb", "\x1b[31m", "x" * 100_000])
def test_a_strange_value_is_shown_short_and_harmless(value: str) -> None:
    sentence = sentences_of(namespace=value)["namespace"]
    assert sentence.replace("…", "").isascii()
    assert sentence.isprintable()
    assert len(sentence) < 250


def test_the_message_does_not_show_the_machinery_behind_it() -> None:
    message = str(
        refusal_of(
            namespace="",
            nodeCount="two",
            hostPort="yes",
            credentials="all",
            samplingRules=[{"name": 1, "fixedRate": "NaN", "priority": True, "x": 1}, 2],
            traceGroups="{",
            tags={"aws:a": 1},
            unknown="x",
        )
    ).lower()
    assert [word for word in FOREIGN_WORDS if word in message] == []


def test_a_refusal_is_an_error_that_pulumi_shows_without_a_traceback() -> None:
    refused = refusal_of(namespace="")
    assert isinstance(refused, pulumi.RunError)
    assert refused.__cause__ is None
    assert refused.__suppress_context__


def test_the_program_makes_nothing_when_a_setting_is_wrong() -> None:
    made: list[str] = []

    def create(resource: Resource) -> Made:
        made.append(resource.name)
        return Made(resource.name, {}, "")

    def invoke(token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        made.append(token)
        return {}

    with pytest.raises(SettingsError) as refused:
        run_program(configured("dev", namespace="X", hostPrt="true"), create, invoke)

    assert [problem.key for problem in refused.value.problems] == ["namespace", "hostPrt"]
    assert made == []
