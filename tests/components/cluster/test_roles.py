"""Every role of a stack has the boundary and the path that an organisation asks for."""

from functools import partial
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime.proto import callback_pb2

from tests.support.program import declare

BOUNDED: Final = {
    "permissionsBoundary": "arn:aws:iam::123456789012:policy/bound",
    "path": "/team/",
}
SETTINGS: Final = {"permissionsBoundary": BOUNDED["permissionsBoundary"], "rolePath": "/team/"}
ROLE: Final = "aws:iam/role:Role"


def transforms_of(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> list[Any]:
    """Returns the transforms that a stack hands to the engine."""
    registered: list[Any] = []

    def register(_: Any, transform: Any) -> callback_pb2.Callback:
        if not isinstance(transform, partial):  # That is what keeps a cluster as it is.
            registered.append(transform)
        return callback_pb2.Callback()

    servicer = "pulumi.runtime._callbacks._CallbackServicer"
    monkeypatch.setattr(f"{servicer}.register_transform", register)
    deployment = declare(**settings)
    roles = [each.inputs for each in deployment.of_type(ROLE)]
    assert roles
    assert all((BOUNDED.items() <= each.items()) == bool(settings) for each in roles)
    return registered


def test_roles_of_the_program_and_of_pulumi_eks_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (transform,) = transforms_of(monkeypatch, **SETTINGS)
    options = pulumi.ResourceOptions()
    inside = {"assumeRolePolicy": "{}", "tags": {"team": "shop"}}
    role = transform(pulumi.ResourceTransformArgs(True, ROLE, "a", inside, options))
    assert role.props == {**inside, **BOUNDED}
    assert role.opts is options
    cluster = pulumi.ResourceTransformArgs(True, "aws:eks/cluster:Cluster", "a", {}, options)
    assert transform(cluster) is None


def test_without_the_settings_nothing_is_transformed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transforms_of(monkeypatch) == []
