"""What the acceptance test tells its user, without an account."""

import io
import subprocess
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.e2e.aws.__main__ import main
from tests.e2e.aws.account import Account

pytestmark = pytest.mark.slow

TAG = {"TagKey": "acceptance", "TagValue": "run-1"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "1")
    with mock_aws():
        yield lambda service: boto3.client(service, region_name="eu-west-1")


def test_what_a_cluster_leaves_is_found_and_what_is_gone_is_not(aws: Any) -> None:
    ec2, image = aws("ec2"), aws("ec2").describe_images()["Images"][0]["ImageId"]
    instances = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"]
    kept, gone = (each["InstanceId"] for each in instances)
    ec2.create_tags(Resources=[kept, gone], Tags=[{"Key": "acceptance", "Value": "run-1"}])
    ec2.terminate_instances(InstanceIds=[gone])
    aws("logs").create_log_group(logGroupName="/aws/eks/shop-1/cluster")
    key = aws("kms").create_key(Tags=[TAG])["KeyMetadata"]["Arn"]
    made = [
        {"type": "aws:eks/cluster:Cluster", "id": "shop-1"},
        {"type": "aws:kms/key:Key", "id": "1", "outputs": {"arn": key}},
    ]
    left = Account("eu-west-1").left("run-1", made)
    for sentence, end in zip(left, [f"instance/{kept}", "/aws/eks/shop-1/cluster"], strict=True):
        assert sentence.endswith(f"{end} is left; delete it.")
    # An update that was interrupted may have made it, so that no state knows it.
    assert f"{key} is left; delete it." in Account("eu-west-1").left("run-1", [])


@pytest.mark.parametrize(
    ("code", "says"), [(0, "Nothing was made"), (1, "error: the Pulumi CLI must")]
)
def test_nothing_is_made_where_a_command_fails_or_its_user_says_no(
    aws: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, code: int, says: str
) -> None:
    ended = subprocess.CompletedProcess[str]([], code)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    monkeypatch.setattr("sys.stdin", io.StringIO("no"))
    monkeypatch.setenv("YES", "")
    monkeypatch.setenv("REGION", "eu-west-1")
    assert str(main()).startswith(says)
    plan = "2 nodes in region eu-west-1 of account 123456789012"
    assert (plan in capsys.readouterr().out) == (code == 0)
