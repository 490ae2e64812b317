"""Reads AWS X-Ray traces and shows them: the service map, the traces and their segments."""

from tools.traces.assembly import assemble_trace
from tools.traces.calls import NodeKey
from tools.traces.model import Segment, SegmentBase, Status, Subsegment, Trace
from tools.traces.page import write_page
from tools.traces.reader import (
    IncompleteReadingError,
    UnknownTraceError,
    create_client,
    read_found,
    read_trace,
    read_traces,
)
from tools.traces.service_graph import ServiceEdge, ServiceGraph, ServiceNode, build_service_graph
from tools.traces.statistics import RequestStatistics
from tools.traces.terminal import render_service_map, render_trace_list
from tools.traces.terminal_trace import render_segment, render_trace

__all__ = [
    "IncompleteReadingError",
    "NodeKey",
    "RequestStatistics",
    "Segment",
    "SegmentBase",
    "ServiceEdge",
    "ServiceGraph",
    "ServiceNode",
    "Status",
    "Subsegment",
    "Trace",
    "UnknownTraceError",
    "assemble_trace",
    "build_service_graph",
    "create_client",
    "read_found",
    "read_trace",
    "read_traces",
    "render_segment",
    "render_service_map",
    "render_trace",
    "render_trace_list",
    "write_page",
]
