"""What a rehearsal on a cluster makes, before there is a cluster."""

import io
import json
import subprocess
import sys
import tarfile
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest

from components import Architecture
from tests.support.program import only, variant
from tools.lab.errors import ToolError
from tools.lab.project import PROJECT
from tools.rehearsal.aws.cloud import AwsCredentials
from tools.rehearsal.daemon_program import DaemonProgram
from tools.rehearsal.on_cluster.entrance import path_through
from tools.rehearsal.on_cluster.image_archive import Image, write_archive
from tools.rehearsal.on_cluster.images import Images
from tools.rehearsal.on_cluster.overlay import Overlay
from tools.rehearsal.on_cluster.python_image import python_image, requirements_in
from tools.rehearsal.on_cluster.waiting import Readiness, readiness

PROGRAM: Final = DaemonProgram(("/bin/true",), "true")
OVERLAY: Final = Overlay("http://192.0.2.1:5000", AwsCredentials("id", "secret"), {}, None)


def layer_of(archive: Path) -> tuple[dict[str, Any], tarfile.TarFile]:
    with tarfile.open(archive) as image:
        (configuration, layer) = (image.extractfile(name) for name in ("config.json", "layer.tar"))
        assert configuration is not None
        assert layer is not None
        return json.load(configuration), tarfile.open(fileobj=io.BytesIO(layer.read()))


def test_an_archive_holds_its_files_for_everybody_to_read(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    secret = tmp_path / "secret"
    secret.write_text("text")
    secret.chmod(0o600)
    files = {PurePosixPath("/bin/program"): program, PurePosixPath("/root/text"): secret}
    image = Image("a/b", files, ["/bin/program"], links={PurePosixPath("/bin/p"): "/bin/program"})

    name, archive = write_archive(image, Architecture.ARM64, tmp_path / "images")

    configuration, layer = layer_of(archive)
    assert name.startswith("a/b:")
    assert configuration["architecture"] == "arm64"
    assert configuration["config"]["Entrypoint"] == ["/bin/program"]
    modes = {each.name: each.mode for each in layer.getmembers()}
    assert modes["bin/program"] == modes["root"] == 0o755
    assert modes["root/text"] == 0o644
    assert layer.getmember("bin/p").linkname == "/bin/program"
    assert {each.uid for each in layer.getmembers()} == {0}


def test_the_same_contents_have_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    image = Image("a", {PurePosixPath("/file"): file}, ["/file"])
    first, _ = write_archive(image, Architecture.AMD64, tmp_path)
    again, _ = write_archive(image, Architecture.AMD64, tmp_path)
    file.write_text("two")
    other, _ = write_archive(image, Architecture.AMD64, tmp_path)
    assert first == again != other


@pytest.mark.skipif(sys.platform != "linux", reason="images can be made of Linux's Python only")
def test_an_image_of_python_has_all_that_the_sample_services_import(tmp_path: Path) -> None:
    image = python_image(
        "python",
        module="sample_service",
        packages=[PROJECT / "images/sample-service/sample_service"],
        distributions=requirements_in(PROJECT / "images/sample-service/requirements.txt"),
    )
    _, archive = write_archive(image, Architecture.AMD64, tmp_path)
    root = tmp_path / "root"
    layer_of(archive)[1].extractall(root, filter="tar")
    ended = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; sys.path[:0] = sys.argv[1:]; import "
         "sample_service.app, aws_xray_sdk, flask, waitress; print(flask.__file__)",
         str(root / "app"), str(root / "dependencies")],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(str(root))


def test_without_a_way_to_the_nodes_the_user_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="--load is not set; it must be the command"):
        Images(None, Architecture.AMD64, tmp_path).program(PROGRAM)


@pytest.mark.parametrize(
    ("load", "said"), [("false", "status 1"), ("no-such-program", "No such file"), ("'", "quot")]
)
def test_a_load_command_that_fails_is_named(tmp_path: Path, load: str, said: str) -> None:
    with pytest.raises(ToolError, match=f"--load is .*{said}"):
        Images(load, Architecture.AMD64, tmp_path).program(PROGRAM)


def test_off_aws_the_daemon_gets_an_endpoint_credentials_and_nothing_else() -> None:
    declared = only(variant("dev").objects("DaemonSet"))
    laid = only([each for each in OVERLAY.apply([declared]) if each["kind"] == "DaemonSet"])

    expected = deepcopy(declared)
    spec = expected["spec"]["template"]["spec"]
    daemon, gate = spec["containers"]
    variables = [
        {"name": "AWS_ACCESS_KEY_ID", "value": "id"},
        {"name": "AWS_SECRET_ACCESS_KEY", "value": "secret"},
        {"name": "AWS_ENDPOINT_URL_STS", "value": "http://192.0.2.1:5000"},
        {"name": "AWS_EC2_METADATA_DISABLED", "value": "true"},
    ]
    for container in (daemon, gate):
        container["env"] += variables
        container["imagePullPolicy"] = "IfNotPresent"
    daemon["args"] += ["-c", "/etc/xray/xray-daemon.yaml"]
    daemon["volumeMounts"] = [{"name": "xray-daemon-rehearsal", "mountPath": "/etc/xray"}]
    volume = {"name": "xray-daemon-rehearsal", "configMap": {"name": "xray-daemon-rehearsal"}}
    spec["volumes"] = [volume]
    assert laid == expected


def test_the_daemon_s_configuration_is_there_before_the_daemon() -> None:
    kinds = [each["kind"] for each in OVERLAY.apply(variant("dev").objects())]
    assert kinds.index("ConfigMap") < kinds.index("DaemonSet")


def test_a_network_policy_that_is_enforced_lets_the_daemon_out_to_the_endpoint() -> None:
    declared = variant("dev").objects()
    laid = [each for each in OVERLAY.apply(declared) if each["kind"] == "NetworkPolicy"]
    before = [each for each in declared if each["kind"] == "NetworkPolicy"]
    changed = [(one, other) for one, other in zip(before, laid, strict=True) if one != other]
    ((one, other),) = changed
    assert one["metadata"]["name"] == "xray-daemon"
    added = [each for each in other["spec"]["egress"] if each not in one["spec"]["egress"]]
    assert added == [
        {
            "to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}],
            "ports": [{"protocol": "TCP", "port": 5000}],
        }
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, Readiness(1, 0)),
        ({"observedGeneration": 1, "desiredNumberScheduled": 3, "numberReady": 3,
          "updatedNumberScheduled": 3}, Readiness(3, 0)),
        ({"observedGeneration": 2, "desiredNumberScheduled": 3, "numberReady": 3,
          "updatedNumberScheduled": 1}, Readiness(3, 1)),
        ({"observedGeneration": 2, "desiredNumberScheduled": 3, "numberReady": 3,
          "updatedNumberScheduled": 3}, Readiness(3, 3)),
    ],
)  # fmt: skip
def test_a_daemon_set_is_ready_when_its_pods_are_new_and_ready(
    status: dict[str, Any], expected: Readiness
) -> None:
    state = {"kind": "DaemonSet", "metadata": {"generation": 2}, "spec": {}, "status": status}
    assert readiness(state) == expected


def test_a_deployment_is_ready_when_all_replicas_are() -> None:
    state = {
        "kind": "Deployment",
        "metadata": {"generation": 1},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 2},
    }
    assert readiness(state) == Readiness(2, 1)


def test_the_way_to_a_service_is_through_the_api_server() -> None:
    path = "/api/v1/namespaces/xray/services/service-a:8080/proxy/"
    assert path_through("http://service-a.xray:8080") == path
    assert path_through("") == ""
