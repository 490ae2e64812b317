"""A canary on every node: a marked trace a minute, which is looked for in X-Ray."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import PodSpecArgsDict
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict
from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgsDict

from ..access.write_access import WRITE_ACCESS, RoleArgs, WriteAccess, WriteAccessArgs
from ..agent.agent import Port
from ..agent.args import TRACE_DAEMON, NodePodArgs
from ..agent.network_policy import network_policy_spec
from ..agent.pod.credentials import with_role
from ..agent.pod.environment import way_to_aws
from ..agent.pod.labels import relies_on, selector_labels, standard_labels
from ..agent.pod.node_pod import on_each_node
from ..aws_values import TOPIC_ARN
from ..choices import Tracing
from ..component import Component
from ..constraints import Constraint, number, whole
from ..inputs import Inputs
from ..kubernetes_provider import without_kubernetes_provider
from ..samples.pods import HTTP_PORT, sample_pod_spec
from .alarms import CAUSES, alarm, dashboard, dashboard_name, prometheus_rules

CANARY_NAME: Final = "xray-canary"
"""Name of the DaemonSet, its pods, their service account, and the Service for metrics."""


class TraceCanaryArgs(NodePodArgs, RoleArgs):
    """Inputs of `TraceCanary`."""

    image: pulumi.Input[str]
    """`SampleServices.image`, or another build of `images/sample-service`."""

    cluster_name: pulumi.Input[str]
    """The cluster's name, which metrics, alarms and traces carry."""

    daemon_address: pulumi.Input[str]
    """`TraceDaemon.address`."""

    daemon_labels: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """`TraceDaemon.labels`."""

    daemon_ports: pulumi.Input[Mapping[str, pulumi.Input[int]]]
    """`TraceDaemon.ports`; a trace goes to each that takes some."""

    canary_nodes: NotRequired[int]
    """How many nodes are to say something each minute; with fewer an alarm rings."""

    canary_late_seconds: NotRequired[float]
    """Seconds until a trace arrives, above which it is late."""

    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of an SNS topic that alarms are sent to. Default: none."""

    prometheus_rule: NotRequired[bool]
    """Whether to make a PrometheusRule too, which needs the Prometheus operator."""


_OURS: Final = TraceCanaryArgs.__annotations__

TRACE_CANARY: Final = Inputs(
    TraceCanaryArgs,
    {
        **{e: its for e, its in TRACE_DAEMON.defaults.items() if e in NodePodArgs.__annotations__},
        "canary_nodes": 1,
        "canary_late_seconds": 10.0,
        "prometheus_rule": False,
    },
    {
        **{name: each for name, each in WRITE_ACCESS.constraints.items() if name in _OURS},
        **{name: each for name, each in TRACE_DAEMON.constraints.items() if name in _OURS},
        "daemon_ports": Constraint("ports by names, proxy among them", lambda e: "proxy" in e),
        "canary_nodes": whole(1, 100_000),
        # The program gives up after 25.
        "canary_late_seconds": number(1, 25),
        "alarm_topic_arn": TOPIC_ARN,
    },
)


class TraceCanary(Component):
    """Sends a marked trace from every node each minute, and says when traces stop.

    Makes a DaemonSet, its ServiceAccount with a role of its own (see `WriteAccess`), a Service by
    which a canary reads the metrics of its node's collector, a NetworkPolicy, an alarm for each
    cause, a dashboard, and a PrometheusRule where one is asked for.

    Raises:
        pulumi.RunError: An input is wrong.
    """

    alarm_arns: pulumi.Output[Sequence[str]]
    """ARNs of the alarms."""

    def __init__(
        self, name: str, args: TraceCanaryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        own, provider = without_kubernetes_provider(opts)
        super().__init__(name, own)
        self._args = cast(dict[str, Any], TRACE_CANARY.complete(args, f"TraceCanary {name}"))
        self._on_cluster = pulumi.ResourceOptions(parent=self, provider=provider)
        self._labels = standard_labels(CANARY_NAME, "canary")
        self._metadata: ObjectMetaArgsDict = {
            "name": CANARY_NAME,
            # Once it is there.
            "namespace": pulumi.Output.from_input(self._args["daemon_address"]).apply(
                lambda _: self._args["namespace"]
            ),
            "labels": self._labels,
        }

        access = self._create_access()
        canaries = self._create_daemon_set(access)
        self._create_metrics_service()
        if self._args["platform"]["network_policy"]:
            self._create_network_policy()
        if self._args["prometheus_rule"]:
            self._create_prometheus_rule()
        self.alarm_arns = self._create_alarms(canaries)
        self._create_dashboard()
        self._register()

    def _create_access(self) -> WriteAccess:
        """Makes the role, and the service account that has it."""
        shared = WriteAccessArgs.__annotations__
        inputs = {key: value for key, value in self._args.items() if key in shared}
        inputs |= {"service_account": CANARY_NAME, "canary": True}
        access = WriteAccess(f"{self._name}-access", cast(WriteAccessArgs, inputs), self._child)
        kubernetes.core.v1.ServiceAccount(
            f"{self._name}-service-account",
            metadata={**self._metadata, "annotations": access.service_account_annotations},
            automount_service_account_token=False,
            opts=self._on_cluster,
        )
        return access

    def _create_daemon_set(self, access: WriteAccess) -> pulumi.Resource:
        relied_on = relies_on([access.granted_policy_arn, *self._args["prerequisites"]])
        scraped = {"prometheus.io/scrape": "true", "prometheus.io/port": str(HTTP_PORT)}
        return kubernetes.apps.v1.DaemonSet(
            f"{self._name}-daemon-set",
            metadata={**self._metadata, "annotations": relied_on},
            spec={
                "selector": {"match_labels": selector_labels(CANARY_NAME)},
                "template": {
                    "metadata": {"labels": self._labels, "annotations": scraped},
                    "spec": self._pod_spec(access),
                },
            },
            opts=self._on_cluster,
        )

    def _pod_spec(self, access: WriteAccess) -> PodSpecArgsDict:
        """Returns a sample service's pod with another program, which is on every node."""
        args = self._args
        ports = self._ports().apply(lambda known: json.dumps(known, sort_keys=True))
        pod = sample_pod_spec(
            {**args, "sample_image": args["image"]},
            name=CANARY_NAME,
            image=args["image"],
            tracing=Tracing.XRAY_SDK,
            environment={"AWS_REGION": args["region"], "AGENT_PORTS": ports},
            module="sample_service.canary",
        )
        (container,) = cast(list[dict[str, Any]], pod["containers"])
        on_node = cast(NodePodArgs, args)
        container["env"] += way_to_aws(on_node)
        pod = on_each_node(pod, on_node)
        pod["service_account_name"] = CANARY_NAME
        annotated = {"service_account_annotations": access.service_account_annotations}
        return with_role(pod, {**args, **annotated})

    def _ports(self) -> pulumi.Output[Mapping[str, int]]:
        given = pulumi.Output.from_input(self._args["daemon_ports"])  # Floats by other languages.
        return given.apply(lambda known: {name: int(port) for name, port in known.items()})

    def _create_metrics_service(self) -> None:
        # A Service has one port at least: where an agent has no metrics, nobody asks.
        port = self._ports().apply(lambda known: known.get("metrics", known["proxy"]))
        kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata,
            spec={
                "type": "ClusterIP",
                "internal_traffic_policy": "Local",
                "selector": self._args["daemon_labels"],
                "ports": [{"name": "agent", "port": port, "protocol": "TCP"}],
            },
            opts=self._on_cluster,
        )

    def _create_network_policy(self) -> None:
        args, port = {**self._args, "ingress_namespaces": ()}, Port("http", HTTP_PORT)
        spec = network_policy_spec(args, selector_labels(CANARY_NAME), [port], None)
        to_agent = [{"pod_selector": {"match_labels": self._args["daemon_labels"]}}]
        egress = [*cast(list[Any], spec["egress"]), {"to": to_agent}]
        kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-network-policy",
            metadata=self._metadata,
            spec=cast(NetworkPolicySpecArgsDict, {**spec, "egress": egress}),
            opts=self._on_cluster,
        )

    def _create_prometheus_rule(self) -> None:
        kubernetes.apiextensions.CustomResource(
            f"{self._name}-prometheus-rule",
            api_version="monitoring.coreos.com/v1",
            kind="PrometheusRule",
            metadata=self._metadata,
            spec={"groups": [{"name": CANARY_NAME, "rules": prometheus_rules(self._args)}]},
            opts=self._on_cluster,
        )

    def _create_alarms(self, canaries: pulumi.Resource) -> pulumi.Output[Sequence[str]]:
        own = pulumi.ResourceOptions(parent=self, depends_on=canaries)
        made = aws.cloudwatch.MetricAlarm
        alarms = (made(f"{self._name}-{e}", **alarm(e, self._args), opts=own) for e in CAUSES)
        return pulumi.Output.all(*(each.arn for each in alarms))

    def _create_dashboard(self) -> None:
        cluster = pulumi.Output.from_input(self._args["cluster_name"]).apply(str)
        body = pulumi.Output.all(self._args["region"], cluster, self.alarm_arns)
        aws.cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            dashboard_name=cluster.apply(dashboard_name),
            dashboard_body=body.apply(lambda known: dashboard(*known)),
            opts=self._child,
        )
