"""The images of the pods: named by the user, built by Docker, or pulled from where AWS has them."""

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.lab.deployment import Deployment, Manifest, Resource
from tools.lab.errors import ToolError

from ..collector_files import gateways_of
from ..stage import sample_services_of

COPY: Final = "docker-build:index:Index"
"""The type of an image that is a copy of a public one."""

NAMED: Final = "--image and --daemon-image name images that the nodes can pull"

SECONDS: Final = 1200
"""How long it may take to build an image, or to bring it to the nodes."""


@dataclass(frozen=True)
class Images:
    """Where the images of a rehearsal on a cluster come from."""

    sample: str | None
    """The image of the sample services; none takes the stack's own."""

    agent: str | None
    """The image of what runs on each node; none takes the stack's own."""

    load: str | None
    """The command that brings an archive to the nodes; it gets the archive's path."""

    project: Path
    """The directory in which the contexts of the stack's images are."""

    folder: Path
    """Where archives are written."""

    def replacements(self, deployment: Deployment) -> dict[str, str]:
        """Returns what the nodes can have in the place of the images that the pods name.

        What the stack builds is built and brought to the nodes, unless an image is named. Of a
        copy, the nodes pull the public original; what else is public, they pull as it is.

        Raises:
            ToolError: An image can't be built, or not be brought there.
        """
        objects = deployment.objects()
        agents = [*deployment.objects("DaemonSet"), *gateways_of(objects)]
        named = dict.fromkeys(_images_of(agents), self.agent)
        named |= dict.fromkeys(_images_of(sample_services_of(objects)), self.sample)
        pushed = _pushed_images(deployment)
        return {
            image: name or self._make(pushed[image.rpartition("@")[2]])
            for image, name in named.items()
            if name or image.rpartition("@")[2] in pushed
        }

    def _make(self, pushed: Resource) -> str:
        """Returns the name on the nodes of an image that the stack pushes to its registry."""
        inputs = pushed.inputs
        if pushed.type == COPY:
            return inputs["sources"][0]
        if "build" in inputs:
            tagged, build = inputs["imageName"], inputs["build"]
            context, arguments = build["context"], build["args"]
        else:
            (tagged,) = inputs["tags"]
            context, arguments = inputs["context"]["location"], inputs["buildArgs"]
        tag = tagged.rpartition(":")[2]
        name = f"xray-on-kubernetes/{Path(context).name}:{tag}"
        if self.load is None:
            raise ToolError(
                "--load is not set; it must be the command that brings an image archive to the "
                f"cluster's nodes, such as 'kind load image-archive', unless {NAMED}."
            )
        build_image(name, self.project / context, arguments)
        load_image(name, self.load, self.folder)
        return name


def build_image(
    name: str, context: Path, arguments: Mapping[str, str], dockerfile: Path | None = None
) -> None:
    """Builds an image by the Docker of this machine.

    Args:
        name: What it is called.
        context: The directory that it is built from.
        arguments: Its build arguments.
        dockerfile: Its Dockerfile; none takes that of the directory.

    Raises:
        ToolError: Docker is missing, or can't build it.
    """
    options = [f"--build-arg={key}={value}" for key, value in arguments.items()]
    if dockerfile is not None:
        options.append(f"--file={dockerfile}")
    command = ["docker", "build", "--quiet", f"--tag={name}", *options, str(context)]
    _run(shlex.join(command), f"Docker must build {context}, unless {NAMED}")


def load_image(name: str, load: str, folder: Path) -> None:
    """Brings an image of this machine's Docker to the cluster's nodes.

    Args:
        name: Its name.
        load: The command that gets the path of an archive.
        folder: Where the archive is written, and deleted again.

    Raises:
        ToolError: It can't be brought there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as directory:
        archive = f"{directory}/image.tar"
        save = shlex.join(["docker", "save", f"--output={archive}", name])
        _run(save, f"Docker must save {name}, unless {NAMED}")
        rule = "it must bring an image archive to the cluster's nodes"
        _run(f"{load} {shlex.quote(archive)}", f"--load is '{load}'; {rule}")


def _images_of(workloads: Sequence[Manifest]) -> Iterator[str]:
    for workload in workloads:
        for container in workload["spec"]["template"]["spec"]["containers"]:
            yield container["image"]


def _pushed_images(deployment: Deployment) -> dict[str, Resource]:
    """Returns the images that the stack pushes to its own registry, by their digests."""
    found: dict[str, Resource] = {}
    for resource in deployment.resources.values():
        outputs = deployment.made[resource.urn].outputs
        digest = outputs.get("repoDigest") or outputs.get("digest")
        if resource.type.startswith(("docker:", "docker-build:")) and digest:
            found[digest.rpartition("@")[2]] = resource
    return found


def _run(command: str, purpose: str) -> None:
    """Runs a command; raises a ToolError that says its purpose, and what went wrong."""
    try:
        ended = subprocess.run(
            shlex.split(command), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, ValueError) as error:
        problem = str(error)
    except subprocess.TimeoutExpired:
        problem = f"it did not end within {SECONDS} seconds"
    else:
        if ended.returncode == 0:
            return
        said = " ".join((ended.stderr or ended.stdout).split())
        problem = f"it ended with status {ended.returncode}: {said[-200:]}"
    raise ToolError(f"{purpose}: {problem}.")
