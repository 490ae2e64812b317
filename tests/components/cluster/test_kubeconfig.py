"""Kubeconfigs name their cluster, and ask for tokens as the stack's AWS provider would."""

import json
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from components.cluster.kubeconfig import cluster_name_in, kubeconfig_for
from tests.support.program import KUBECONFIG, configured, only, run, run_source, variant

ROLE: Final = {"roleArn": "arn:aws:iam::123456789012:role/deployer"}
ASSUMED: Final = ["--role-arn", ROLE["roleArn"]]


def test_kubeconfig_names_the_cluster_of_its_context() -> None:
    assert cluster_name_in(KUBECONFIG) == "kops.example.com"
    for text in ("", "{}", "a: [", "- 1", KUBECONFIG.replace("operator", "x", 1)):
        with pytest.raises(ValueError, match="no kubeconfig"):
            cluster_name_in(text)


def test_kubeconfig_asks_the_aws_cli_for_a_token() -> None:
    arn = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/shop"
    config = json.loads(kubeconfig_for("shop", arn, "https://shop.example.com", "Y2VydA=="))
    context, cluster, user = (only(config[each]) for each in ("contexts", "clusters", "users"))
    assert config["current-context"] == context["name"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert cluster["cluster"] == {
        "server": "https://shop.example.com",
        "certificate-authority-data": "Y2VydA==",
    }
    assert user["user"]["exec"] == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": [
            *("--region", "cn-north-1", "eks", "get-token", "--cluster-name", "shop"),
            *("--output", "json"),
        ],
    }


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"clusterName": "shop"}, []),
        ({"aws:profile": "team"}, ["--profile", "team"]),
        ({"aws:assumeRoles": [ROLE], "clusterName": "shop"}, ASSUMED),
        ({"aws:profile": "a", "aws:assumeRoles": [ROLE]}, ["--profile", "a", *ASSUMED]),
    ],
)
def test_token_is_that_of_the_aws_provider(settings: dict[str, Any], options: list[str]) -> None:
    kubeconfig = json.loads(run(configured(**settings)).outputs["kubeconfig"])
    arguments = only(kubeconfig["users"])["user"]["exec"]["args"]
    assert arguments[arguments.index("json") + 1 :] == options


@pytest.mark.parametrize("roles", [[ROLE, ROLE], [{**ROLE, "externalId": "x"}]])
def test_roles_that_the_aws_cli_can_not_assume_are_refused(roles: list[dict[str, str]]) -> None:
    with pytest.raises(pulumi.RunError, match="aws:assumeRoles is a chain, or has an externalId;"):
        run(configured("dev", **{"aws:assumeRoles": roles, "clusterName": "shop"}))


def test_another_provider_is_not_taken_for_the_default_one(tmp_path: Path) -> None:
    source = """
import pulumi, pulumi_aws, xray_on_kubernetes as xray
pulumi.runtime.set_config("aws:profile", "team")
opts = pulumi.ResourceOptions(provider=pulumi_aws.Provider("theirs"))
pulumi.export("theirs", xray.Cluster("theirs", {"cluster_name": "shop"}, opts).kubeconfig)
"""
    assert "--profile" not in run_source(source, tmp_path).outputs["theirs"]


@pytest.mark.parametrize("name", ["dev", "existing", "guarded"])
def test_objects_that_exist_are_never_taken_over(name: str) -> None:
    provider = only(variant(name).of_type("pulumi:providers:kubernetes"))
    assert provider.inputs["upsertExistingObjects"] == "false"
