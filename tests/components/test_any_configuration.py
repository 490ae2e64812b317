"""Whatever combination of settings is right, the stack has an agent that may write traces."""

import json
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

from components.access.policies import SPAN_ACTIONS, WRITE_ACTIONS
from settings import (
    Settings,
    SettingsError,
    own_configuration,
    read_settings,
)
from tests.support.program import collector_files, configured, only, run, samples
from tests.support.variants import KUBECONFIG, NODE_ROLE, OIDC_PROVIDER
from tools.lab.project import Project

CLUSTERS: Final[tuple[dict[str, Any], ...]] = (
    *({"credentialSource": source} for source in ("pod-identity", "irsa", "node-role")),
    *({"clusterName": "shop", "credentialSource": source} for source in ("pod-identity", "irsa")),
    {"clusterName": "shop", "credentialSource": "node-role", **NODE_ROLE},
    {"kubeconfig": KUBECONFIG, "credentialSource": "node-role", **NODE_ROLE},
    {"kubeconfig": KUBECONFIG, "credentialSource": "irsa", **OIDC_PROVIDER},
)

CHOICES: Final[dict[str, Sequence[Any]]] = {
    "autoMode": (False, True),
    "privateNetwork": (False, True),
    "vpcEndpoints": ([], ["xray", "ecr"]),
    "namespace": ("xray", "default", "tracing"),
    "assumeRoleArn": (None, "arn:aws:iam::111111111111:role/writer"),
    "agent": ("daemon", "collector"),
    "imageSource": (None, "build", "mirror"),
    "hostPort": (False, True),
    "ipFamily": ("ipv4", "ipv6", "dual-stack"),
    "collectorExporter": ("xray", "otlp"),
    "transactionSearch": (None, "enable", "already-enabled"),
    "gatewayReplicas": (0, 2),
    "tailSampling": (None, {"percent": 10}),
    "sampleServices": (True, False),
    "serviceATracing": ("xray-sdk", "opentelemetry"),
}
"""Values of the other settings that decide what is declared, the default first."""


def agreeing(values: dict[str, Any]) -> tuple[Project, Settings]:
    """Returns settings without those that conflict: one of two is left as it is by default."""
    for _ in CHOICES:
        project = configured(**values)
        try:
            return project, read_settings(own_configuration(project.name, project.configuration))
        except SettingsError as error:
            wrong = {each.path for each in error.problems} & CHOICES.keys()
            values |= {path: CHOICES[path][0] for path in wrong}
    return reject()


@settings(max_examples=20, deadline=None, database=None, phases=[Phase.generate])
@given(
    st.sampled_from(CLUSTERS),
    st.fixed_dictionaries({key: st.sampled_from(each) for key, each in CHOICES.items()}),
)
def test_right_configuration_declares_an_agent_that_may_write(
    cluster: dict[str, Any], values: dict[str, Any]
) -> None:
    project, read = agreeing({**values, **cluster})
    deployment = run(project)

    policy = only(deployment.of_type("aws:iam/policy:Policy")).inputs
    actions = only(json.loads(policy["policy"])["Statement"])["Action"]
    spans = SPAN_ACTIONS if read.collector_exporter.value == "otlp" else ()
    assert (actions == [*WRITE_ACTIONS, *spans]) == (read.assume_role_arn is None)
    assert only(deployment.objects("DaemonSet"))["metadata"]["namespace"] == read.namespace
    assert len(samples(deployment)) == 2 * read.sample_services
    gateways = len(deployment.objects("Deployment")) - len(samples(deployment))
    assert gateways == (read.gateway_replicas > 0)
    assert bool(collector_files(deployment)) == (read.agent.value == "collector")
    assert len(deployment.of_type("eks:index:Cluster")) == (not read.uses_existing_cluster())
