"""Whether CloudWatch's alarms would ring, as its user guide says that they are evaluated."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from components.canary.alarms import CAUSES, alarm

ARGS: Mapping[str, Any] = {
    "cluster_name": "shop",
    "alarm_topic_arn": None,
    "tags": None,
    "canary_nodes": 1,
    "canary_late_seconds": 10.0,
}


def rings(cause: str, values: Sequence[float | None], **inputs: Any) -> bool:
    """Returns whether an alarm rings after these minutes; None is one without data."""
    told = alarm(cause, {**ARGS, **inputs})
    last, limit = values[-told["evaluation_periods"] :], told["threshold"]
    below = told["comparison_operator"] == "LessThanThreshold"
    missing = told["treat_missing_data"] == "breaching"
    wrong = [
        missing if each is None else (each < limit if below else each > limit) for each in last
    ]
    return len(wrong) == told["evaluation_periods"] and all(wrong)


def ringing(cloudwatch: Any, cluster: str, minutes: int = 3) -> set[str]:
    """Returns the causes whose alarms ring, by the metrics in CloudWatch up to this minute."""
    end = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    found: set[str] = set()
    for cause in CAUSES:
        told = alarm(cause, {**ARGS, "cluster_name": cluster})
        answer = cloudwatch.get_metric_statistics(
            Namespace=told["namespace"],
            MetricName=told["metric_name"],
            Dimensions=[{"Name": "Cluster", "Value": cluster}],
            StartTime=end - timedelta(minutes=minutes),
            EndTime=end,
            Period=60,
            Statistics=[told["statistic"]],
        )
        # moto's are those of the data, not of their minutes.
        by_minute = {
            each["Timestamp"].astimezone(UTC).replace(second=0, microsecond=0): each[
                told["statistic"]
            ]
            for each in answer["Datapoints"]
        }
        starts = [end - timedelta(minutes=minutes - each) for each in range(minutes)]
        values = [by_minute.get(each) for each in starts]
        # The minute that is not over yet counts once there is something in it.
        if rings(cause, values if values[-1] is not None else values[:-1]):
            found.add(cause)
    return found
