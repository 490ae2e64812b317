"""Two corrections to moto's IAM, without which its verdicts are not AWS's."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from moto.iam import access_control
from moto.xray.responses import XRayResponse

from ..span_segments import TRACES_PATH
from .otlp_endpoint import ACTION as SPANS_ACTION


def _actions_by_path() -> dict[str, str]:
    model = boto3.client(
        "xray", region_name="us-east-1", aws_access_key_id="-", aws_secret_access_key="-"
    ).meta.service_model
    return {model.operation_model(name).http["requestUri"]: name for name in model.operation_names}


ACTION_BY_PATH: Final = {**_actions_by_path(), TRACES_PATH: SPANS_ACTION}
"""The operation behind each path of X-Ray's API: from botocore's model of it, and the OTLP
endpoint's, which is not in there."""


def correct_moto() -> None:
    """Applies both corrections, once for the process."""
    _name_xray_actions_as_aws_does()
    _sign_nothing_without_body()


def _name_xray_actions_as_aws_does() -> None:
    """Makes moto's X-Ray ask IAM for operations.

    moto takes the request's path for the action: PutTraceSegments goes to `/TraceSegments`, and
    moto asks whether `xray:TraceSegments` is allowed, which no policy for AWS says.
    """
    moto_xray: Any = XRayResponse

    def authorize(response: Any, resource: str = "*") -> None:
        path = str(urlsplit(response.uri).path)
        action = ACTION_BY_PATH.get(path, path.lstrip("/"))
        response._authenticate_and_authorize_action(_request_for(action), resource)

    moto_xray._authenticate_and_authorize_normal_action = authorize


def _request_for(action: str) -> Callable[..., access_control.IAMRequest]:
    def request(**arguments: Any) -> access_control.IAMRequest:
        arguments["action"] = action
        return access_control.IAMRequest(**arguments)

    return request


def _sign_nothing_without_body() -> None:
    """Lets calls without a body pass moto's check of their signature.

    EKS's GETs have none, nor has OpenTelemetry's GetSamplingRules. moto takes the signature over
    such a request's data, and those are its headers.
    """
    moto_request: Any = access_control.IAMRequestBase
    create_aws_request = moto_request._create_aws_request

    def create(request: Any) -> Any:
        if not int(request._headers.get("Content-Length") or 0):
            request._data = {}
        return create_aws_request(request)

    if create_aws_request.__name__ != create.__name__:
        moto_request._create_aws_request = create
