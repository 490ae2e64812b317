"""The languages whose applications AWS's agents trace, and how an agent gets into a container.

The images, their files and the variables are those of AWS Distro for OpenTelemetry
(aws-observability/aws-otel-<language>-instrumentation, Dockerfile) as Amazon's operator injects
them (aws/amazon-cloudwatch-agent-operator, pkg/instrumentation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import pulumi


class Language(str, Enum):
    """A language that AWS has an agent for."""

    JAVA = "java"
    """Java 8 or newer."""

    PYTHON = "python"
    """Python 3.9 or newer."""

    NODEJS = "nodejs"
    """Node.js 18 or newer."""

    DOTNET = "dotnet"
    """.NET 8 or newer, in an image with glibc."""


@dataclass(frozen=True)
class Joined:
    """A variable that loads the agent, to which what a container has there is joined."""

    separator: str
    after: str
    before: str = ""

    def to(self, there: pulumi.Input[str]) -> pulumi.Input[str]:
        """Returns its value around one that is there, or around none."""
        if isinstance(there, str):
            return self.separator.join(filter(None, (self.before, there, self.after)))
        before = f"{self.before}{self.separator}" if self.before else ""
        return pulumi.Output.concat(before, there, self.separator, self.after)


@dataclass(frozen=True)
class LanguageAgent:
    """AWS's agent for a language."""

    image: str
    """Last part of its name, and its tag."""

    source: str
    """What is copied from the image to the mounted folder."""

    joined: Mapping[str, Joined]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


def folder_of(language: Language) -> str:
    """Returns the folder in which a container finds the agent for its language."""
    return f"/otel-auto-instrumentation-{language.value}"


def command_of(language: Language) -> Sequence[str]:
    """Returns how the image, which has no program but `cp`, copies the agent."""
    source, folder = LANGUAGE_AGENTS[language].source, folder_of(language)
    is_file = source.endswith(".jar")
    return ["cp", source, f"{folder}{source}"] if is_file else ["cp", "-r", source, folder]


_PYTHON: Final = folder_of(Language.PYTHON)
_DOTNET: Final = folder_of(Language.DOTNET)
_ALL: Final = "/autoinstrumentation/."
_PROFILER: Final = "OpenTelemetry.AutoInstrumentation.Native.so"

LANGUAGE_AGENTS: Final[Mapping[Language, LanguageAgent]] = {
    Language.JAVA: LanguageAgent(
        "java:v2.29.0",
        "/javaagent.jar",
        {"JAVA_TOOL_OPTIONS": Joined(" ", f"-javaagent:{folder_of(Language.JAVA)}/javaagent.jar")},
    ),
    Language.PYTHON: LanguageAgent(
        "python:v0.21.0",
        _ALL,
        {
            # Its sitecustomize.py has to be the first one; the application's own modules come
            # before those that the agent brings.
            "PYTHONPATH": Joined(
                ":", _PYTHON, f"{_PYTHON}/opentelemetry/instrumentation/auto_instrumentation"
            )
        },
        {"OTEL_PYTHON_DISTRO": "aws_distro", "OTEL_PYTHON_CONFIGURATOR": "aws_configurator"},
    ),
    Language.NODEJS: LanguageAgent(
        "node:v0.13.0",
        _ALL,
        {
            "NODE_OPTIONS": Joined(
                " ", f"--require {folder_of(Language.NODEJS)}/autoinstrumentation.js"
            )
        },
    ),
    Language.DOTNET: LanguageAgent(
        "dotnet:v1.14.0",
        _ALL,
        {
            "DOTNET_ADDITIONAL_DEPS": Joined(":", f"{_DOTNET}/AdditionalDeps"),
            "DOTNET_SHARED_STORE": Joined(":", f"{_DOTNET}/store"),
            "DOTNET_STARTUP_HOOKS": Joined(
                ":", f"{_DOTNET}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"
            ),
        },
        {
            "CORECLR_ENABLE_PROFILING": "1",
            "CORECLR_PROFILER": "{918728DD-259F-4A6A-AC2B-B85E1B658318}",
            # The runtime takes the one of its architecture (dotnet/runtime, clrconfignames.h).
            "CORECLR_PROFILER_PATH_64": f"{_DOTNET}/linux-x64/{_PROFILER}",
            "CORECLR_PROFILER_PATH_ARM64": f"{_DOTNET}/linux-arm64/{_PROFILER}",
            "OTEL_DOTNET_AUTO_HOME": _DOTNET,
            "OTEL_DOTNET_AUTO_PLUGINS": "AWS.Distro.OpenTelemetry.AutoInstrumentation.Plugin, "
            "AWS.Distro.OpenTelemetry.AutoInstrumentation",
        },
    ),
}
"""Of each release there is an image and, on PyPI and npm, a package (release workflows); these are
those that tests/e2e/instrumentation runs, and for Java and .NET the newest in August 2026."""
