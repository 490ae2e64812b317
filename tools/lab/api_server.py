"""A real Kubernetes API server that the program's objects are applied to."""

from pathlib import Path
from typing import Any, Final

from kubernetes import config, dynamic
from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed
from urllib3.exceptions import HTTPError
from yaml import YAMLError

from .deployment import Manifest, name_of
from .errors import ToolError

FIELD_MANAGER: Final = "xray-on-kubernetes-rehearsal"

ANSWER_SECONDS: Final = 10
"""How long the API server may take to answer one request."""

DELETION_SECONDS: Final = 60
"""How long a deleted object may take to go."""


class ApiServer:
    """The cluster of a kubeconfig: objects are applied to it, and deleted in the end."""

    def __init__(self, kubeconfig: Path) -> None:
        """Connects.

        Raises:
            ToolError: The kubeconfig can't be read, or its cluster doesn't answer.
        """
        self.kubeconfig = kubeconfig.absolute()
        try:
            client: Any = config.new_client_from_config(config_file=str(kubeconfig))
            request = client.rest_client.pool_manager.request
            client.rest_client.pool_manager.request = lambda *args, **named: request(
                *args, **{**named, "timeout": ANSWER_SECONDS, "retries": False}
            )
            self.client: Any = client
            self._dynamic: Any = dynamic.DynamicClient(client)
        except (
            config.ConfigException,
            YAMLError,
            OSError,
            ValueError,
            TypeError,
        ) as error:
            reason = " ".join(str(error).split())
            raise ToolError(
                f"--kubeconfig is '{kubeconfig}'; it must be a readable kubeconfig: {reason}"
            ) from None
        except (ApiException, HTTPError) as error:
            raise ToolError(
                f"the cluster of --kubeconfig '{kubeconfig}' doesn't answer: {_reason(error)}"
            ) from None
        self._applied: list[Manifest] = []

    def apply(self, manifest: Manifest) -> None:
        """Applies an object by server-side apply, or applies one again that came from here.

        Raises:
            ToolError: The API server refuses the object, or has one that came from elsewhere.
        """
        metadata = manifest["metadata"]
        again = any(_identity(each) == _identity(manifest) for each in self._applied)
        if not again and self._asked_for(manifest):
            raise ToolError(
                f"the cluster has {name_of(manifest)} already; a rehearsal would "
                "take it over and delete it: use a cluster, or a namespace, that has none."
            )
        # Before the request: an interruption may come between its arrival and its answer.
        if not again:
            self._applied.append(manifest)
        try:
            self._kind(manifest).server_side_apply(
                body=manifest,
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                field_manager=FIELD_MANAGER,
            )
        except (ApiException, HTTPError, ResourceNotFoundError) as error:
            raise ToolError(f"the cluster refused {name_of(manifest)}: {_reason(error)}") from None

    def delete_all(self) -> None:
        """Deletes what was applied, last first, and waits until it is gone.

        Raises:
            ToolError: Something is still there; the message names it.
        """
        left: dict[str, str] = {}
        for manifest in reversed(self._applied):
            metadata = manifest["metadata"]
            try:
                self._kind(manifest).delete(
                    name=metadata["name"],
                    namespace=metadata.get("namespace"),
                    # Pods go before their owner does: to wait for it is to wait for them.
                    propagation_policy="Foreground",
                )
            except NotFoundError:
                continue
            except (ApiException, HTTPError) as error:
                left[name_of(manifest)] = _reason(error)
        for manifest in self._applied:
            if name_of(manifest) not in left and self._stays(manifest):
                left[name_of(manifest)] = f"it was not gone after {DELETION_SECONDS} seconds"
        self._applied.clear()
        if left:
            said = "; ".join(f"{name}: {reason}" for name, reason in left.items())
            raise ToolError(f"the cluster did not delete what is yours to delete now: {said}")

    def state_of(self, manifest: Manifest) -> Any:
        """Returns an object as it is now.

        Raises:
            ToolError: The API server doesn't show it.
        """
        metadata = manifest["metadata"]
        try:
            found = self._kind(manifest).get(
                name=metadata["name"], namespace=metadata.get("namespace")
            )
        except (ApiException, HTTPError) as error:
            raise ToolError(
                f"the cluster doesn't show {name_of(manifest)}: {_reason(error)}"
            ) from None
        return found.to_dict()

    def pods_of(self, workload: Manifest) -> list[Any]:
        """Returns the pods of a workload as they are now.

        Raises:
            ToolError: The API server doesn't show them.
        """
        labels = workload["spec"]["selector"]["matchLabels"]
        pods: Any = CoreV1Api(self.client)
        try:
            return pods.list_namespaced_pod(
                workload["metadata"]["namespace"],
                label_selector=",".join(f"{key}={value}" for key, value in labels.items()),
            ).items
        except (ApiException, HTTPError) as error:
            raise ToolError(
                f"the cluster doesn't show the pods of {name_of(workload)}: {_reason(error)}"
            ) from None

    def node_address(self) -> str:
        """Returns the address of one of the nodes.

        Raises:
            ToolError: There is none.
        """
        nodes: Any = CoreV1Api(self.client)
        try:
            addresses = [
                address.address
                for node in nodes.list_node().items
                for address in node.status.addresses
                if address.type == "InternalIP"
            ]
        except (ApiException, HTTPError) as error:
            raise ToolError(f"the cluster doesn't show its nodes: {_reason(error)}") from None
        if not addresses:
            raise ToolError("the cluster has no node with an InternalIP.")
        return addresses[0]

    @retry(
        retry=retry_if_result(bool),
        stop=stop_after_delay(DELETION_SECONDS),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda _state: True,
    )
    def _stays(self, manifest: Manifest) -> bool:
        return self._asked_for(manifest)

    def _asked_for(self, manifest: Manifest) -> bool:
        try:
            return self._has(manifest)
        except (ApiException, HTTPError, ResourceNotFoundError) as error:
            raise ToolError(
                f"the cluster doesn't show its {manifest['kind']}s: {_reason(error)}"
            ) from None

    def _has(self, manifest: Manifest) -> bool:
        metadata = manifest["metadata"]
        try:
            self._kind(manifest).get(name=metadata["name"], namespace=metadata.get("namespace"))
        except NotFoundError:
            return False
        return True

    def _kind(self, manifest: Manifest) -> Any:
        return self._dynamic.resources.get(
            api_version=manifest["apiVersion"], kind=manifest["kind"]
        )


def _identity(manifest: Manifest) -> tuple[str, str | None, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace"), metadata["name"]


def _reason(error: Exception) -> str:
    """Returns what an error says, as one line: the API server's own words where there are some."""
    words = getattr(error, "body", None) or getattr(error, "reason", None) or error
    return " ".join(str(words).split())
