"""Makes moto ask for X-Ray's real IAM actions."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from moto.iam.access_control import IAMRequest
from moto.xray.responses import XRayResponse


def _actions_by_path() -> dict[str, str]:
    model = boto3.client(
        "xray", region_name="us-east-1", aws_access_key_id="-", aws_secret_access_key="-"
    ).meta.service_model
    return {model.operation_model(name).http["requestUri"]: name for name in model.operation_names}


ACTION_BY_PATH: Final = _actions_by_path()
"""The operation behind each path of X-Ray's API, from botocore's model of it."""


def use_real_action_names() -> None:
    """Changes moto's X-Ray so that its IAM check names actions as AWS does.

    moto takes the request's path for the action: PutTraceSegments goes to `/TraceSegments`, and
    moto asks whether `xray:TraceSegments` is allowed, which no policy for AWS says.
    """
    moto_xray: Any = XRayResponse

    def authorize(response: Any, resource: str = "*") -> None:
        path = str(urlsplit(response.uri).path)
        action = ACTION_BY_PATH.get(path, path.lstrip("/"))
        response._authenticate_and_authorize_action(_request_for(action), resource)

    moto_xray._authenticate_and_authorize_normal_action = authorize


def _request_for(action: str) -> Callable[..., IAMRequest]:
    def request(**arguments: Any) -> IAMRequest:
        arguments["action"] = action
        return IAMRequest(**arguments)

    return request
