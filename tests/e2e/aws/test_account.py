"""What the acceptance test tells its user, without an account."""

import io
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.e2e.aws import account as asked
from tests.e2e.aws import test_acceptance as started

REGION = "eu-west-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("YES", "")
    monkeypatch.setenv("REGION", REGION)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


def test_what_a_cluster_leaves_is_found_and_what_is_gone_is_not(aws: Any) -> None:
    ec2 = aws("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instances = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"]
    kept, gone = (each["InstanceId"] for each in instances)
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    names = [kept, gone, volume]
    ec2.create_tags(Resources=names, Tags=[{"Key": "acceptance", "Value": "run-1"}])
    ec2.terminate_instances(InstanceIds=[gone])
    aws("logs").create_log_group(logGroupName="/aws/eks/shop-1/cluster")
    tag = {"TagKey": "acceptance", "TagValue": "run-1"}
    key = aws("kms").create_key(Tags=[tag])["KeyMetadata"]["Arn"]
    cluster = {"type": "aws:eks/cluster:Cluster", "id": "shop-1"}
    destroyed = {"type": "aws:kms/key:Key", "id": "1", "outputs": {"arn": key}}
    left = asked.Account(REGION).left("run-1", [cluster, destroyed])
    ends = [f"instance/{kept}", f"volume/{volume}", "log-group:/aws/eks/shop-1/cluster"]
    for sentence, end in zip(left, ends, strict=True):
        assert sentence.endswith(f"{end} is left; delete it.")
    # An update that was interrupted may have made it, so that no state knows it.
    assert f"{key} is left; delete it." in asked.Account(REGION).left("run-1", [cluster])


@pytest.mark.parametrize(("command", "says"), [("true", "Nothing was made"), ("false", "`false`")])
def test_nothing_is_made_where_a_command_fails_or_its_user_says_no(
    aws: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, command: str, says: str
) -> None:
    monkeypatch.setattr(asked, "NEEDED", {command: "…"})
    monkeypatch.setattr("sys.stdin", io.StringIO("no"))
    with pytest.raises(pytest.exit.Exception, match=says):
        started.test_two_stacks_come_up_trace_and_leave_nothing()
    plan = "2 nodes in region eu-west-1 of account 123456789012"
    assert (plan in capsys.readouterr().out) == (command == "true")
