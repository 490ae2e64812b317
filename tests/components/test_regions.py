"""The program in every region that AWS has X-Ray or EKS in, by botocore's data."""

import json
from typing import Any, Final

import botocore.session
import pytest

from components.aws_values import REGION
from tests.support.program import collector_files, configured, run

SESSION: Final[Any] = botocore.session.get_session()
RESOLVER: Final = SESSION.get_component("endpoint_resolver")
PARTITIONS: Final[dict[str, list[str]]] = {
    each: sorted({*SESSION.get_available_regions("xray", each)} | {*eks})
    for each in SESSION.get_available_partitions()
    if (eks := SESSION.get_available_regions("eks", each))
}
OTLP: Final[dict[str, Any]] = {"collectorExporter": "otlp", "transactionSearch": "already-enabled"}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_each_partition_has_its_own_names(partition: str) -> None:
    region, *others = PARTITIONS[partition]
    assert all(map(REGION.allows, others))
    deployment = run(configured("collector", **OTLP, **{"aws:region": region}))
    host = RESOLVER.construct_endpoint("xray", region)["hostname"]
    exporter = json.dumps(collector_files(deployment))
    assert f'"traces_endpoint": "https://{host}/v1/traces"' in exporter
    roles = deployment.of_type("aws:iam/role:Role")
    (trust,) = (each.inputs["assumeRolePolicy"] for each in roles if each.name == "xray-nodes")
    # IAM refuses ec2.amazonaws.eu and ec2.c2s.ic.gov (pulumi-eks, issue 2341; terraform-aws-eks,
    # pull request 3539), and EKS in China asks for ec2.amazonaws.com.cn (pulumi-eks, 796).
    china = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
    (statement,) = json.loads(trust)["Statement"]
    expected = china if partition == "aws-cn" else "ec2.amazonaws.com"
    assert statement["Principal"] == {"Service": expected}
