"""Traces the workloads of a Pulumi program by a transform of its resources."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import rpc

from ..agent.trace_daemon import TraceDaemon
from ..image.daemon_image import ImageSource
from ..words import shown
from .images import agent_images
from .languages import Language, language_of
from .pod_template import InstrumentArgs, Object, part, parts, when_known, with_agent

LANGUAGE_ANNOTATION: Final = "xray-on-kubernetes/language"
"""Names the language of a workload, on itself or on its pod template; `none` for no agent."""

TEMPLATES: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "Job"), ("spec", "template")),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where the pod templates are in the kinds that are instrumented."""

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""Helm renders its chart inside Pulumi's provider, where no transform comes by."""


def trace_workloads(
    daemon: TraceDaemon,
    languages: Sequence[Language | str] | Mapping[str, pulumi.Input[str]] = tuple(Language),
    *,
    image_source: ImageSource = ImageSource.MIRROR,
    cluster_name: pulumi.Input[str] | None = None,
    selector: Callable[[pulumi.ResourceTransformArgs], str | None] | None = None,
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
    if image_source not in (ImageSource.MIRROR, ImageSource.PUBLIC):
        raise pulumi.RunError(
            f"image_source is {shown(image_source)}; it must be mirror or public."
        )
    if not daemon.takes_spans:
        raise pulumi.RunError("For trace_workloads, set agent of TraceDaemon to collector or both.")
    if isinstance(languages, str) or not isinstance(cast(Any, languages), Mapping | Sequence):
        raise pulumi.RunError(f"languages is {shown(languages)}; it must be a list of languages.")
    offered = [language_of(each) for each in languages]
    given = languages if isinstance(languages, Mapping) else agent_images(offered, image_source)
    images = cast(Mapping[str, pulumi.Input[str]], given)

    def instrumented(template: Object, language: Any, name: Any) -> Object:
        if language_of(language) not in offered:
            raise pulumi.RunError(f"trace_workloads is given no {language} in its languages.")
        args: InstrumentArgs = {
            "service_name": name,
            "daemon_address": daemon.address,
            "image": images[language],
            "cluster_name": cluster_name,
            "fixed_user_ids": daemon.platform["fixed_user_ids"],
        }
        return with_agent(Language(language), args, template)

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not args.type_.startswith("kubernetes:"):
            return None
        group, _, kind = args.type_.removeprefix("kubernetes:").rpartition(":")
        path = TEMPLATES.get(kind.removesuffix("List")) if group[:5] in ("apps/", "batch") else None

        def of_manifest(manifest: Object) -> Object:
            metadata, template = part(manifest, "metadata"), _at(manifest, path or TEMPLATES["Job"])
            annotated = [part(template, "metadata"), metadata]
            named = [part(part(each, "annotations"), LANGUAGE_ANNOTATION) for each in annotated]
            language = named[0] or named[1]
            if language is None and selector and (path or template or kind == "Pod"):
                language = selector(args)
            if language in (None, "none") and args.type_ != RELEASE:
                return manifest
            name = (metadata or {}).get("name", args.name)
            try:
                if path is None or template is None:
                    kinds = ", ".join(TEMPLATES)
                    raise pulumi.RunError(f"No pod template can be seen; {kinds} have one.")
                return _put(manifest, path, instrumented(template, language, name))
            except pulumi.RunError as wrong:
                pulumi.log.warn(f"{kind} {args.name} is not traced. {wrong}")
                return manifest

        def of_props(props: Object) -> Object:
            if path and "items" in props:
                return {**props, "items": [*map(of_manifest, parts(props, "items"))]}
            return of_manifest(props)

        props = {key: _opened(each) for key, each in cast(Object, args.props).items()}
        made = when_known(props, of_props)
        if isinstance(made, pulumi.Output):
            changed = "items" if "items" in props else "spec"
            made = {**props, changed: cast(pulumi.Output[Any], made)[changed]}
        return pulumi.ResourceTransformResult(made, args.opts)

    return transform


def _opened(value: Any) -> Any:
    """Returns an output for a secret, which the engine sends in a form of its own."""
    return pulumi.Output.secret(rpc.unwrap_rpc_secret(value)) if rpc.is_rpc_secret(value) else value


def _at(holder: Any, path: Sequence[str]) -> Any:
    for key in path:
        holder = part(holder, key)
    return holder


def _put(holder: Object, path: Sequence[str], value: Any) -> Object:
    inner = value if len(path) == 1 else _put(holder[path[0]], path[1:], value)
    return {**holder, path[0]: inner}
