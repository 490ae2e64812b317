"""Services that import no tracing library, and AWS's agents from registries.

The agents are those of AWS's images, but for Java's, whose newest in Maven Central is 1.32.0.
"""

import asyncio
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi

from components import Language, instrument
from components.instrumentation.languages import FOLDER as FOLDER_IN_POD
from components.instrumentation.languages import LANGUAGE_AGENTS
from tests.clients.clients import PATH

FOLDER: Final = Path(__file__).parent

_MAVEN: Final = "mvn -q --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:"
_JAVA_AGENT: Final = "software.amazon.opentelemetry:aws-opentelemetry-agent:1.32.0"
_POM: Final = """<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId>
<artifactId>x</artifactId><version>1</version><dependencies><dependency><groupId>io.undertow
</groupId><artifactId>undertow-core</artifactId><version>2.3.18.Final</version></dependency>
</dependencies></project>""".replace("undertow\n<", "undertow<")


class Service(NamedTuple):
    """A service, and the commands that fetch what it and its agent are made of."""

    language: Language
    command: str
    libraries: str
    agent: str


def _version(language: Language) -> str:
    return LANGUAGE_AGENTS[language].image.partition(":v")[2]


SERVICES: Final[Mapping[str, Service]] = {
    "shop": Service(
        Language.PYTHON,
        "python3 shop.py",
        "uv pip install -q --target libraries flask==3.1.3 requests==2.34.2",
        f"uv pip install -q --target agent aws-opentelemetry-distro=={_version(Language.PYTHON)}",
    ),
    "orders": Service(
        Language.NODEJS,
        "node orders.js",
        "true",
        "npm install --silent --no-package-lock --prefix agent "
        f"@aws/aws-distro-opentelemetry-node-autoinstrumentation@{_version(Language.NODEJS)} && "
        "echo 'require(\"@aws/aws-distro-opentelemetry-node-autoinstrumentation/register\")' "
        "> agent/autoinstrumentation.js",
    ),
    "stock": Service(
        Language.JAVA,
        "java -cp libraries/* Stock.java",
        f"echo '{_POM}' > pom.xml && {_MAVEN}copy-dependencies -DoutputDirectory=libraries",
        f"{_MAVEN}copy -Dartifact={_JAVA_AGENT} -Dmdep.stripVersion -DoutputDirectory=agent && "
        "mv agent/aws-opentelemetry-agent.jar agent/javaagent.jar",
    ),
}
"""Each asks the next one."""


def fetch(name: str, folder: Path) -> None:
    """Brings a service, its libraries, and its agent into a folder."""
    service = SERVICES[name]
    source = service.command.split()[-1]
    (folder / source).write_bytes((FOLDER / source).read_bytes())
    for command in (service.libraries, service.agent):
        given = {**os.environ, "PATH": PATH}
        subprocess.run(command, cwd=folder, env=given, shell=True, timeout=300, check=True)


def template_of(name: str, image: str, **environment: str) -> dict[str, Any]:
    """Returns the pod template of a service, as a team writes it that doesn't trace."""
    values = {"PYTHONPATH": "libraries"} if name == "shop" else {}
    variables = [{"name": key, "value": each} for key, each in {**values, **environment}.items()]
    container = {
        "name": name,
        "image": image,
        "command": SERVICES[name].command.split(),
        "env": variables,
    }
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}


def traced_environment(
    name: str, folder: Path, address: str, fields: Mapping[str, str], **environment: str
) -> dict[str, str]:
    """Returns what a traced container's process is given, as the kubelet makes it, in a folder."""

    async def resolved() -> Any:
        template = instrument(
            template_of(name, "none", **environment),
            SERVICES[name].language,
            {"service_name": name, "daemon_address": address, "cluster_name": "demo"},
        )
        return await pulumi.Output.from_input(template).future()

    (container,) = asyncio.run(resolved())["spec"]["containers"]
    made: dict[str, str] = {}
    for each in container["env"]:
        path = each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
        text = fields[path] if path else each["value"]
        known = re.sub(r"\$\((\w+)\)", lambda found: made[found[1]], text)
        made[each["name"]] = known.replace(FOLDER_IN_POD, f"{folder}/agent")
    return made
