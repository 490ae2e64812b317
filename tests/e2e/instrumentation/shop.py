"""Asks the next service, in Python; nothing here traces."""

import os

import requests
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> dict[str, str]:
    return {"shop": requests.get(os.environ["NEXT_URL"], timeout=20).text}


app.run(host="0.0.0.0", port=int(os.environ["PORT"]))
