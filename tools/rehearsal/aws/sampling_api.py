"""The calls of X-Ray's API about sampling, which moto lacks."""

import json
import time
from typing import Any, Final

from moto.xray import urls
from moto.xray.responses import XRayResponse

from .sampling import RuleExistsError, SamplingRules

Answer = str | tuple[str, dict[str, int]]

PATHS: Final = (
    "CreateSamplingRule",
    "GetSamplingRules",
    "SamplingStatisticSummaries",
    "SamplingTargets",
)
"""Where the calls go to (botocore, model of X-Ray's API)."""


def add_sampling() -> None:
    """Adds the calls to moto, once for the process."""
    for path in PATHS:
        urls.url_paths[f"{{0}}/{path}$"] = SamplingResponse.dispatch


class SamplingResponse(XRayResponse):
    """Answers one call; moto names its methods after the calls' paths."""

    def create_sampling_rule(self) -> Answer:
        """Answers CreateSamplingRule."""
        rule: dict[str, Any] = self._get_param("SamplingRule")
        try:
            record = self._rules().create(rule, time.time())
        except RuleExistsError as error:
            return self._error("InvalidRequestException", str(error))
        return json.dumps({"SamplingRuleRecord": record})

    def get_sampling_rules(self) -> Answer:
        """Answers GetSamplingRules, with all rules on one page."""
        return json.dumps({"SamplingRuleRecords": self._rules().records()})

    def sampling_targets(self) -> Answer:
        """Answers GetSamplingTargets."""
        documents: list[dict[str, Any]] = self._get_param("SamplingStatisticsDocuments")
        try:
            return json.dumps(self._rules().report(documents, time.time()))
        except (KeyError, TypeError, ValueError) as error:
            return self._error("InvalidRequestException", f"no SamplingStatisticsDocument: {error}")

    def sampling_statistic_summaries(self) -> Answer:
        """Answers GetSamplingStatisticSummaries, with all rules on one page."""
        return json.dumps({"SamplingStatisticSummaries": self._rules().summaries()})

    def _rules(self) -> SamplingRules:
        backend = self.xray_backend
        prefix = (
            f"arn:{backend.partition}:xray:{backend.region_name}:{backend.account_id}"
            ":sampling-rule/"
        )
        # In moto's own place for what is in the account, so that moto's reset forgets it.
        rules: SamplingRules = vars(backend).setdefault(
            "sampling_rules", SamplingRules(prefix, time.time())
        )
        return rules
