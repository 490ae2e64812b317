"""The cluster of a kubeconfig: objects are applied to it, looked at, and deleted in the end."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from kubernetes import config, dynamic
from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError
from urllib3.exceptions import HTTPError
from yaml import YAMLError

from .deployment import Manifest, name_of
from .errors import ToolError

FIELD_MANAGER: Final = "xray-on-kubernetes-rehearsal"

ANSWER_SECONDS: Final = 10
"""How long the API server may take to answer one request."""

DELETION_SECONDS: Final = 60
"""How long deleted objects may take to go."""


@contextmanager
def asking_to(doing: str) -> Generator[None]:
    """Turns what goes wrong with a request into a ToolError."""
    try:
        yield
    except (ApiException, ResourceNotFoundError) as error:
        raise ToolError(f"the cluster refused to {doing}: {_words_of(error)}") from None
    except HTTPError as error:
        raise ToolError(f"the cluster doesn't answer: {_words_of(error)}") from None


class ApiServer:
    """The API server of a cluster. It remembers what is applied here, and deletes just that.

    Every method raises a ToolError where the cluster refuses, or doesn't answer.
    """

    def __init__(self, kubeconfig: Path | None = None) -> None:
        """Connects by a kubeconfig; none takes the one that kubectl takes."""
        default = config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION or "~/.kube/config"
        self.kubeconfig = str(default if kubeconfig is None else kubeconfig.absolute())
        # KUBECONFIG may name several.
        if not any(Path(each).expanduser().exists() for each in self.kubeconfig.split(os.pathsep)):
            raise ToolError(
                f"there is no kubeconfig at {kubeconfig or default}: pass --kubeconfig FILE, or "
                "run aws eks update-kubeconfig --name CLUSTER."
            )
        try:
            self.client: Any = config.new_client_from_config(config_file=self.kubeconfig)
        except (config.ConfigException, YAMLError, OSError, ValueError, TypeError) as error:
            raise ToolError(
                f"--kubeconfig is '{self.kubeconfig}'; it must be a readable kubeconfig: "
                f"{_words_of(error)}"
            ) from None
        request = self.client.rest_client.pool_manager.request
        self.client.rest_client.pool_manager.request = lambda *args, **named: request(
            *args, **{**named, "timeout": ANSWER_SECONDS, "retries": False}
        )
        self.core: Any = CoreV1Api(self.client)
        with asking_to("list its kinds of objects"):
            self._dynamic: Any = dynamic.DynamicClient(self.client)
        self._applied: list[Manifest] = []

    def apply(self, manifest: Manifest) -> None:
        """Applies an object by server-side apply, or applies one again that came from here.

        Raises:
            ToolError: The cluster has one that came from elsewhere.
        """
        if not any(_is_same(each, manifest) for each in self._applied):
            if self._has(manifest):
                raise ToolError(
                    f"the cluster has {name_of(manifest)} already; a rehearsal would "
                    "take it over and delete it: use a cluster, or a namespace, that has none."
                )
            # Before the request: an interruption may come between its arrival and its answer.
            self._applied.append(manifest)
        with asking_to(f"apply {name_of(manifest)}"):
            self._kind(manifest).server_side_apply(
                body=manifest, field_manager=FIELD_MANAGER, **_place(manifest)
            )

    def delete_all(self) -> None:
        """Deletes what was applied, last first, and waits until it is gone.

        Raises:
            ToolError: Something is still there; the message names it.
        """
        left: dict[str, str] = {}
        for manifest in reversed(self._applied):
            try:
                # Pods go before their owner does: to wait for it is to wait for them.
                self._kind(manifest).delete(propagation_policy="Foreground", **_place(manifest))
            except NotFoundError:
                continue
            except (ApiException, HTTPError) as error:
                left[name_of(manifest)] = _words_of(error)
        until = time.monotonic() + DELETION_SECONDS
        for manifest in self._applied:
            while name_of(manifest) not in left and self._has(manifest):
                if time.monotonic() > until:
                    left[name_of(manifest)] = f"it was not gone after {DELETION_SECONDS} seconds"
                time.sleep(0.5)
        self._applied.clear()
        if left:
            said = "; ".join(f"{name}: {reason}" for name, reason in left.items())
            raise ToolError(f"the cluster did not delete what is yours to delete now: {said}")

    def state_of(self, manifest: Manifest) -> Any:
        """Returns an object as it is now."""
        with asking_to(f"show {name_of(manifest)}"):
            return self._kind(manifest).get(**_place(manifest)).to_dict()

    def pods_of(self, workload: Manifest) -> list[Any]:
        """Returns the pods of a workload as they are now."""
        labels = workload["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        return self.pods(workload["metadata"]["namespace"], selector)

    def pods(self, namespace: str, labels: str, fields: str = "") -> list[Any]:
        """Returns the pods with some labels, and some values of fields, as they are now."""
        with asking_to(f"list the pods of namespace {namespace}"):
            return self.core.list_namespaced_pod(
                namespace, label_selector=labels, field_selector=fields
            ).items

    def log_of(self, pod: Any, lines: int, container: str = "") -> str:
        """Returns the last lines of the log of a container, or of a pod's first, if it has some."""
        with suppress(ApiException, HTTPError):
            return self.core.read_namespaced_pod_log(
                pod.metadata.name,
                pod.metadata.namespace,
                container=container or pod.spec.containers[0].name,
                tail_lines=lines,
            )
        return ""

    def nodes(self, selector: str = "") -> list[Any]:
        """Returns the nodes with some labels, or all."""
        with asking_to("list its nodes"):
            return self.core.list_node(label_selector=selector).items

    def _has(self, manifest: Manifest) -> bool:
        with asking_to(f"show {name_of(manifest)}"):
            try:
                self._kind(manifest).get(**_place(manifest))
            except NotFoundError:
                return False
            return True

    def _kind(self, manifest: Manifest) -> Any:
        return self._dynamic.resources.get(
            api_version=manifest["apiVersion"], kind=manifest["kind"]
        )


def _place(manifest: Manifest) -> dict[str, str | None]:
    metadata = manifest["metadata"]
    return {"name": metadata["name"], "namespace": metadata.get("namespace")}


def _is_same(one: Manifest, other: Manifest) -> bool:
    return one["kind"] == other["kind"] and _place(one) == _place(other)


def _words_of(error: Exception) -> str:
    """Returns what an error says, as one line: the words of the API server where there are some."""
    words = getattr(error, "body", None) or getattr(error, "reason", None) or error
    return " ".join(str(words).split())
