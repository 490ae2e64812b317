from pathlib import Path
from typing import Any, Final

import pytest

from tests.components.collectors import declared_with, template_of
from tests.support.program import only

OWN_LABELS: Final = {
    "app.kubernetes.io/name": "xray-daemon",
    "app.kubernetes.io/component": "daemon",
    "app.kubernetes.io/part-of": "xray-on-kubernetes",
    "app.kubernetes.io/managed-by": "pulumi",
}


def test_labels_of_one_s_own_are_on_every_object_and_on_the_pods(tmp_path: Path) -> None:
    deployment = declared_with(tmp_path, labels={"team": "shop"})
    objects = [*deployment.objects(), template_of(deployment)]
    assert len(objects) == 6
    assert all(each["metadata"]["labels"]["team"] == "shop" for each in objects)


def test_labels_of_one_s_own_never_replace_the_program_s(tmp_path: Path) -> None:
    mine = {
        **dict.fromkeys(OWN_LABELS, "mine"),
        "pod-security.kubernetes.io/enforce": "privileged",
        "pod-security.kubernetes.io/warn": "privileged",
    }
    deployment = declared_with(tmp_path, labels=mine)
    pods = template_of(deployment)["metadata"]["labels"]
    assert OWN_LABELS.items() <= pods.items()
    for each in deployment.objects():
        labels = each["metadata"]["labels"]
        assert "mine" not in labels.values()
    namespace = only(deployment.objects("Namespace"))["metadata"]["labels"]
    assert namespace["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace["pod-security.kubernetes.io/warn"] == "restricted"


def test_labels_of_one_s_own_select_nothing(tmp_path: Path) -> None:
    deployment = declared_with(tmp_path, labels={"team": "shop"})
    selected = {"app.kubernetes.io/name": "xray-daemon"}
    daemon, policy = (only(deployment.objects(kind)) for kind in ("DaemonSet", "NetworkPolicy"))
    assert daemon["spec"]["selector"] == {"matchLabels": selected}
    assert policy["spec"]["podSelector"] == {"matchLabels": selected}
    assert only(deployment.objects("Service"))["spec"]["selector"] == selected


def test_annotations_of_one_s_own_are_on_the_pods_beside_the_program_s(tmp_path: Path) -> None:
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/daemon"}
    mine = {
        "team": "shop",
        "xray-on-kubernetes/credentials": "mine",
        "eks.amazonaws.com/role-arn": "mine",
    }
    deployment = declared_with(tmp_path, pod_annotations=mine, service_account_annotations=role)
    assert template_of(deployment)["metadata"]["annotations"] == {
        "team": "shop",
        "xray-on-kubernetes/credentials": "pod-identity",
        **role,
    }
    account = only(deployment.objects("ServiceAccount"))["metadata"]
    assert account["annotations"] == role


@pytest.mark.parametrize(
    ("inputs", "texts"),
    [
        ({"ip_family": "ipv6"}, {"ipFamilies": ["IPv6"], "ipFamilyPolicy": "SingleStack"}),
        ({"routing": "prefer-zone"}, {"trafficDistribution": "PreferClose"}),
    ],
)
def test_a_choice_may_come_as_its_text_from_other_languages(
    tmp_path: Path, inputs: dict[str, str], texts: dict[str, Any]
) -> None:
    service = only(declared_with(tmp_path, **inputs).objects("Service"))["spec"]
    assert texts.items() <= service.items()
