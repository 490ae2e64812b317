"""What the rules know of AWS is what AWS's reference, and Pulumi's provider, say."""

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import parliament
from moto.iam.aws_managed_policies import aws_managed_policies_data

from policy.rules.arns import names_no_resource
from policy.rules.iam import ACCOUNT_WIDE, FULL_ACCESS, WITHOUT_RESOURCES
from policy.rules.tags import TAGGED
from policy.rules.values import items_of
from tests.support.program import variant

STACKS: Final = ("dev", "prod", "article", "collector")
DEFINITION: Final[list[dict[str, Any]]] = parliament.iam_definition


def actions_of(prefix: str) -> Iterator[tuple[str, bool]]:
    """Yields every action of a service, and whether it takes a resource."""
    (service,) = [each for each in DEFINITION if each["prefix"] == prefix]
    for each in service["privileges"]:
        takes = any(kind["resource_type"] for kind in each["resource_types"])
        yield f"{prefix}:{each['privilege']}".lower(), takes


def inputs_of(resource_type: str) -> set[str]:
    """Returns the inputs of a type of Pulumi's AWS provider, as the provider calls them."""
    module = resource_type.split(":")[1].split("/")[0]
    name = resource_type.rsplit(":", 1)[1]
    package = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    parameters = inspect.signature(getattr(package, name)._internal_init).parameters
    return {re.sub(r"_(.)", lambda found: found[1].upper(), each) for each in parameters}


def test_every_xray_action_without_a_resource_is_known() -> None:
    without = {action for action, takes in actions_of("xray") if not takes}
    assert without == {
        each for each in WITHOUT_RESOURCES | ACCOUNT_WIDE if each.startswith("xray:")
    }


def test_no_action_that_takes_a_resource_is_let_off() -> None:
    services = {each.split(":")[0] for each in WITHOUT_RESOURCES}
    takes = {action: each for service in services for action, each in actions_of(service)}
    assert [action for action in WITHOUT_RESOURCES if takes[action]] == []


def test_policies_of_aws_that_allow_an_account_or_its_iam_are_known() -> None:
    allowing: set[str] = set()
    policies = json.loads(aws_managed_policies_data)
    for name, policy in policies.items():
        arn = f"arn:aws:iam::aws:policy{policy['Path']}{name}"
        for each in items_of(policy["Document"]["Statement"]):
            everything = {"*", "iam:*"}.intersection(items_of(each.get("Action")))
            if each["Effect"] == "Allow" and (everything or "NotAction" in each):
                allowing.add(arn)
    assert len(allowing) > 3
    assert {each for each in allowing if not FULL_ACCESS.search(each)} == set()


def test_tags_are_where_the_provider_has_them() -> None:
    assert [name for name in TAGGED if "tags" not in inputs_of(name)] == []


def test_whatever_the_stacks_make_that_can_be_tagged_must_be() -> None:
    types = {each.type for name in STACKS for each in variant(name).resources.values()}
    own = {each for each in types if each.startswith("aws:")}
    assert {each for each in own if "tags" in inputs_of(each)} <= TAGGED


def test_an_arn_without_a_name_is_every_resource() -> None:
    scaling = "autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName"
    here = "eu-west-1:123456789012"
    nameless = (
        *("s3:::*/*", f"sqs:{here}:*", "iam::123456789012:role/*", "*:*:*:*", f"{scaling}/*"),
        *(f"elasticloadbalancing:{here}:loadbalancer/app/*", "apigateway:::/restapis/*", "s3*"),
        *(f"ec2:{here}:{each}*" for each in ("subnet/subnet-0", "instance/i-0a", "vpc/vp")),
        *(f"ec2:{here}:transit-gateway-attachment/{each}*" for each in ("tgw-at", "tgw-attach-0")),
        *(
            f"wafv2:{here}:regional/webacl/*/*",
            f"s3:{here}:accesspoint/*",
            f"dynamodb:{here}:table*",
        ),
        *("iam::123456789012:*/shop", f"elasticloadbalancing:{here}:listener/net/*/*/*"),
        *(f"kms:{here}:key/mrk-*", f"elasticfilesystem:{here}:file-system/fs-0*"),
    )
    named = (
        *("s3:::shop/*", f"sqs:{here}:shop", "iam::123456789012:role/shop-*", f"{scaling}/shop-*"),
        *(f"wafv2:{here}:regional/webacl/shop/*", f"s3:{here}:accesspoint/shop/object/*"),
        *(f"codecommit:{here}:shop-*", f"neptune-db:{here}:cluster-0A/*"),
        *(f"logs:{here}:log-group:aws/spans:*", "elasticloadbalancing:::loadbalancer/app/a/*"),
        *(f"ec2:{here}:{each}*" for each in ("subnet/subnet-0ab", "key-pair/shop-", "vpc/vpc-0a1")),
    )
    assert [each for each in nameless if not names_no_resource(f"arn:aws:{each}")] == []
    assert [each for each in named if names_no_resource(f"arn:aws:{each}")] == []
    assert names_no_resource("**")
