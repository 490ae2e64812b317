"""Records what the programs send, or those that are named: `python -m tests.clients xray-node`."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clients.clients import FOLDER, OPEN_TELEMETRY, X_RAY, documents_of

for name in sys.argv[1:] or X_RAY + OPEN_TELEMETRY:
    with TemporaryDirectory() as directory:
        documents = documents_of(name, Path(directory))
    text = json.dumps(documents).replace('}, {"', '},\n{"')
    (FOLDER / f"recorded/{name}.json").write_text(text + "\n", encoding="utf-8")
