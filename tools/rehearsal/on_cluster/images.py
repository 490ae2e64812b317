"""The images of the pods: named by the user, built by Docker, or pulled from where AWS has them."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from components.canary.trace_canary import CANARY_NAME
from tools.lab.deployment import Deployment, Resource
from tools.lab.errors import ToolError
from tools.lab.project import PROJECT

from ..agent_files import daemon_sets_of, gateways_of, sample_services_of

NAMED: Final = "--image and --daemon-image name images that the nodes can pull"


def replacements(
    deployment: Deployment,
    sample: str | None,
    agent: str | None,
    collector: str | None,
    load: str | None,
) -> dict[str, str]:
    """Returns what the nodes can have in the place of the images that the pods name.

    What the stack builds is built and brought to the nodes, unless an image is named. Of a copy,
    the nodes pull the public original; what else is public, they pull as it is.

    Args:
        deployment: What the program declared.
        sample: The image of the sample services; none takes the stack's own.
        agent: The image of what runs on each node; none takes the stack's own.
        collector: The image of a collector beside the daemon; none takes the stack's own.
        load: The command that brings an archive to the nodes; it gets the archive's path.
    """
    objects = deployment.objects()
    agents = [*daemon_sets_of(objects), *gateways_of(objects)]
    samples = [*sample_services_of(objects), *daemon_sets_of(objects, CANARY_NAME)]
    pushed = _pushed_images(deployment)
    found: dict[str, str] = {}
    pods = [each["spec"]["template"]["spec"]["containers"] for each in agents]
    beside = {
        each["image"] for _, *others in pods for each in others if each["name"] == "collector"
    }
    for workloads, named in ((agents, agent), (samples, sample)):
        pods = [each["spec"]["template"]["spec"] for each in workloads]
        for image in {container["image"] for pod in pods for container in pod["containers"]}:
            name = collector if image in beside else named
            digest = image.rpartition("@")[2]
            if name is not None:
                found[image] = name
            elif digest in pushed:
                found[image] = _make(pushed[digest], load)
    return found


def _make(pushed: Resource, load: str | None) -> str:
    """Returns the name on the nodes of an image that the stack pushes to its registry."""
    inputs = pushed.inputs
    match pushed.type:
        case "docker-build:index:Index":
            return inputs["sources"][0]
        case "docker-build:index:Image":
            tagged, context = inputs["tags"][0], inputs["context"]["location"]
            arguments = inputs["buildArgs"]
        case _:
            tagged, context = inputs["imageName"], inputs["build"]["context"]
            arguments = inputs["build"]["args"]
    name = f"xray-on-kubernetes/{Path(context).name}:{tagged.rpartition(':')[2]}"
    make_image(name, PROJECT / context, arguments, load)
    return name


def make_image(name: str, context: Path, arguments: Mapping[str, str], load: str | None) -> None:
    """Builds an image by the Docker of this machine, and brings it to the cluster's nodes.

    The command to load it gets the path of an archive.
    """
    if load is None:
        raise ToolError(
            "--load is not set; it must be the command that brings an image archive to the "
            f"cluster's nodes, such as 'kind load image-archive', unless {NAMED}."
        )
    options = [f"--build-arg={key}={value}" for key, value in arguments.items()]
    build = ["docker", "build", "--quiet", f"--tag={name}", *options, str(context)]
    _run(shlex.join(build), f"Docker must build {context}, unless {NAMED}")
    folder = PROJECT / "build"
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=folder) as directory:
        archive = f"{directory}/image.tar"
        save = shlex.join(["docker", "save", f"--output={archive}", name])
        _run(save, f"Docker must save {name}, unless {NAMED}")
        bring = f"{load} {shlex.quote(archive)}"
        _run(bring, f"--load is '{load}'; it must bring an image archive to the cluster's nodes")


def _pushed_images(deployment: Deployment) -> dict[str, Resource]:
    """Returns the images that the stack pushes to its own registry, by their digests."""
    found: dict[str, Resource] = {}
    for urn, resource in deployment.resources.items():
        if resource.type.startswith("docker"):
            outputs = deployment.made[urn].outputs
            reference = outputs.get("repoDigest") or outputs.get("digest", "")
            found[reference.rpartition("@")[2]] = resource
    return found


def _run(command: str, purpose: str) -> None:
    """Runs a command; raises a ToolError that says its purpose, and what went wrong."""
    try:
        subprocess.run(shlex.split(command), capture_output=True, text=True, check=True)
    except (OSError, ValueError) as error:
        raise ToolError(f"{purpose}: {error}.") from None
    except subprocess.CalledProcessError as error:
        said = " ".join((error.stderr or error.stdout).split())[-200:]
        raise ToolError(f"{purpose}: it ended with status {error.returncode}: {said}.") from None
