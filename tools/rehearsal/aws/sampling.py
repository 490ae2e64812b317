"""X-Ray's sampling rules as its API knows them, and what its clients report of them."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

REPORT_SECONDS: Final = 10
"""How often a client reports, and how long its quota lasts (X-Ray developer guide, sampling)."""

DEFAULT_RULE: Final[Mapping[str, Any]] = {
    "RuleName": "Default",
    "ResourceARN": "*",
    "Priority": 10000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}
"""The rule of X-Ray's own, which every account has (X-Ray developer guide, sampling)."""

COUNTS: Final = ("RequestCount", "BorrowCount", "SampledCount")
"""What a client counts for each rule (X-Ray API reference, SamplingStatisticsDocument)."""


class RuleExistsError(ValueError):
    """There is a rule of that name already."""


@dataclass
class _Report:
    """All that one client reported of one rule."""

    counts: dict[str, int]
    timestamp: float


class SamplingRules:
    """The sampling rules of an account in a region; several threads may use them.

    What it gives back has the form of X-Ray's API; times are epoch seconds.

    Args:
        arn_prefix: What a rule's ARN has before the rule's name.
        now: When X-Ray's own rule was made.
    """

    def __init__(self, arn_prefix: str, now: float) -> None:
        self._arn_prefix = arn_prefix
        self._lock = threading.Lock()
        self._records: dict[str, dict[str, Any]] = {}
        self._reports: dict[str, dict[str, _Report]] = {}
        self._add(DEFAULT_RULE, now)

    def create(self, rule: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Adds a rule and returns its SamplingRuleRecord.

        Raises:
            RuleExistsError: There is one of that name.
        """
        with self._lock:
            if rule["RuleName"] in self._records:
                raise RuleExistsError(f"there is a sampling rule {rule['RuleName']} already")
            return self._add(rule, now)

    def records(self) -> list[dict[str, Any]]:
        """Returns the SamplingRuleRecords of all rules."""
        with self._lock:
            return list(self._records.values())

    def report(self, documents: Iterable[Mapping[str, Any]], now: float) -> dict[str, Any]:
        """Keeps SamplingStatisticsDocuments, and answers them as GetSamplingTargets does."""
        targets: list[dict[str, Any]] = []
        unknown: list[dict[str, str]] = []
        with self._lock:
            for document in documents:
                name = str(document["RuleName"])
                if name in self._records:
                    self._keep(document, now)
                    targets.append(self._target(name, now))
                else:
                    reason = f"there is no sampling rule {name}"
                    unknown.append({"RuleName": name, "ErrorCode": "400", "Message": reason})
            modified = max(record["ModifiedAt"] for record in self._records.values())
        return {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": modified,
            "UnprocessedStatistics": unknown,
        }

    def summaries(self) -> list[dict[str, Any]]:
        """Returns a SamplingStatisticSummary of each rule that a client reported of."""
        with self._lock:
            return [
                {
                    "RuleName": name,
                    "Timestamp": max(report.timestamp for report in reports.values()),
                    **{key: sum(each.counts[key] for each in reports.values()) for key in COUNTS},
                }
                for name, reports in self._reports.items()
            ]

    def _add(self, rule: Mapping[str, Any], now: float) -> dict[str, Any]:
        name = rule["RuleName"]
        complete = {"Attributes": {}, **rule, "RuleARN": self._arn_prefix + name}
        record = {"SamplingRule": complete, "CreatedAt": now, "ModifiedAt": now}
        self._records[name] = record
        return record

    def _keep(self, document: Mapping[str, Any], now: float) -> None:
        reports = self._reports.setdefault(document["RuleName"], {})
        report = reports.setdefault(document["ClientID"], _Report(dict.fromkeys(COUNTS, 0), now))
        report.timestamp = now
        for key in COUNTS:
            # AWS's sampler for OpenTelemetry says SampleCount, which X-Ray's API does not know
            # (aws-opentelemetry-distro 0.21.0, _sampling_statistics_document.py).
            report.counts[key] += int(document.get(key) or 0)

    def _target(self, name: str, now: float) -> dict[str, Any]:
        """Shares a rule's reservoir among the clients that report of it."""
        rule = self._records[name]["SamplingRule"]
        # A client waits for up to a second longer than it is told to.
        since = now - 2 * REPORT_SECONDS
        clients = [each for each in self._reports[name].values() if each.timestamp > since]
        return {
            "RuleName": name,
            "FixedRate": rule["FixedRate"],
            "ReservoirQuota": rule["ReservoirSize"] // len(clients),
            "ReservoirQuotaTTL": now + REPORT_SECONDS,
            "Interval": REPORT_SECONDS,
        }
