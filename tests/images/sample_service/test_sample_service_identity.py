from pathlib import Path

import pytest
from sample_service.identity import identify, read_container_id
from sample_service.settings import Settings

CONTAINER_ID = "9f" * 32


def test_what_the_downward_api_said_is_in_the_aws_block_and_the_annotations() -> None:
    identity = identify(
        Settings(
            tracing_name="service-a",
            cluster_name="demo",
            node_name="node-1",
            pod_name="service-a-0",
            pod_namespace="sample",
            pod_uid="7c1f",
        ),
        CONTAINER_ID,
    )
    assert identity.aws == {
        "eks": {"cluster_name": "demo", "pod": "service-a-0", "container_id": CONTAINER_ID}
    }
    assert identity.annotations == {
        "cluster": "demo",
        "node": "node-1",
        "namespace": "sample",
        "pod": "service-a-0",
        "pod_uid": "7c1f",
    }


def test_the_resource_says_what_the_aws_block_and_the_annotations_say() -> None:
    identity = identify(
        Settings(
            tracing_name="service-a",
            cluster_name="demo",
            node_name="i-0123456789abcdef0",
            pod_name="service-a-0",
            pod_namespace="sample",
            pod_uid="7c1f",
        ),
        CONTAINER_ID,
    )
    assert identity.resource() == {
        "cloud.provider": "aws",
        "cloud.platform": "aws_eks",
        "k8s.cluster.name": "demo",
        "k8s.node.name": "i-0123456789abcdef0",
        "k8s.namespace.name": "sample",
        "k8s.pod.name": "service-a-0",
        "k8s.pod.uid": "7c1f",
        "container.id": CONTAINER_ID,
        "host.id": "i-0123456789abcdef0",
    }


def test_nothing_known_leaves_no_empty_keys() -> None:
    identity = identify(Settings(tracing_name="service-a"))
    assert identity.aws == {}
    assert identity.annotations == {}
    assert identity.resource() == {"cloud.provider": "aws", "cloud.platform": "aws_eks"}


@pytest.mark.parametrize(
    ("node_name", "instance_id"),
    [
        ("i-0123456789abcdef0.eu-central-1.compute.internal", "i-0123456789abcdef0"),
        ("i-0123456789abcdef0", "i-0123456789abcdef0"),
        ("ip-10-0-1-2.eu-central-1.compute.internal", None),
        ("i-0123456789abcdef0123", None),
        ("i-node", None),
    ],
)
def test_a_node_named_by_its_instance_gives_the_instance_id(
    node_name: str, instance_id: str | None
) -> None:
    identity = identify(Settings(tracing_name="service-a", node_name=node_name))
    assert identity.aws.get("ec2", {}).get("instance_id") == instance_id


def test_what_plugins_found_out_is_kept() -> None:
    identity = identify(
        Settings(tracing_name="service-a", cluster_name="demo", node_name="i-0123456789abcdef0")
    )
    plugins = {
        "xray": {"sdk": "X-Ray for Python"},
        "ec2": {"instance_id": "i-0fedcba9876543210", "availability_zone": "eu-central-1a"},
        "ecs": {"container": "service-a-0"},
    }
    assert identity.merged_aws(plugins) == {**plugins, "eks": {"cluster_name": "demo"}}


@pytest.mark.parametrize(
    "line",
    [
        f"1:name=systemd:/kubepods/burstable/pod7c1f/{CONTAINER_ID}",
        f"0::/kubepods.slice/kubepods-pod7c1f.slice/cri-containerd-{CONTAINER_ID}.scope",
    ],
)
def test_the_container_id_is_read_from_the_control_groups(tmp_path: Path, line: str) -> None:
    (tmp_path / "cgroup").write_text(f"12:cpu:/\n{line}\n")
    assert read_container_id(tmp_path / "cgroup") == CONTAINER_ID


def test_control_groups_which_do_not_say_give_no_container_id(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/\n")
    assert read_container_id(tmp_path / "cgroup") is None
    assert read_container_id(tmp_path / "absent") is None
