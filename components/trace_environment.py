"""What an application's pod template needs to be traced."""

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgsDict


def trace_environment(name: str, daemon_address: pulumi.Input[str]) -> list[EnvVarArgsDict]:
    """Returns the environment variables by which X-Ray's SDKs find the daemon.

    Args:
        name: What the application is called on the service map.
        daemon_address: `TraceDaemon.address`.
    """
    return [
        {"name": "AWS_XRAY_DAEMON_ADDRESS", "value": daemon_address},
        {"name": "AWS_XRAY_TRACING_NAME", "value": name},
        # A request without a trace is logged, not refused.
        {"name": "AWS_XRAY_CONTEXT_MISSING", "value": "LOG_ERROR"},
    ]
