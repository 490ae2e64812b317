"""Whatever the pod template: all that are selected are traced, or named in a warning."""

from collections.abc import Callable
from typing import Any, Final

import kubernetes_validate
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.instrumentation.languages import LANGUAGE_AGENTS
from components.instrumentation.pod_template import NAME
from components.instrumentation.transform import TEMPLATES
from tests.components.instrumentation.workloads import (
    CONTAINERS,
    FROM_SECRET,
    IMAGES,
    LANGUAGE,
    Object,
    pod,
    template_in,
    transformed,
    workload,
)
from tests.support.restricted import violations

JOINED: Final = sorted(name for each in LANGUAGE_AGENTS.values() for name in each.joined)


names = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
values = st.one_of(
    st.builds(lambda text: {"value": text}, st.text(max_size=9)), st.just(FROM_SECRET)
)
variables = st.dictionaries(
    st.sampled_from([*JOINED, "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "A", "B"]), values
)


@st.composite
def templates(draw: Any) -> Object:
    containers = [
        {"name": name, "image": "a:1", "env": [{"name": key, **env[key]} for key in env]}
        | draw(st.sampled_from([{}, {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}]))
        for name, env in draw(st.dictionaries(names, variables, min_size=1, max_size=3)).items()
    ]
    annotations = draw(
        st.dictionaries(st.just(CONTAINERS), st.sampled_from(["one", containers[0]["name"]]))
    )
    return pod(
        annotations=annotations,
        containers=containers,
        **draw(st.sampled_from([{}, {"volumes": [{"name": "v", "emptyDir": {}}]}])),
        **draw(st.sampled_from([{}, {"initContainers": [{"name": "first", "image": "b:1"}]}])),
        **draw(st.sampled_from([{}, {"nodeSelector": {"kubernetes.io/os": "windows"}}])),
    )


def stays(before: Any, after: Any) -> bool:
    """Returns whether all is there still; an object in an array is known by its name."""
    if isinstance(before, dict):
        return all(key in after and stays(each, after[key]) for key, each in before.items())
    if before == []:
        return True
    if isinstance(before, list) and isinstance(before[0], dict):
        known = {each["name"]: each for each in after}
        order = [each["name"] for each in after if each["name"] in {one["name"] for one in before}]
        same = order == [each["name"] for each in before]
        return same and all(stays(each, known[each["name"]]) for each in before)
    return before in after if isinstance(before, str) else before == after


def check(template: Object, kind: str, language: str | None) -> None:
    warnings: list[str] = []
    if "Job" in kind:
        template["spec"]["restartPolicy"] = "Never"
    before = workload(kind, template, **({LANGUAGE: language} if language else {}))
    after = transformed(kind, before, warnings)
    added = [each["name"] for each in template_in(after, kind)["spec"].get("initContainers", [])]
    if language in (None, "none"):
        assert (after, warnings) == (before, [])
    elif NAME in added:
        assert warnings == []
        container = template_in(after, kind)["spec"]["initContainers"][-1]
        assert container["image"] == IMAGES[language]
        assert violations({"containers": [container]}) == []
    else:
        (warning,) = warnings
        assert warning.startswith(f"{kind} shop is not traced. ")
        assert after == before
    assert stays(before, after)
    assert transformed(kind, after, []) == after
    kubernetes_validate.validate(after, kubernetes_validate.latest_version(), strict=True)


def checked(times: int) -> Callable[[], None]:
    of_all = {
        "template": templates(),
        "kind": st.sampled_from([*TEMPLATES]),
        "language": st.sampled_from([*IMAGES, "ruby", "none", None]),
    }
    quiet = settings(
        max_examples=times,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    return quiet(given(**of_all)(check))


test_a_selected_template_is_traced_or_named = checked(50)
test_a_thousand_templates_are = pytest.mark.slow(checked(1000))
