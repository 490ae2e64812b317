"""The page in a Chromium: what is tried is in browser/page.mjs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tools.traces.documents_for_tests import trace_of, two_services
from tools.traces import page as traces_page
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import Trace

HERE = Path(__file__).parent / "browser"
CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM or not shutil.which("npm"), reason="needs Chromium and npm")
def test_the_page_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces_page, "MOST_TRACE_BYTES", 10_000_000)
    traces: list[Trace] = []
    for number in range(500):
        calling, called = two_services(f"trace-{number}", number, 502 if number % 10 == 0 else 200)
        for document in (calling, called):
            document["aws"] = {"eks": {"pod": f"pod-{number}"}}
            document["end_time"] += number / 100
        calling |= {"parent_id": "53995c3f42cd8ad8", "annotations": {"pod": f"pod-{number}"}}
        calling["user"] = "default\u202euser"
        traces.append(trace_of(calling, called, trace_id=f"trace-{number}"))
    graph = build_service_graph(traces)
    for name, limit in {"page.html": 500, "small.html": 20}.items():
        html = traces_page.render_page(traces, graph, "Traces", limit=limit, region="eu-west-1")
        (tmp_path / name).write_text(html, encoding="utf-8")
    shutil.copy(HERE / "package.json", tmp_path)
    subprocess.run(["npm", "install", "--no-package-lock"], cwd=tmp_path, check=True)
    command = ["node", HERE / "page.mjs", CHROMIUM or "", tmp_path, tmp_path / "page.html"]
    command += filter(None, [os.environ.get("SCREENSHOTS")])
    tried = subprocess.run(command, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stdout + tried.stderr
