"""Sampling rules, private endpoints for an existing cluster and, on request, Transaction Search."""

import pulumi
from xray_on_kubernetes import Cluster, Sampling, TransactionSearch, VpcEndpoints

config, region = pulumi.Config(), pulumi.Config("aws").require("region")
cluster = Cluster("cluster", {"cluster_name": config.require("clusterName")})

sampling = Sampling(
    "shop",
    {
        "sampling_rules": [
            # One health check a second is enough.
            {"name": "health", "priority": 100, "url_path": "/healthz", "fixed_rate": 0},
            {"name": "shop", "priority": 200, "service_name": "shop-*", "fixed_rate": 0.1},
        ],
        "trace_groups": [{"name": "shop-faults", "filter_expression": 'service("shop") AND fault'}],
    },
)
endpoints = VpcEndpoints(
    "tracing",
    {
        "region": region,
        "vpc_id": cluster.vpc_id,
        "subnet_ids": cluster.subnet_ids,
        "vpc_endpoints": ["xray", "eks-auth"],
    },
)
if config.get_bool("transactionSearch"):
    search = TransactionSearch("search", {"region": region, "indexing_percent": 5})
    pulumi.export("destination", search.destination)

pulumi.export("ruleArns", sampling.rule_arns)
pulumi.export("endpointIds", endpoints.endpoint_ids)
