import pulumi
import pytest

from components.agent.environment import trace_environment


@pytest.mark.parametrize("name", ["shop", "Größe 1", "a_.:/%&#=+\\-@", "x" * 200])
def test_a_name_that_x_ray_takes_is_the_tracing_name(name: str) -> None:
    assert {"name": "AWS_XRAY_TRACING_NAME", "value": name} in trace_environment(name, "a:2000")


@pytest.mark.parametrize("name", ["shop (prod)", "", "x" * 201, "a;b", "🚀"])
def test_a_name_that_x_ray_refuses_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(pulumi.RunError, match="; it must be a name on the service map") as error:
        trace_environment(name, "a:2000")
    assert str(error.value).count("\n") == 0
