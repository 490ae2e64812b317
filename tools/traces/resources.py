"""Names the resources a segment ran on: the pod, the instance, the cluster and so on."""

from collections.abc import Iterator
from typing import NamedTuple

from tools.traces.formatting import format_json
from tools.traces.json_values import JsonObject
from tools.traces.model import Segment, SegmentBase

_LABELS = {
    "eks.pod": "Pod",
    "eks.cluster_name": "Cluster",
    "eks.container_id": "Container",
    "ec2.instance_id": "Instance",
    "ec2.availability_zone": "Availability zone",
    "ec2.instance_size": "Instance size",
    "ec2.ami_id": "Machine image",
    "ecs.container": "ECS container",
    "ecs.container_id": "Container",
    "ecs.container_arn": "Container ARN",
    "ecs.task_arn": "Task ARN",
    "ecs.task_family": "Task family",
    "ecs.cluster_arn": "Cluster ARN",
    "elastic_beanstalk.environment_name": "Environment",
    "elastic_beanstalk.version_label": "Version",
    "elastic_beanstalk.deployment_id": "Deployment",
    "account_id": "Account",
    "region": "Region",
    "operation": "Operation",
    "request_id": "Request ID",
    "resource_names": "Resources",
    "table_name": "Table",
    "bucket_name": "Bucket",
    "queue_url": "Queue URL",
    "function_arn": "Function ARN",
    "function_name": "Function",
    "retries": "Retries",
    "xray.sdk": "X-Ray SDK",
    "xray.sdk_version": "X-Ray SDK version",
    "xray.auto_instrumentation": "Auto-instrumentation",
}


class Field(NamedTuple):
    """A label and a value to show beside it."""

    label: str
    value: str


def list_resources(record: SegmentBase) -> list[Field]:
    """Return what ran the segment, the ones looked for first in front.

    The ``aws`` block is flattened; fields without a label of their own are shown by their
    path in it, such as ``lambda.memory_mb``, and fields that are null aren't known.
    """
    fields: list[Field] = []
    if isinstance(record, Segment):
        if record.origin:
            fields.append(Field("Origin", record.origin))
        if record.resource_arn:
            fields.append(Field("Resource ARN", record.resource_arn))
    values = dict(flatten(record.aws, nulls=False))
    known = [path for path in _LABELS if path in values]
    other = [path for path in values if path not in _LABELS]
    return fields + [Field(_LABELS.get(path, path), values[path]) for path in (*known, *other)]


def flatten(value: JsonObject, *, nulls: bool = True) -> Iterator[tuple[str, str]]:
    """Yield each value of a JSON object as text, with its path joined by dots.

    ``nulls`` says whether values that are null are among them.
    """
    waiting: list[tuple[str, object]] = [(str(key), item) for key, item in value.items()]
    waiting.reverse()
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, dict) and item:
            waiting.extend((f"{path}.{key}", item[key]) for key in reversed(list(item)))
        elif nulls or item is not None:
            yield path, format_value(item)


def format_value(value: object) -> str:
    """Return a JSON value as the text to show for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(map(str, value))
    return format_json(value)
