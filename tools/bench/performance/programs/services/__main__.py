"""The daemon, and as many services of a user's own as are asked for, each traced by it."""

import gc

# As in our own program, for the same reasons.
gc.disable()

import pulumi
import pulumi_kubernetes as kubernetes

from components import TraceDaemon, trace_environment

daemon = TraceDaemon(
    "xray",
    {"image": "public.ecr.aws/xray/aws-xray-daemon:3.6.6", "region": "eu-west-1"},
)
for number in range(pulumi.Config().require_int("services")):
    name = f"service-{number}"
    kubernetes.apps.v1.Deployment(
        name,
        metadata={"name": name, "namespace": "shop"},
        spec={
            "selector": {"match_labels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "containers": [
                        {
                            "name": name,
                            "image": f"example.com/{name}:1",
                            "env": trace_environment(name, daemon.address),
                        }
                    ]
                },
            },
        },
    )
    kubernetes.core.v1.Service(
        name,
        metadata={"name": name, "namespace": "shop"},
        spec={"selector": {"app": name}, "ports": [{"port": 80}]},
    )

gc.freeze()
gc.enable()
