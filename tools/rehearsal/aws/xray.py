"""The X-Ray API of moto, with what moto lacks: the names of calls in IAM, and sampling rules."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from moto.core.responses import BaseResponse
from moto.xray import urls
from moto.xray.responses import XRayResponse

Answer = str | tuple[str, dict[str, int]]

SAMPLING_PATHS: Final = (
    "CreateSamplingRule",
    "GetSamplingRules",
    "SamplingStatisticSummaries",
    "SamplingTargets",
)
"""Where the calls about sampling go to (botocore, model of the X-Ray API)."""

REPORT_SECONDS: Final = 10
"""How often a client reports, and how long its quota lasts (X-Ray developer guide, sampling)."""

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
    put_trace_segments = XRayResponse.trace_segments
    batch_get_traces = XRayResponse.traces
    get_service_graph = XRayResponse.service_graph
    get_trace_graph = XRayResponse.trace_graph
    get_trace_summaries = XRayResponse.trace_summaries

    def _get_action(self) -> str:
        return BaseResponse._get_action(self)

    def create_sampling_rule(self) -> Answer:
        """Answers CreateSamplingRule."""
        rule: dict[str, Any] = self._get_param("SamplingRule")
        if rule["RuleName"] in self._rules():
            reason = f"there is a sampling rule {rule['RuleName']} already"
            return self._error("InvalidRequestException", reason)
        return json.dumps({"SamplingRuleRecord": self._add(rule)})

    def get_sampling_rules(self) -> Answer:
        """Answers GetSamplingRules, with all rules on one page."""
        return json.dumps({"SamplingRuleRecords": list(self._rules().values())})

    def get_sampling_targets(self) -> Answer:
        """Answers GetSamplingTargets: clients that ever reported of a rule share its reservoir."""
        rules, targets, unknown = self._rules(), list[Any](), list[Any]()
        for document in self._get_param("SamplingStatisticsDocuments"):
            name = document["RuleName"]
            if name in rules:
                rule = rules[name]["SamplingRule"]
                clients = self._kept("sampling_clients").setdefault(name, set())
                clients.add(document["ClientID"])
                target = {
                    "RuleName": name,
                    "FixedRate": rule["FixedRate"],
                    "ReservoirQuota": rule["ReservoirSize"] // len(clients),
                    "ReservoirQuotaTTL": time.time() + REPORT_SECONDS,
                    "Interval": REPORT_SECONDS,
                }
                targets.append(target)
            else:
                unknown.append({"RuleName": name, "ErrorCode": "400", "Message": "no such rule"})
        modified = max(record["ModifiedAt"] for record in rules.values())
        return json.dumps(
            {
                "SamplingTargetDocuments": targets,
                "LastRuleModification": modified,
                "UnprocessedStatistics": unknown,
            }
        )

    def get_sampling_statistic_summaries(self) -> Answer:
        """Answers GetSamplingStatisticSummaries; what clients report is not kept."""
        return json.dumps({"SamplingStatisticSummaries": []})

    def _rules(self) -> dict[str, Any]:
        if not self._kept("sampling_rules"):
            self._add(DEFAULT_RULE)
        return self._kept("sampling_rules")

    def _add(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        backend, now = self.xray_backend, time.time()
        region = f"arn:{backend.partition}:xray:{backend.region_name}:{backend.account_id}"
        arn = f"{region}:sampling-rule/{rule['RuleName']}"
        complete = {"Attributes": {}, **rule, "RuleARN": arn}
        record = {"SamplingRule": complete, "CreatedAt": now, "ModifiedAt": now}
        self._kept("sampling_rules")[rule["RuleName"]] = record
        return record

    def _kept(self, name: str) -> dict[str, Any]:
        """Returns a mapping that stays until moto is reset: it is where moto keeps the account."""
        return vars(self.xray_backend).setdefault(name, {})
