"""What the acceptance test tells its user, without an account."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.e2e.aws import account as asked
from tests.e2e.aws import test_acceptance as started
from tests.e2e.aws.account import Account

REGION = "eu-west-1"
TAG = {"Key": "acceptance", "Value": "run-1"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "YES"):
        monkeypatch.setenv(name, "1")
    for name in ("AWS_PROFILE", "PULUMI_BACKEND_URL", "REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(asked, "NEEDED", {})
    monkeypatch.setattr(started.signal, "signal", lambda *_: None)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


def test_what_a_cluster_leaves_is_found_and_what_is_gone_is_not(aws: Any) -> None:
    ec2 = aws("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instances = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"]
    kept, gone = (each["InstanceId"] for each in instances)
    volume, other = (
        ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"] for _ in range(2)
    )
    ec2.create_tags(Resources=[kept, gone, volume], Tags=[TAG])
    ec2.create_tags(Resources=[other], Tags=[{"Key": asked.INTERFACE_TAG, "Value": "shop-2"}])
    ec2.terminate_instances(InstanceIds=[gone])
    aws("logs").create_log_group(logGroupName="/aws/eks/shop-1/cluster")
    tag = {"TagKey": TAG["Key"], "TagValue": TAG["Value"]}
    key = aws("kms").create_key(Tags=[tag])["KeyMetadata"]
    made = {
        "a": {"type": "aws:eks/cluster:Cluster", "id": "shop-1", "outputs": {}},
        "b": {"type": "aws:kms/key:Key", "id": key["KeyId"], "outputs": {"arn": key["Arn"]}},
    }
    left = Account(REGION).left("run-1", made, lag=0)
    assert [each.partition(" is left; delete it: aws ")[2] for each in left] == [
        f"ec2 terminate-instances --instance-ids {kept} --region {REGION}",
        f"ec2 delete-volume --volume-id {volume} --region {REGION}",
        f"logs delete-log-group --log-group-name /aws/eks/shop-1/cluster --region {REGION}",
    ]
    # Not known from the state: an interrupted update may have made it.
    unknown = Account(REGION).left("run-1", {}, lag=0)
    assert (len(unknown), unknown[2]) == (3, f"{key['Arn']} is left; delete it.")


def test_it_says_what_a_run_makes_where_and_for_how_much(aws: Any) -> None:
    plan = Account("us-east-1").plan()
    assert "2 nodes in region us-east-1 of account 123456789012, with IAM roles" in plan
    assert "at $0.18 an hour" in plan


@pytest.mark.parametrize(
    ("command", "profile", "sentence"),
    [
        ("nothing-of-this-name", None, "`nothing-of-this-name` fails; it must work, because …."),
        ("true", "nobody", "AWS accepts no credentials of yours; log in, or set AWS_PROFILE: "),
    ],
)
def test_what_is_missing_is_one_sentence(
    aws: Any, monkeypatch: pytest.MonkeyPatch, command: str, profile: str | None, sentence: str
) -> None:
    monkeypatch.setattr(asked, "NEEDED", {command: "…"})
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(pytest.exit.Exception, match=sentence) as refused:
        started.test_two_stacks_come_up_trace_and_leave_nothing()
    assert refused.value.returncode == 1


def test_nothing_is_made_unless_its_user_agrees(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YES", "")
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(pytest.exit.Exception, match="Nothing was made"):
        started.test_two_stacks_come_up_trace_and_leave_nothing()


def test_what_went_wrong_fails_it_and_keeps_the_state(
    aws: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(started.tempfile, "mkdtemp", lambda **_: str(tmp_path))
    monkeypatch.setattr(started.Acceptance, "run", lambda _: ["A volume is left."])
    with pytest.raises(pytest.fail.Exception, match=f"A volume is left.\n{tmp_path} is kept."):
        started.test_two_stacks_come_up_trace_and_leave_nothing()
    assert (tmp_path / "state").is_dir()
