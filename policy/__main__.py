"""The policy pack: the rules, as Pulumi's engine asks for them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pulumi_policy
from pulumi_policy import ReportViolation
from pulumi_policy.proxy import UnknownValueError
from rules import RULES, Rule, resource_of_urn
from rules.values import UNKNOWN


def policy_of(rule: Rule) -> pulumi_policy.Policy:
    """Returns the policy that holds every resource to a rule."""

    def validate(args: pulumi_policy.ResourceValidationArgs, report: ReportViolation) -> None:
        resource = resource_of_urn(args.urn, plain(lambda: args.props))
        for sentence in rule.violations(resource, args.get_config()):
            report(sentence, None)

    properties = {name: dict(schema) for name, schema in rule.settings.items()}
    return pulumi_policy.ResourceValidationPolicy(
        name=rule.name,
        description=rule.description,
        validate=validate,
        config_schema=pulumi_policy.PolicyConfigSchema(properties) if properties else None,
    )


def plain(read: Callable[[], Any]) -> Any:
    """Returns a property without the proxies that raise an error when an unknown part is read."""
    try:
        value = read()
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: plain(partial(value.__getitem__, key)) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(partial(value.__getitem__, index)) for index in range(len(value))]
    return value


pulumi_policy.PolicyPack(
    "xray-on-kubernetes",
    [policy_of(rule) for rule in RULES],
    enforcement_level=pulumi_policy.EnforcementLevel.MANDATORY,
)
