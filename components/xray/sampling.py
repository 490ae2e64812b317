"""X-Ray sampling rules and groups: what is recorded, and what is looked at together."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws


class SamplingRule(TypedDict):
    """One X-Ray sampling rule; what is left out matches everything (API: SamplingRule)."""

    name: str
    """Name of the rule, unique in the region; at most 32 characters."""

    priority: int
    """1 to 9999, unique; the lowest number that matches a request decides."""

    fixed_rate: float
    """Share of requests that are recorded beyond the reservoir, 0 to 1."""

    reservoir_size: NotRequired[int]
    """Requests a second that are always recorded, over all daemons. Default: 1."""

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
    """Whether X-Ray looks for anomalies in it. Default: no."""


class SamplingArgs(TypedDict):
    """Inputs of `Sampling`."""

    rules: NotRequired[Sequence[SamplingRule]]
    """The sampling rules. Default: none, which leaves X-Ray's own: 1 a second and 5 %."""

    groups: NotRequired[Sequence[TraceGroup]]
    """The groups. Default: none."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every rule and group."""


class Sampling(pulumi.ComponentResource):
    """Makes X-Ray sampling rules, and groups with or without insights."""

    rule_arns: pulumi.Output[Sequence[str]]
    """ARNs of the rules, in the order given."""

    group_arns: pulumi.Output[Sequence[str]]
    """ARNs of the groups, in the order given."""

    def __init__(
        self, name: str, args: SamplingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:Sampling", name, None, opts)
        self._name = name
        self._tags = args.get("tags")

        rules = [self._create_rule(rule) for rule in args.get("rules", [])]
        groups = [self._create_group(group) for group in args.get("groups", [])]

        self.rule_arns = pulumi.Output.all(*(rule.arn for rule in rules))
        self.group_arns = pulumi.Output.all(*(group.arn for group in groups))
        self.register_outputs({"rule_arns": self.rule_arns, "group_arns": self.group_arns})

    def _create_rule(self, rule: SamplingRule) -> "aws.xray.SamplingRule":
        return aws.xray.SamplingRule(
            f"{self._name}-{rule['name']}",
            rule_name=rule["name"],
            priority=rule["priority"],
            fixed_rate=rule["fixed_rate"],
            reservoir_size=rule.get("reservoir_size", 1),
            service_name=rule.get("service_name", "*"),
            service_type=rule.get("service_type", "*"),
            host=rule.get("host", "*"),
            http_method=rule.get("http_method", "*"),
            url_path=rule.get("url_path", "*"),
            attributes=rule.get("attributes"),
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
                "insights_enabled": group.get("insights", False),
                "notifications_enabled": False,
            },
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
