"""The X-Ray SDK for Python with Flask, boto3, requests and SQLAlchemy."""

import contextlib
import os

import boto3
import flask
import requests
import sqlalchemy  # pyright: ignore[reportMissingImports]
from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from botocore.exceptions import ClientError

patch(("boto3", "requests", "sqlalchemy_core"))
xray_recorder.configure(service="shop", sampling=False)
app = flask.Flask("shop")
XRayMiddleware(app, xray_recorder)


@app.get("/")
def order() -> str:
    dynamodb = boto3.client("dynamodb")
    dynamodb.list_tables()
    with contextlib.suppress(ClientError):
        dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="one")
    requests.get(os.environ["REMOTE_URL"], timeout=10).raise_for_status()
    return "ordered"


@app.get("/report")
def report() -> str:
    # Neither database nor host has a name here, and so neither has the subsegment.
    with sqlalchemy.create_engine("sqlite://").connect() as database:
        database.execute(sqlalchemy.text("select 1"))
    return "reported"


app.test_client().get("/")
app.test_client().get("/report")
