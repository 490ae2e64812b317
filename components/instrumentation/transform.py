"""Traces the workloads of a Pulumi program by a transform of its resources."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import rpc

from ..agent.trace_daemon import TraceDaemon
from ..image.daemon_image import ImageSource
from .images import InstrumentationImages
from .languages import Language
from .pod_template import Object, instrument, language_of, when_known

LANGUAGE_ANNOTATION: Final = "xray-on-kubernetes/language"
"""Names the language of a workload, on itself or on its pod template; `none` for no agent."""

TEMPLATES: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "Job"), ("spec", "template")),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where the pod templates are in the kinds that are instrumented."""

GROUPS: Final = ("apps/", "batch/", "extensions/")

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""Helm renders its chart inside Pulumi's provider, where no transform comes by."""

Selector = Callable[[pulumi.ResourceTransformArgs], Language | str | None]


def trace_workloads(
    daemon: TraceDaemon,
    languages: Sequence[Language | str] | Mapping[str, pulumi.Input[str]] = tuple(Language),
    *,
    image_source: ImageSource = ImageSource.MIRROR,
    cluster_name: pulumi.Input[str] | None = None,
    selector: Selector | None = None,
) -> pulumi.ResourceTransform:
    """Returns a transform that adds AWS's agents to the pod templates of a program's workloads.

    A workload says its language by the annotation `xray-on-kubernetes/language`, or the selector
    does. What is selected and can't be instrumented is named in a warning.

    Args:
        daemon: What takes the spans.
        languages: Languages to make images for, or references of images by language.
        image_source: `mirror` to copy AWS's images to ECR, or `public` to pull those.
        cluster_name: The cluster's name, for the spans' resources.
        selector: Returns the language of a workload that has no annotation, or none.

    Raises:
        pulumi.RunError: The agent takes no spans, or a language is unknown.
    """
    if not daemon.takes_spans:
        raise pulumi.RunError(
            "trace_workloads needs an agent that takes spans; set agent of the TraceDaemon to "
            "collector or both."
        )
    for each in languages:
        language_of(each)
    if isinstance(languages, Mapping):
        images = pulumi.Output.from_input(cast(Mapping[str, str], languages))
    else:
        inputs: Any = {"languages": languages, "image_source": image_source}
        images = InstrumentationImages("instrumentation", inputs).references
    offered = [Language(each).value for each in languages]

    def instrumented(template: Object, language: Any, name: pulumi.Input[str]) -> Any:
        if language_of(language) not in offered:
            raise pulumi.RunError(
                f"its language is {language}, which trace_workloads is not given; "
                f"given are {', '.join(offered)}"
            )
        return instrument(
            template,
            language,
            service_name=name,
            daemon_address=daemon.address,
            image=images.apply(lambda known: known[language]),
            cluster_name=cluster_name,
            platform=daemon.platform,
        )

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        package, _, rest = args.type_.partition(":")
        if package != "kubernetes" or not args.custom:
            return None
        group, _, kind = rest.rpartition(":")

        def of_manifest(manifest: Object, kind: str) -> Object:
            path = TEMPLATES.get(kind) if group.startswith(GROUPS) else None
            template = _at(manifest, path or ("spec", "template")) or {}
            annotations = {**_annotations(manifest), **_annotations(template)}
            language = annotations.get(LANGUAGE_ANNOTATION)
            has_pods = path or template or _at(manifest, ("spec", "containers"))
            if language is None and selector is not None and has_pods:
                language = selector(args)
            if args.type_ != RELEASE and language in (None, "none"):
                return manifest
            own = (manifest.get("metadata") or {}).get("name")
            try:
                if path is None:
                    kinds = ", ".join(TEMPLATES)
                    raise pulumi.RunError(f"its pods can't be seen here; only {kinds} can")
                return _put(manifest, path, instrumented(template, language, own or args.name))
            except pulumi.RunError as wrong:
                pulumi.log.warn(f"{kind} {args.name} is not traced: {wrong}.")
                return manifest

        def of_list(manifest: Object) -> Object:
            each_kind = kind.removesuffix("List")
            if each_kind == kind:
                return of_manifest(manifest, kind)
            return {
                **manifest,
                "items": [of_manifest(each, each_kind) for each in manifest["items"]],
            }

        props = {key: _opened(each) for key, each in cast(Object, args.props).items()}
        made = when_known(props, of_list)
        if isinstance(made, pulumi.Output):
            # All that is ever changed.
            made = {**props, **{key: made[key] for key in ("spec", "items") if key in props}}
        return pulumi.ResourceTransformResult(made, args.opts)

    return transform


def _opened(value: Any) -> Any:
    """Returns a secret as an output, which the engine sends as it writes one."""
    return pulumi.Output.secret(rpc.unwrap_rpc_secret(value)) if rpc.is_rpc_secret(value) else value


def _annotations(holder: Object) -> Object:
    return (holder.get("metadata") or {}).get("annotations") or {}


def _at(parts: Any, path: Sequence[str]) -> Any:
    for key in path:
        parts = parts.get(key) if isinstance(parts, Mapping) else None
    return parts


def _put(parts: Object, path: Sequence[str], value: Any) -> Object:
    inner = value if len(path) == 1 else _put(parts[path[0]], path[1:], value)
    return {**parts, path[0]: inner}
