"""Causes of lost traces, made on purpose on a cluster, and mended in the end."""

import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from kubernetes import client

from components.agent.service import SERVICE_NAME
from components.canary.trace_canary import CANARY_NAME
from tests.e2e.rehearsal.rehearsals import Running
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS
from tools.rehearsal.on_cluster.waiting import readiness

NAMESPACE: Final = "xray"
DAEMON: Final = "xray-daemon"

SETTLE_SECONDS: Final = 90
"""How long a changed DaemonSet may take until all its pods are new and ready."""


def patch_daemon(core: Any, template: dict[str, Any], wanted: int = 1) -> None:
    """Changes the DaemonSet; waits until it has that many pods, and all are new and ready."""
    apps: Any = client.AppsV1Api(core.api_client)
    apps.patch_namespaced_daemon_set(DAEMON, NAMESPACE, {"spec": {"template": template}})
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        state = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE)
        pods = state.status.current_number_scheduled + state.status.number_misscheduled
        as_sent = {**apps.api_client.sanitize_for_serialization(state), "kind": "DaemonSet"}
        if pods == wanted == readiness(as_sent)[0]:
            break
        assert time.monotonic() < deadline, f"the daemon did not settle: {state.status}"
        time.sleep(0.5)
    time.sleep(ROUTES_SECONDS)


@contextmanager
def no_daemon(running: Running, core: Any) -> Generator[None]:
    patch_daemon(core, {"spec": {"nodeSelector": {"nowhere": "true"}}}, wanted=0)
    try:
        yield
    finally:
        patch_daemon(core, {"spec": {"nodeSelector": {"nowhere": None}}})


@contextmanager
def no_canary(_: Running, core: Any) -> Generator[None]:
    apps: Any = client.AppsV1Api(core.api_client)

    def select(value: str | None) -> None:
        template = {"spec": {"nodeSelector": {"nowhere": value}}}
        apps.patch_namespaced_daemon_set(CANARY_NAME, NAMESPACE, {"spec": {"template": template}})

    select("true")
    try:
        yield
    finally:
        select(None)


@contextmanager
def no_name(running: Running, core: Any) -> Generator[None]:
    service = core.read_namespaced_service(SERVICE_NAME, NAMESPACE)
    service.metadata.resource_version = service.spec.cluster_ip = service.spec.cluster_ips = None
    core.delete_namespaced_service(SERVICE_NAME, NAMESPACE)
    try:
        yield
    finally:
        core.create_namespaced_service(NAMESPACE, service)


@contextmanager
def no_ingress(_: Running, core: Any) -> Generator[None]:
    networking: Any = client.NetworkingV1Api(core.api_client)
    before = networking.read_namespaced_network_policy(DAEMON, NAMESPACE).spec.ingress
    closed = {"spec": {"ingress": []}}
    networking.patch_namespaced_network_policy(DAEMON, NAMESPACE, closed)
    try:
        yield
    finally:
        mended = {"spec": {"ingress": before}}
        networking.patch_namespaced_network_policy(DAEMON, NAMESPACE, mended)


@contextmanager
def no_policy(running: Running, core: Any) -> Generator[None]:
    iam = running.client("iam")
    policies = iam.list_policies(Scope="Local")["Policies"]
    (policy,) = (each for each in policies if each["PolicyName"].startswith("write-access"))
    (role,) = iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyRoles"]
    iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])
    try:
        yield
    finally:
        iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])


@contextmanager
def led(running: Running, core: Any, there: str) -> Generator[None]:
    """Leads the agents on each node to another X-Ray API, at a URL, and back in the end."""
    apps: Any = client.AppsV1Api(core.api_client)
    here = running.printed(r"export AWS_ENDPOINT_URL=(\S+)")
    pod = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE).spec.template.spec
    files = {each.name: each.config_map.name for each in pod.volumes if each.config_map}
    # Copies: the collector's is immutable (Kubernetes, ConfigMaps, immutable-configmaps).
    for name in files.values():
        data = core.read_namespaced_config_map(name, NAMESPACE).data
        changed = {file: text.replace(here, there) for file, text in data.items()}
        copied = {"metadata": {"name": f"{name}-led"}, "data": changed}
        core.create_namespaced_config_map(NAMESPACE, copied)

    def mount(suffix: str) -> None:
        mounted = [{"name": e, "configMap": {"name": files[e] + suffix}} for e in files]
        patch_daemon(core, {"spec": {"volumes": mounted}})

    _open(core, urlsplit(here).port, urlsplit(there).port)
    mount("-led")
    try:
        yield
    finally:
        mount("")
        for name in files.values():
            core.delete_namespaced_config_map(f"{name}-led", NAMESPACE)


def _open(core: Any, known: int | None, port: int | None) -> None:
    """Lets those who may reach a port reach another one too."""
    networking: Any = client.NetworkingV1Api(core.api_client)
    for each in networking.list_namespaced_network_policy(NAMESPACE).items:
        spec = networking.api_client.sanitize_for_serialization(each.spec)
        for rule in spec.get("egress", []):
            if known in {of.get("port") for of in rule.get("ports", [])}:
                rule["ports"].append({"protocol": "TCP", "port": port})
        networking.patch_namespaced_network_policy(each.metadata.name, NAMESPACE, {"spec": spec})


def no_way_out(running: Running, core: Any) -> AbstractContextManager[None]:
    return led(running, core, "http://192.0.2.1:9")


@contextmanager
def wrong_region(running: Running, core: Any) -> Generator[None]:
    apps: Any = client.AppsV1Api(core.api_client)
    daemon = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE).spec.template.spec.containers[0]
    elsewhere = ["us-west-2" if each == "eu-west-1" else each for each in daemon.args]
    patch_daemon(core, {"spec": {"containers": [{"name": daemon.name, "args": elsewhere}]}})
    try:
        yield
    finally:
        patch_daemon(core, {"spec": {"containers": [{"name": daemon.name, "args": daemon.args}]}})
