"""A change of the backend under load: daemon, collector, daemon."""

import os
import platform
from pathlib import Path
from typing import Final

import pytest

from tests.support.open_telemetry_collector import COLLECTOR, needs_collector
from tools.bench.contenders import ours, ours_with_collector
from tools.bench.stage import Stage
from tools.bench.switch import measure_switch
from tools.bench.xray_api import start_xray_api
from tools.lab.api_server import ApiServer
from tools.rehearsal.collector_program import find_collector
from tools.rehearsal.daemon_program import find_daemon
from tools.rehearsal.on_cluster.images import Images
from tools.rehearsal.on_cluster.stage import (
    STAND_IN_MEMORY,
    address_towards,
    architecture_of_this_machine,
)

pytestmark = [pytest.mark.cluster, needs_collector]

SECONDS: Final = 90
"""A third for each backend: a rollout takes about half of that."""


def test_a_change_of_the_backend_and_back_loses_no_segment(kubeconfig: str, tmp_path: Path) -> None:
    daemon, collector = find_daemon(_given("DAEMON")), find_collector(Path(str(COLLECTOR)))
    architecture = architecture_of_this_machine(platform.machine())
    images = Images(os.environ.get("LOAD"), architecture, tmp_path)
    api_server = ApiServer(Path(kubeconfig))
    with start_xray_api(address_towards(api_server)) as api:
        before = (
            ours(api.endpoint, images.stand_in(daemon), STAND_IN_MEMORY)
            if daemon.stand_in
            else ours(api.endpoint, images.program(daemon))
        )
        after = ours_with_collector(api.endpoint, images.program(collector))
        try:
            stage = Stage(api_server, images.sample_services())
            switched = measure_switch(stage, api, before, after, SECONDS)
        finally:
            api_server.delete_all()
    assert [each.sent for each in switched] == [500 * SECONDS] * 2
    assert [each.lost for each in switched] == [0, 0]


def _given(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
