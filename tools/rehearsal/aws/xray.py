"""The X-Ray API of moto, with what moto lacks: the names of calls in IAM, and sampling rules."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.core.responses import BaseResponse
from moto.xray import urls
from moto.xray.responses import XRayResponse

from components.aws_values import SEGMENT_NAME
from tools.traces.clocks import LONGEST_SECONDS

SAMPLING_PATHS: Final = (
    "CreateSamplingRule",
    "GetSamplingRules",
    "SamplingStatisticSummaries",
    "SamplingTargets",
)
"""Where the calls about sampling go to (botocore, model of the X-Ray API)."""

DEFAULT_RULE: Final[Mapping[str, Any]] = {
    "RuleName": "Default",
    "ResourceARN": "*",
    "Priority": 10000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    **dict.fromkeys(("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*"),
    "Version": 1,
}
"""The rule that every account has (X-Ray developer guide, sampling)."""

AHEAD: Final = 2 * 60 * 60
"""Seconds that spans may be in the future (CloudWatch user guide, OTLP endpoint)."""

REQUIRED: Final[Mapping[str, Callable[[Any], object]]] = {
    "id": lambda each: re.fullmatch("[0-9a-fA-F]{16}", each["id"]),
    "name": lambda each: SEGMENT_NAME.accepts(each["name"]),
    # The time in it is "not required or validated" (X-Ray API reference, PutTraceSegments).
    "trace_id": lambda each: re.fullmatch("1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}", each["trace_id"]),
    "start_time": lambda each: -LONGEST_SECONDS <= each["start_time"] - time.time() <= AHEAD,
    "end_time": lambda each: (
        each.get("in_progress") is True
        or each["start_time"] <= each["end_time"] <= time.time() + AHEAD
    ),
}
"""What each segment and each subsegment sent alone must have (X-Ray segment documents)."""


def find_refusal(document: str) -> dict[str, str] | None:
    """Returns what X-Ray says of a document that it refuses, None of other ones.

    Codes such as InvalidName, InvalidTraceId, MissingEndTime and MissingId are seen in public logs.
    """
    try:
        fields = {"type": "segment", "id": "", **json.loads(document)}
    except (TypeError, RecursionError, ValueError):
        return {"ErrorCode": "JSONFormatError"}  # as moto says
    for name, accepts in REQUIRED.items():
        with contextlib.suppress(KeyError, TypeError):
            if accepts(fields):
                continue
        code = "Missing" if fields.get(name) in (None, "") else "Invalid"
        code += name.title().replace("_", "")
        message = f"Invalid {fields['type']}. ErrorCode: {code}"
        return {"Id": str(fields["id"]), "ErrorCode": code, "Message": message}
    return None


def serve_xray() -> None:
    """Makes moto answer for X-Ray by `XRay`, once for the process."""
    for path in (*urls.url_paths, *(f"{{0}}/{path}$" for path in SAMPLING_PATHS)):
        urls.url_paths[path] = XRay.dispatch


class XRay(XRayResponse):
    """Answers one call.

    moto takes the request's path for the action: PutTraceSegments goes to `/TraceSegments`, and
    moto would ask IAM about `xray:TraceSegments`, which no policy for AWS allows.
    """

    put_telemetry_records = XRayResponse.telemetry_records
    batch_get_traces = XRayResponse.traces
    get_service_graph = XRayResponse.service_graph
    get_trace_graph = XRayResponse.trace_graph
    get_trace_summaries = XRayResponse.trace_summaries

    def _get_action(self) -> str:
        return BaseResponse._get_action(self)

    def put_trace_segments(self) -> str:
        """Answers PutTraceSegments, and refuses what X-Ray refuses; moto takes most of it."""
        refused: list[dict[str, str]] = []
        for document in self._get_param("TraceSegmentDocuments"):
            if refusal := find_refusal(document):
                refused.append(refusal)
            else:
                self.xray_backend.process_segment(document)
        return json.dumps({"UnprocessedTraceSegments": refused})

    def create_sampling_rule(self) -> str | tuple[str, dict[str, int]]:
        """Answers CreateSamplingRule."""
        rule: dict[str, Any] = self._get_param("SamplingRule")
        if rule["RuleName"] in self._rules():
            reason = f"there is a sampling rule {rule['RuleName']} already"
            return self._error("InvalidRequestException", reason)
        self._rules()[rule["RuleName"]] = self._record(rule)
        return json.dumps({"SamplingRuleRecord": self._rules()[rule["RuleName"]]})

    def get_sampling_rules(self) -> str:
        """Answers GetSamplingRules, with all rules on one page."""
        return json.dumps({"SamplingRuleRecords": list(self._rules().values())})

    def get_sampling_targets(self) -> str:
        """Answers GetSamplingTargets without a quota: clients then take one request a second."""
        modified = self._rules()["Default"]["ModifiedAt"]
        answer = {"SamplingTargetDocuments": [], "UnprocessedStatistics": []}
        return json.dumps({**answer, "LastRuleModification": modified})

    def get_sampling_statistic_summaries(self) -> str:
        """Answers GetSamplingStatisticSummaries; what clients report is not kept."""
        return json.dumps({"SamplingStatisticSummaries": []})

    def _rules(self) -> dict[str, Any]:
        # Where moto keeps what is in the account, so that its reset forgets them.
        default = {"Default": self._record(DEFAULT_RULE)}
        return vars(self.xray_backend).setdefault("sampling_rules", default)

    def _record(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        backend, now = self.xray_backend, time.time()
        region = f"arn:{backend.partition}:xray:{backend.region_name}:{backend.account_id}"
        arn = f"{region}:sampling-rule/{rule['RuleName']}"
        complete = {"Attributes": {}, **rule, "RuleARN": arn}
        return {"SamplingRule": complete, "CreatedAt": now, "ModifiedAt": now}
