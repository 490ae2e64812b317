"""The languages that AWS has agents for, and how an agent gets into a container.

Images, files and variables are those of AWS Distro for OpenTelemetry (aws-observability/
aws-otel-<language>-instrumentation, Dockerfile), which Amazon's operator injects the same way
(aws/amazon-cloudwatch-agent-operator, pkg/instrumentation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import pulumi

from ..words import shown, words_for

FOLDER: Final = "/otel-auto-instrumentation"
"""Where a container finds its agent: no pod has two."""

PROFILER: Final = "OpenTelemetry.AutoInstrumentation.Native.so"


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
    """A variable of several parts, among which what a container has there keeps its place."""

    separator: str
    before: pulumi.Input[str] = ""
    after: pulumi.Input[str] = ""

    def to(self, there: pulumi.Input[str]) -> pulumi.Input[str]:
        """Returns its value with what is there; an empty text stands for nothing."""
        parts = [part for part in (self.before, there, self.after) if part != ""]
        texts = [text for part in parts for text in (self.separator, part)]
        return pulumi.Output.concat(*texts[1:])


@dataclass(frozen=True)
class LanguageAgent:
    """AWS's agent for a language."""

    image: str
    joined: Mapping[str, Joined]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    copies: Sequence[str] = ("cp", "-r", "/autoinstrumentation/.", FOLDER)


def language_of(name: object) -> Language:
    """Returns the language of a name; raises a RunError where there is none."""
    if name not in [each.value for each in Language]:
        raise pulumi.RunError(f"The language is {shown(name)}; it must be {words_for(Language)}.")
    return Language(name)


LANGUAGE_AGENTS: Final[Mapping[Language, LanguageAgent]] = {
    Language.JAVA: LanguageAgent(
        "java:v2.29.0",
        {"JAVA_TOOL_OPTIONS": Joined(" ", after=f"-javaagent:{FOLDER}/javaagent.jar")},
        copies=("cp", "/javaagent.jar", f"{FOLDER}/javaagent.jar"),
    ),
    Language.PYTHON: LanguageAgent(
        "python:v0.21.0",
        {
            "PYTHONPATH": Joined(
                ":", f"{FOLDER}/opentelemetry/instrumentation/auto_instrumentation", FOLDER
            )
        },
        {"OTEL_PYTHON_DISTRO": "aws_distro", "OTEL_PYTHON_CONFIGURATOR": "aws_configurator"},
    ),
    Language.NODEJS: LanguageAgent(
        "node:v0.13.0",
        {"NODE_OPTIONS": Joined(" ", after=f"--require {FOLDER}/autoinstrumentation.js")},
    ),
    Language.DOTNET: LanguageAgent(
        "dotnet:v1.14.0",
        {
            "DOTNET_ADDITIONAL_DEPS": Joined(":", f"{FOLDER}/AdditionalDeps"),
            "DOTNET_SHARED_STORE": Joined(":", f"{FOLDER}/store"),
            "DOTNET_STARTUP_HOOKS": Joined(
                ":", f"{FOLDER}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"
            ),
        },
        {
            "CORECLR_ENABLE_PROFILING": "1",
            "CORECLR_PROFILER": "{918728DD-259F-4A6A-AC2B-B85E1B658318}",
            # The runtime takes the one of its architecture (dotnet/runtime, clrconfignames.h).
            "CORECLR_PROFILER_PATH_64": f"{FOLDER}/linux-x64/{PROFILER}",
            "CORECLR_PROFILER_PATH_ARM64": f"{FOLDER}/linux-arm64/{PROFILER}",
            "OTEL_DOTNET_AUTO_HOME": FOLDER,
            "OTEL_DOTNET_AUTO_PLUGINS": "AWS.Distro.OpenTelemetry.AutoInstrumentation.Plugin, "
            "AWS.Distro.OpenTelemetry.AutoInstrumentation",
        },
    ),
}
"""Each release has an image and, on PyPI and npm, a package (release workflows): tests/e2e runs the
packages of these two. Of Java and .NET they are the newest in August 2026."""
