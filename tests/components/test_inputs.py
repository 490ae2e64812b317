"""The inputs of the components: completed, converted, and refused where they are wrong."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from types import NoneType
from typing import Any, Final, NotRequired, TypedDict, get_args, get_type_hints

import pulumi
import pytest

from components import LogLevel
from components.constraints import Constraint, array, mapping, matching, text, whole
from components.inputs import Inputs, Problem
from settings.inputs import COMPONENTS, key_of
from tests.support.program import components_as_package
from tools.lab.deployment import Made, Resource
from tools.lab.engine import run_program
from tools.lab.project import Project


class Rule(TypedDict):
    name: str
    max_weight: NotRequired[int]


class Example(TypedDict):
    host: pulumi.Input[str]
    size: NotRequired[int]
    share: NotRequired[float]
    eager: NotRequired[bool]
    log_level: NotRequired[LogLevel]
    token: NotRequired[str | None]
    names: NotRequired[Sequence[str]]
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    first_rule: NotRequired[Rule | None]
    rules: NotRequired[Sequence[Rule]]


RULE: Final = Inputs(Rule, {"max_weight": 1}, {"max_weight": whole(0, 9)})

DEFAULTS: Final[dict[str, Any]] = {
    **{"size": 8, "share": 0.5, "eager": False, "log_level": LogLevel.WARN},
    **{"names": (), "tags": {}, "rules": ()},
}
EXAMPLE: Final = Inputs(
    Example,
    DEFAULTS,
    {
        "size": whole(1, 64, "a whole number of MiB"),
        "token": matching("[a-z]+", "lower-case letters", secret=True),
        "names": array("an array of at most 2 different names", text(1, 5), most=2, distinct=True),
        "tags": mapping("an object of tags", text(1, 5), text(0, 3)),
        "first_rule": Constraint("an object with name", lambda _: True, inside=RULE),
        "rules": array("an array of rules", inside=RULE),
    },
)


class Later:
    """A value that is known later, as an output is; no event loop waits for this one."""

    def __await__(self) -> Any:
        raise NotImplementedError


OUTPUT: Final = Later()


def complete(**given: Any) -> dict[str, Any]:
    inputs: Any = {"host": "shop", **given}
    return dict(EXAMPLE.complete(inputs, "Example mine"))


@pytest.mark.parametrize("given", [{}, dict.fromkeys((*DEFAULTS, "token", "first_rule"))])
def test_what_is_left_out_or_none_has_its_default(given: dict[str, Any]) -> None:
    left_out = {**DEFAULTS, "names": [], "rules": [], "token": None, "first_rule": None}
    assert complete(**given) == {"host": "shop", **left_out}


@pytest.mark.parametrize(
    ("given", "converted"),
    [
        ({"size": 16.0}, 16),
        ({"share": 1}, 1.0),
        ({"log_level": "debug"}, LogLevel.DEBUG),
        ({"log_level": LogLevel.INFO}, LogLevel.INFO),
        ({"names": ("a", "b")}, ["a", "b"]),
        ({"first_rule": {"name": "a", "max_weight": 2.0}}, {"name": "a", "max_weight": 2}),
        ({"rules": [{"name": "a"}]}, [{"name": "a", "max_weight": 1}]),
    ],
)
def test_values_become_what_their_types_say(given: dict[str, Any], converted: object) -> None:
    ((name, _),) = given.items()
    assert (complete(**given)[name], type(complete(**given)[name])) == (converted, type(converted))


def test_outputs_pass_as_they_are_where_the_type_has_them() -> None:
    completed = complete(host=OUTPUT, tags={"a": OUTPUT})
    assert completed["host"] is completed["tags"]["a"] is OUTPUT


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"host": None}, "host is not set; it must be a text."),
        ({"host": 5}, "host is 5; it must be a text."),
        ({"size": 65}, "size is 65; it must be a whole number of MiB from 1 to 64."),
        ({"size": True}, "size is true; it must be a whole number of MiB from 1 to 64."),
        ({"size": 1.5}, "size is 1.5; it must be a whole number of MiB from 1 to 64."),
        ({"size": OUTPUT}, "size is an output; it must be known at once: a whole number of"),
        ({"share": float("nan")}, "share is NaN; it must be a number."),
        ({"share": False}, "share is false; it must be a number."),
        ({"eager": 1}, "eager is 1; it must be true or false."),
        ({"log_level": "loud"}, 'log_level is "loud"; it must be debug, info, warn or error.'),
        ({"names": "ab"}, 'names is "ab"; it must be an array of at most 2 different names.'),
        ({"names": ["a", "a"]}, 'names is ["a", "a"]; it must be'),
        ({"names": ["a", "b", "c"]}, 'names is ["a", "b", "c"]; it must be'),
        ({"names": ["longer"]}, 'names is ["longer"]; it must be'),
        ({"names": [OUTPUT]}, 'names is ["an output"]; it must be'),
        ({"names": "x" * 99}, f'names is "{"x" * 58}…; it must be'),
        ({"tags": {"a": "long"}}, 'tags is {"a": "long"}; it must be an object of tags.'),
        ({"token": "S3cret"}, "token is wrong; it must be lower-case letters."),
        ({"name": []}, "name is not an input; did you mean names?"),
        ({"else": 1}, "else is not an input; known are eager, first_rule, host, log_level, names,"),
        ({"first_rule": 1}, "first_rule is 1; it must be an object with name."),
        ({"first_rule": {}}, "first_rule.name is not set; it must be a text."),
        ({"rules": [5]}, "rules[0] is 5; it must be an object with name."),
        ({"rules": [{"name": "a"}, {"name": "a", "max_weight": 10}]}, "rules[1].max_weight is 10"),
        (
            {"rules": [{"name": "a", "max_wait": 1}]},
            "rules[0].max_wait is not an input; did you mean",
        ),
    ],
)
def test_a_wrong_input_is_refused_in_one_sentence(given: dict[str, Any], refused: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        complete(**given)
    assert str(raised.value).startswith(f"Example mine: {refused}")
    assert "S3cret" not in str(raised.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(pulumi.RunError) as raised:
        complete(size=0, eager="no")
    assert "size is 0;" in str(raised.value)
    assert 'eager is "no";' in str(raised.value)


def test_problems_name_the_keys_that_were_written() -> None:
    problems: list[Problem] = []
    given = {"host": "shop", "logLevel": "loud", "rules": [{"name": "a", "maxWeight": 10}]}
    values = EXAMPLE.read(given, problems, spell=key_of)
    assert [each.path for each in problems] == ["logLevel", "rules[0].maxWeight"]
    assert values["host"] == "shop"


@pytest.mark.parametrize("inputs", COMPONENTS, ids=lambda each: each.kind.__name__)
def test_defaults_and_constraints_are_those_of_inputs(inputs: Inputs[Any]) -> None:
    inside = [each.inside for each in inputs.constraints.values() if each.inside is not None]
    for each in (inputs, *inside):
        hints = get_type_hints(each.kind, localns={"Output": pulumi.Output, "T": Any})
        assert {*each.defaults, *each.constraints} <= hints.keys()
        optional = {name for name, hint in hints.items() if NoneType in get_args(hint)}
        must_be_given = {name for name in hints if each.required(name)}
        assert hints.keys() - optional - each.defaults.keys() == must_be_given
        given = {name: value for name, value in each.defaults.items() if name not in must_be_given}
        problems: list[Problem] = []
        each.read(given, problems)
        assert {problem.path for problem in problems} == must_be_given


OF_OTHER_MEANING: Final = {
    ("VpcEndpointsArgs", "subnet_ids"): "one will do",
    ("ClusterArgs", "ip_family"): "any will do",
    ("SampleServicesArgs", "cluster_name"): "not only that of an EKS cluster",
    ("TraceDaemonArgs", "architectures"): "none stands for any",
    ("TraceCanaryArgs", "architectures"): "none stands for any",
    ("TraceCanaryArgs", "cluster_name"): "not only that of an EKS cluster",
}


def test_inputs_of_one_name_have_one_default_and_constraint() -> None:
    for one, other in combinations(COMPONENTS, 2):
        for name in one.kind.__annotations__.keys() & other.kind.__annotations__.keys():
            if not {(each.kind.__name__, name) for each in (one, other)} & OF_OTHER_MEANING.keys():
                assert one.constraints.get(name) is other.constraints.get(name), name
                if not one.required(name) and not other.required(name):
                    assert one.default(name) == other.default(name), name


@pytest.mark.parametrize("inputs", COMPONENTS, ids=lambda each: each.kind.__name__)
def test_a_component_with_a_wrong_input_declares_nothing(
    inputs: Inputs[Any], tmp_path: Path
) -> None:
    kind, wrong = inputs.kind.__name__.removesuffix("Args"), {"memory_limit_mb": 64}
    program = f"import xray_on_kubernetes\nxray_on_kubernetes.{kind}('mine', {wrong})\n"
    (tmp_path / "__main__.py").write_text(program, encoding="utf-8")
    made: list[Resource] = []

    def create(resource: Resource) -> Made:
        made.append(resource)
        return Made(resource.name, {}, "")

    refused = f"^{kind} mine: .*memory_limit_mb is not an input; "
    with components_as_package(), pytest.raises(pulumi.RunError, match=refused):
        run_program(Project(tmp_path, "mine", "test", {}), create, lambda *_: {})
    assert not [each for each in made if each.custom]
