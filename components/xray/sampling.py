"""X-Ray sampling rules and groups: what is recorded, and what is looked at together."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import aws_values
from ..component import Component
from ..constraints import Constraint, array, mapping, matching, number, text, whole
from ..inputs import Inputs

LIMIT: Final = 25
"""Sampling rules of your own in a region, and groups in an account (X-Ray quotas)."""


class SamplingRule(TypedDict):
    """One X-Ray sampling rule; what is left out matches everything (API: SamplingRule)."""

    name: str
    """Name of the rule, unique in the region; at most 32 characters."""

    priority: int
    """1 to 9999, unique; the lowest number that matches a request decides."""

    fixed_rate: float
    """Share of requests that are recorded beyond the reservoir, 0 to 1."""

    reservoir_size: NotRequired[int]
    """Requests a second that are always recorded, over all daemons."""

    service_name: NotRequired[str]
    """Name of the service, with wildcards."""

    service_type: NotRequired[str]
    """Origin of the service, such as `AWS::EKS::Container`, with wildcards."""

    host: NotRequired[str]
    """Host name of the request, with wildcards."""

    http_method: NotRequired[str]
    """HTTP method of the request, with wildcards."""

    url_path: NotRequired[str]
    """Path of the request, with wildcards."""

    attributes: NotRequired[Mapping[str, str]]
    """Segment attributes that must match; at most 5."""


class TraceGroup(TypedDict):
    """One X-Ray group: traces that match an expression."""

    name: str
    """Name of the group, unique in the region; at most 32 characters."""

    filter_expression: str
    """Which traces belong to it, such as `service("service-a") AND fault`."""

    insights: NotRequired[bool]
    """Whether X-Ray looks for anomalies in it."""


class SamplingArgs(TypedDict):
    """Inputs of `Sampling`."""

    sampling_rules: NotRequired[Sequence[SamplingRule]]
    """X-Ray sampling rules. X-Ray has a default rule beside them: 1 request a second and 5 %."""

    trace_groups: NotRequired[Sequence[TraceGroup]]
    """X-Ray groups."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every rule and group. Default: none."""


_NAME: Final = matching(
    r"(?!Default$)[0-9A-Za-z_-]{1,32}",
    "a name of 1 to 32 letters, digits, - and _, other than Default, which X-Ray uses itself",
)

SAMPLING_RULE: Final = Inputs(
    SamplingRule,
    {
        "reservoir_size": 1,
        "attributes": {},
        **dict.fromkeys(("service_name", "service_type", "host", "http_method", "url_path"), "*"),
    },
    {
        "name": _NAME,
        "priority": whole(1, 9999),
        "fixed_rate": number(0, 1),
        "reservoir_size": whole(0, 1_000_000, why=" (requests a second)"),
        "service_name": text(1, 64),
        "service_type": text(1, 64),
        "host": text(1, 64),
        "http_method": text(1, 10),
        "url_path": text(1, 128),
        "attributes": mapping(
            "an object of at most 5 attributes, keys and values of 1 to 32 characters",
            text(1, 32),
            text(1, 32),
            most=5,
        ),
    },
)
"""X-Ray API reference, SamplingRule."""

TRACE_GROUP: Final = Inputs(
    TraceGroup,
    {"insights": False},
    {
        "name": _NAME,
        "filter_expression": matching(
            r"(?s).{1,2000}",
            'an X-Ray filter expression of 1 to 2000 characters, such as service("a") AND fault',
        ),
    },
)
"""X-Ray API reference, CreateGroup."""

DEFAULTS: Final[Mapping[str, Any]] = {"sampling_rules": (), "trace_groups": ()}

CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "sampling_rules": array(
        f"an array of at most {LIMIT} sampling rules", most=LIMIT, inside=SAMPLING_RULE
    ),
    "trace_groups": array(f"an array of at most {LIMIT} groups", most=LIMIT, inside=TRACE_GROUP),
    "tags": aws_values.TAGS,
}

SAMPLING: Final = Inputs(SamplingArgs, DEFAULTS, CONSTRAINTS)


class Sampling(Component):
    """Makes X-Ray sampling rules, and groups with or without insights.

    Raises:
        pulumi.RunError: An input is wrong.
    """

    rule_arns: pulumi.Output[Sequence[str]]
    """ARNs of the rules, in the order given."""

    group_arns: pulumi.Output[Sequence[str]]
    """ARNs of the groups, in the order given."""

    def __init__(
        self, name: str, args: SamplingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        args = SAMPLING.complete(args, f"Sampling {name}")
        self._tags = args["tags"]

        rules = [self._create_rule(rule) for rule in args["sampling_rules"]]
        groups = [self._create_group(group) for group in args["trace_groups"]]

        self.rule_arns = pulumi.Output.all(*(rule.arn for rule in rules))
        self.group_arns = pulumi.Output.all(*(group.arn for group in groups))
        self._register()

    def _create_rule(self, rule: SamplingRule) -> "aws.xray.SamplingRule":
        return aws.xray.SamplingRule(
            f"{self._name}-{rule['name']}",
            rule_name=rule["name"],
            priority=rule["priority"],
            fixed_rate=rule["fixed_rate"],
            reservoir_size=rule["reservoir_size"],
            service_name=rule["service_name"],
            service_type=rule["service_type"],
            host=rule["host"],
            http_method=rule["http_method"],
            url_path=rule["url_path"],
            attributes=rule["attributes"],
            # X-Ray knows no other resource and no other version of a rule.
            resource_arn="*",
            version=1,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_group(self, group: TraceGroup) -> "aws.xray.Group":
        return aws.xray.Group(
            f"{self._name}-{group['name']}",
            group_name=group["name"],
            filter_expression=group["filter_expression"],
            insights_configuration={
                "insights_enabled": group["insights"],
                "notifications_enabled": False,
            },
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
