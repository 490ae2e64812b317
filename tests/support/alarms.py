"""Whether CloudWatch's alarms would ring, as its user guide says that they are evaluated."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from components.canary.alarms import CAUSES, alarm

ARGS: Mapping[str, Any] = {
    "cluster_name": "shop",
    "alarm_topic_arn": None,
    "tags": None,
    "canary_nodes": 1,
    "canary_late_seconds": 10.0,
}


RANGE: Final = 5
"""Minutes of an evaluation range, as in the guide's example; it doesn't say how many there are."""


def in_alarm(wrong: Sequence[bool | None], periods: int, missing: bool) -> bool:
    """Returns whether data points that are wrong make an alarm; None is a missing one.

    Missing ones count only where there are fewer than periods (user guide,
    alarms-and-missing-data).
    """
    there = [each for each in wrong[-RANGE:] if each is not None][-periods:]
    return all(there) and (missing or len(there) == periods)


def rings(cause: str, values: Sequence[float | None], **inputs: Any) -> bool:
    """Returns whether an alarm rings after these minutes; None is one without data."""
    told = alarm(cause, {**ARGS, **inputs})
    limit, below = told["threshold"], told["comparison_operator"] == "LessThanThreshold"
    if "metric_queries" in told:  # FILL(…, 0)
        values = [each or 0 for each in values]
    wrong = [None if each is None else (each < limit if below else each > limit) for each in values]
    return in_alarm(wrong, told["evaluation_periods"], told["treat_missing_data"] == "breaching")


def ringing(cloudwatch: Any, cluster: str) -> set[str]:
    """Returns the causes whose alarms ring, by CloudWatch's metrics of minutes that are over."""
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    starts = [end - timedelta(minutes=each) for each in range(RANGE, 0, -1)]
    found: set[str] = set()
    for cause in CAUSES:
        told = alarm(cause, {**ARGS, "cluster_name": cluster})
        metric = told["metric_queries"][0]["metric"] if "metric_queries" in told else told
        statistic = metric.get("stat") or metric["statistic"]
        answer = cloudwatch.get_metric_statistics(
            Namespace=metric["namespace"],
            MetricName=metric["metric_name"],
            Dimensions=[{"Name": "Cluster", "Value": cluster}],
            StartTime=starts[0],
            EndTime=end,
            Period=metric["period"],
            Statistics=[statistic],
        )
        # moto's times are those of the data, not of their minutes.
        by_minute = {
            each["Timestamp"].astimezone(UTC).replace(second=0, microsecond=0): each[statistic]
            for each in answer["Datapoints"]
        }
        if rings(cause, [by_minute.get(each) for each in starts]):
            found.add(cause)
    return found
