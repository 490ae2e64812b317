"""Services that trace nothing, on a real cluster with `restricted`: one trace crosses all of them.

They are those of tests/e2e/instrumentation. Their images are built here, from registries.
"""

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.clients import PATH
from tests.e2e.instrumentation.services import SERVICES, fetch, template_of
from tests.e2e.rehearsal.rehearsals import Options, Running, copy_of_project

LOAD: Final = os.environ.get("LOAD", "")

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not LOAD or not all(shutil.which(each, path=PATH) for each in ("npm", "mvn", "docker")),
        reason="LOAD is not set, or npm, mvn and docker are not all on PATH",
    ),
]

TAG: Final = "xray-on-kubernetes/traced"
NAMESPACE: Final = "xray"

SERVICES_FILE: Final = """FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs default-jdk-headless
COPY . /services
"""

AGENT_FILE: Final = """FROM python:3.13-slim
COPY . /autoinstrumentation
RUN if [ -f /autoinstrumentation/javaagent.jar ]; then cp /autoinstrumentation/javaagent.jar /; fi
"""

PROGRAM: Final = """
import pulumi_kubernetes as kubernetes
from components import trace_workloads

transform = trace_workloads(daemon, IMAGES, cluster_name=cluster.cluster_name)
traced = pulumi.ResourceOptions.merge(on_cluster, pulumi.ResourceOptions(transforms=[transform]))
for name, (language, template) in WORKLOADS.items():
    metadata = {"name": name, "namespace": daemon.namespace}
    labels = template["metadata"]["labels"]
    kubernetes.apps.v1.Deployment(
        name,
        metadata={**metadata, "annotations": {"xray-on-kubernetes/language": language}},
        spec={"selector": {"matchLabels": labels}, "template": template},
        opts=traced,
    )
    ports = [{"name": "http", "port": 8080}]
    kubernetes.core.v1.Service(
        name, metadata=metadata, spec={"selector": labels, "ports": ports}, opts=on_cluster
    )
"""


def image(name: str, folder: Path, dockerfile: str) -> str:
    """Builds an image of a folder, brings it to the nodes, and returns its name."""
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    tag, archive = f"{TAG}-{name}:ci", folder.parent / f"{name}.tar"
    subprocess.run(["docker", "build", "--quiet", "--tag", tag, str(folder)], check=True)
    subprocess.run(["docker", "save", "--output", str(archive), tag], check=True)
    subprocess.run([*shlex.split(LOAD), str(archive)], check=True)
    return tag


def workloads(tag: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Returns the language and the pod template of each, which asks the next one."""
    made: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, following in zip(SERVICES, [*SERVICES, "service-b"][1:], strict=True):
        template = template_of(name, tag, PORT="8080", NEXT_URL=f"http://{following}:8080/")
        (container,) = template["spec"]["containers"]
        container["workingDir"] = f"/services/{name}"
        container["imagePullPolicy"] = "IfNotPresent"
        container["ports"] = [{"containerPort": 8080}]
        # The rehearsal's own requests come once all have started.
        container["readinessProbe"] = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
        container["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        # None of them handles SIGTERM.
        template["spec"]["terminationGracePeriodSeconds"] = 2
        template["spec"]["securityContext"] = {
            "runAsNonRoot": True,
            "runAsUser": 10003,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        made[name] = (SERVICES[name].language.value, template)
    return made


def test_one_trace_crosses_pods_that_trace_nothing(
    core: Any, options: Options, tmp_path: Path
) -> None:
    images: dict[str, str] = {}
    for name, service in SERVICES.items():
        folder = tmp_path / "services" / name
        folder.mkdir(parents=True)
        fetch(name, folder)
        agent = (folder / "agent").rename(tmp_path / f"agent-{name}")
        images[service.language.value] = image(service.language.value, agent, AGENT_FILE)
    tag = image("services", tmp_path / "services", SERVICES_FILE)
    copied = copy_of_project(tmp_path / "project")
    program = PROGRAM.replace("IMAGES", repr(images)).replace("WORKLOADS", repr(workloads(tag)))
    with (copied / "__main__.py").open("a", encoding="utf-8") as main:
        main.write(program)
    running = Running(copied, "collector", 20, options("collector"))
    try:
        labels = core.read_namespace(NAMESPACE).metadata.labels
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        until, whole = time.monotonic() + 120, list[dict[str, Any]]()
        while not whole and time.monotonic() < until:
            core.connect_get_namespaced_service_proxy("shop:8080", NAMESPACE)
            time.sleep(2)
            traces: dict[str, dict[str, Any]] = {}
            for each in running.segments():
                traces.setdefault(each["trace_id"], {})[each["name"]] = each
            whole = [each for each in traces.values() if each.keys() >= {*SERVICES, "service-b"}]
        pods = {
            each.metadata.name: each.spec.node_name
            for each in core.list_namespaced_pod(NAMESPACE).items
        }
        for name in SERVICES:
            segment = whole[0][name]
            assert segment["aws"]["eks"]["pod"].startswith(f"{name}-")
            assert pods[segment["aws"]["eks"]["pod"]] in str(segment["metadata"])
    finally:
        running.end()
