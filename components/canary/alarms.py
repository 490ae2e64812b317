"""The alarms, dashboard and Prometheus rules of a canary, from two tables."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

import yaml

from ..access.policies import METRIC_NAMESPACE

FOLDER: Final = Path(__file__).parent

TABLE: Final[Mapping[str, Any]] = yaml.safe_load((FOLDER / "alarms.yaml").read_text("utf-8"))

MINUTES: Final = 2
"""One after the other that are wrong until an alarm rings."""

WARM_UP: Final = {
    "warm_up_period_duration_in_minutes": 10,
    "only_start_evaluating_after_warm_up_period_ends": True,
}
"""While the first canaries start, no word is no news (CloudWatch user guide, alarm-warm-up)."""

CAUSES: Final[Mapping[str, Mapping[str, Any]]] = TABLE["alarms"]


def description(cause: str) -> str:
    """Returns what is wrong when an alarm rings, and what would help."""
    said = CAUSES[cause]["say"]
    return " ".join(filter(None, (TABLE["sentences"].get(said, said), CAUSES[cause].get("more"))))


def _limit(cause: str, args: Mapping[str, Any]) -> float:
    limit = CAUSES[cause].get("below", CAUSES[cause].get("above", 0))
    return args.get(limit, limit)


def alarm(cause: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the inputs of the CloudWatch alarm for a cause."""
    row, below = CAUSES[cause], "below" in CAUSES[cause]
    actions = [each for each in (args["alarm_topic_arn"],) if each is not None]
    metric = {"namespace": METRIC_NAMESPACE, "metric_name": row["metric"], "period": 60}
    metric["dimensions"] = {"Cluster": args["cluster_name"]}
    # Missing minutes would count once a whole evaluation range has none, filled ones count at once
    # (CloudWatch user guide, alarms-and-missing-data; using-metric-math, FILL).
    said = {"id": "said", "metric": {**metric, "stat": "SampleCount"}}
    queries = [said, {"id": "filled", "expression": "FILL(said, 0)", "return_data": True}]
    counted = {"metric_queries": queries, "warm_up_configuration": WARM_UP}
    return {
        "alarm_description": description(cause),
        **(counted if below else {**metric, "statistic": "Maximum"}),
        "evaluation_periods": MINUTES,
        "comparison_operator": "LessThanThreshold" if below else "GreaterThanThreshold",
        "threshold": _limit(cause, args),
        "treat_missing_data": "breaching" if below else "notBreaching",
        "alarm_actions": actions,
        "ok_actions": actions,
        "tags": args["tags"],
    }


def dashboard(region: str, cluster: str, alarms: Sequence[str]) -> str:
    """Returns the body of the dashboard: the alarms, and a line for each node."""
    known = {"region": region, "cluster": cluster, "namespace": METRIC_NAMESPACE}
    text = Template((FOLDER / "dashboard.yaml").read_text("utf-8"))
    return json.dumps(yaml.safe_load(text.safe_substitute(known, alarms=json.dumps([*alarms]))))


def dashboard_name(cluster: str) -> str:
    """Returns the dashboard's name, of letters, digits, - and _ (API reference, PutDashboard)."""
    return re.sub(r"[^0-9A-Za-z_-]", "-", f"xray-canary-{cluster}")


def prometheus_rules(args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the rules of the same alarms, for a Prometheus that scrapes the canaries."""
    return [
        {
            "alert": f"XRayCanary{cause.title().replace('-', '')}",
            "expr": f"{_series(row)} {_limit(cause, args)}",
            "for": f"{MINUTES}m",
            "labels": {"severity": "warning"},
            "annotations": {"description": description(cause)},
        }
        for cause, row in CAUSES.items()
    ]


def _series(row: Mapping[str, Any]) -> str:
    name = f"xray_canary_{row['metric'].lower()}"
    return f"(count({name}) or vector(0)) <" if "below" in row else f"max({name}) >"
