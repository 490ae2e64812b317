"""Nothing that a stack makes waits for what it need not, and what must be first is."""

from dataclasses import replace
from functools import cache

import pytest

from tools.bench.performance.declared_order import Order, declared_order
from tools.bench.performance.first_trace import Compared, compare
from tools.bench.performance.necessary_order import BY_PULUMI_EKS, FIRST_TRACE, NECESSARY
from tools.bench.performance.need import Need, necessary_waits
from tools.bench.performance.stacks import STACKS, declared

DAEMON_SET = "kubernetes:DaemonSet xray-daemon-set"
NODES = "eks:ManagedNodeGroup xray-nodes-amd64"
SAMPLE_IMAGE = "docker:Image sample-services-image"


@cache
def order(stack: str) -> Order:
    return declared_order(declared(stack))


def waiting(stack: str, step: str, *before: str) -> Compared:
    """Returns a stack in which a step waits for more."""
    declared = order(stack)
    assert {step, *before} <= declared.seconds.keys()
    waits = {**declared.waits, step: {*declared.waits[step], *before}}
    return compare(replace(declared, waits=waits))


@pytest.mark.parametrize("stack", STACKS)
def test_the_first_trace_is_there_as_soon_as_it_can_be(stack: str) -> None:
    compared = compare(order(stack))
    assert compared.declared.seconds == pytest.approx(compared.necessary.seconds)


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_begins_later_than_it_must(stack: str) -> None:
    assert compare(order(stack)).late() == []


@pytest.mark.parametrize("stack", STACKS)
def test_what_must_be_first_is_declared(stack: str) -> None:
    assert compare(order(stack)).not_declared() == []


def test_a_needless_wait_of_what_decides_is_seen() -> None:
    compared = waiting("prod", "aws:Key xray-secrets", "aws:NatGateway xray-network-nat")
    assert compared.ratio > 1.1
    assert {"aws:Key xray-secrets", "aws:Cluster xray-eksCluster"} <= set(compared.late())


def test_a_needless_wait_of_what_decides_nothing_is_seen_too() -> None:
    compared = waiting("dev", SAMPLE_IMAGE, "aws:Cluster xray-eksCluster")
    assert compared.ratio == 1
    assert compared.late() == [SAMPLE_IMAGE]


def test_a_necessary_wait_that_is_missing_is_seen() -> None:
    declared = order("dev")
    hasty = {**declared.waits, DAEMON_SET: declared.waits[DAEMON_SET] - {NODES}}
    compared = compare(replace(declared, waits=hasty))
    assert f"{DAEMON_SET} before {NODES}" in compared.not_declared()


def test_what_a_component_of_another_package_gives_comes_once_all_inside_is_made() -> None:
    waits = order("dev").waits
    assert "aws:Addon xray-vpc-cni" in waits["eks:Cluster xray"]
    # It stands among the inputs as a resource, which Pulumi counts as no dependency.
    assert "eks:Cluster xray" in waits[NODES]


def test_every_need_is_of_something_that_a_stack_has() -> None:
    steps = {FIRST_TRACE, *(step for stack in STACKS for step in order(stack).seconds)}
    for need in (*NECESSARY, *BY_PULUMI_EKS):
        for pattern in (*need.steps, *need.before):
            lone = Need((pattern,), ("*",), "")
            assert any(necessary_waits(steps, [lone]).values()), pattern


def test_every_need_is_argued_in_a_sentence() -> None:
    for need in (*NECESSARY, *BY_PULUMI_EKS):
        assert need.why.endswith("."), need
