"""Users of a started cloud."""

import secrets

from tools.rehearsal.aws.cloud import AwsCredentials, Cloud
from tools.rehearsal.aws.policies import allowing


def user_allowed(cloud: Cloud, *actions: str) -> AwsCredentials:
    """Give a new user's credentials, who may do these actions and nothing else."""
    iam, name = cloud.client("iam"), secrets.token_hex(4)
    iam.create_user(UserName=name)
    if actions:
        document = allowing(*actions)
        iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])
