"""Records what the programs send, or those that are named: `python -m tests.clients xray-node`."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clients.clients import (
    CLIENTS,
    RECORDED,
    aws_here,
    by_collector,
    documents_of,
    sent_by,
    through_collector,
    well_formed,
)

for name in sys.argv[1:] or CLIENTS:
    with aws_here() as aws, TemporaryDirectory() as one, TemporaryDirectory() as other:
        if name.startswith("xray-"):
            sent = sent_by(name, Path(one), aws)
            traces = through_collector(well_formed(sent), Path(other), aws)
        else:
            sent, traces = [], by_collector(name, Path(other), aws)
        recorded = {"sent": sent, "collector": documents_of(traces)}
    RECORDED.mkdir(exist_ok=True)
    text = json.dumps(recorded).replace('}, {"', '},\n{"')
    (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")
