"""OpenTelemetry for Python with Flask, boto3 and requests."""

import contextlib
import os

from opentelemetry.instrumentation import auto_instrumentation

auto_instrumentation.initialize()

import boto3  # noqa: E402
import flask  # noqa: E402
import requests  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

app = flask.Flask("shop")


@app.get("/")
def order() -> str:
    dynamodb = boto3.client("dynamodb")
    dynamodb.list_tables()
    with contextlib.suppress(ClientError):
        dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})
    requests.get(os.environ["REMOTE_URL"], timeout=10).raise_for_status()
    return "ordered"


app.test_client().get("/")
