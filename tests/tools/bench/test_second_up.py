"""What counts as a change of a second `up`."""

from typing import Any

from tools.bench.performance.second_up import compare

URN = "urn:pulumi:dev::shop::aws:iam/role:Role::writer"
IMAGE = "urn:pulumi:dev::shop::docker:index/image:Image::daemon"
DAEMON_SET = "urn:pulumi:dev::shop::kubernetes:apps/v1:DaemonSet::daemon"


def resource(resource_type: str, **inputs: Any) -> dict[str, Any]:
    return {"type": resource_type, "inputs": inputs}


def daemon_set(image: str, *, surge: int = 1) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"image": image}]}}, "updateStrategy": surge}
    return resource("kubernetes:apps/v1:DaemonSet", spec=spec)


BEFORE = {
    URN: resource("aws:iam/role:Role", name="writer"),
    IMAGE: resource("docker:index/image:Image", imageName="daemon:1"),
    DAEMON_SET: daemon_set("daemon@sha256:1"),
}


def test_what_is_registered_the_same_is_no_change() -> None:
    found = compare({"dev": BEFORE}, {"dev": dict(reversed(BEFORE.items()))})
    assert (found.resources, found.images, found.workloads) == ([], [], [])


def test_another_input_is_a_change_of_that_resource_alone() -> None:
    after = {**BEFORE, URN: resource("aws:iam/role:Role", name="reader")}
    found = compare({"dev": BEFORE}, {"dev": after})
    assert (found.resources, found.images, found.workloads) == (["dev: writer"], [], [])


def test_an_image_with_another_tag_is_built_anew() -> None:
    after = {**BEFORE, IMAGE: resource("docker:index/image:Image", imageName="daemon:2")}
    assert compare({"dev": BEFORE}, {"dev": after}).images == ["dev: daemon"]


def test_another_pod_template_replaces_pods_and_another_strategy_does_not() -> None:
    replaced = compare({"dev": BEFORE}, {"dev": {**BEFORE, DAEMON_SET: daemon_set("daemon:2")}})
    assert replaced.workloads == ["dev: daemon"]
    kept = {**BEFORE, DAEMON_SET: daemon_set("daemon@sha256:1", surge=2)}
    found = compare({"dev": BEFORE}, {"dev": kept})
    assert found.resources == ["dev: daemon"]
    assert found.workloads == []


def test_what_only_one_of_both_has_is_a_change() -> None:
    less = {urn: each for urn, each in BEFORE.items() if urn != DAEMON_SET}
    assert compare({"dev": BEFORE}, {"dev": less}).workloads == ["dev: daemon"]
    assert compare({"dev": less}, {"dev": BEFORE}).resources == ["dev: daemon"]
