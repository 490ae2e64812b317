"""Reads AWS X-Ray traces and shows them: the service map, the traces and their segments."""

from .page import write_page
from .reader import create_client, read_found, read_traces
from .records import Status
from .service_graph import ServiceGraph, build_service_graph
from .terminal import render_service_map
from .trace import Trace, assemble_trace

__all__ = [
    "ServiceGraph",
    "Status",
    "Trace",
    "assemble_trace",
    "build_service_graph",
    "create_client",
    "read_found",
    "read_traces",
    "render_service_map",
    "write_page",
]
