"""The policy pack: the rules, as Pulumi's engine asks for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from rules import RULES, Rule, resource_of_urn


def policy_of(rule: Rule) -> Policy:
    """Returns the policy that holds every resource to a rule."""

    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        resource = resource_of_urn(args.urn, plain(args.props))
        for sentence in rule.violations(resource, args.get_config()):
            report_violation(sentence, None)

    properties = {name: dict(schema) for name, schema in rule.settings.items()}
    return ResourceValidationPolicy(
        name=rule.name,
        description=rule.description,
        validate=validate,
        config_schema=PolicyConfigSchema(properties) if properties else None,
    )


def plain(value: Any) -> Any:
    """Returns a property without the proxies that raise an error when an unknown part is read."""
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError as error:
        return error.unknown_type_sentinel


PolicyPack(
    "xray-on-kubernetes",
    [policy_of(rule) for rule in RULES],
    enforcement_level=EnforcementLevel.MANDATORY,
)
