"""One resource of each provider that our program needs on a cluster that exists.

Made without the providers' packages: they are started, and nothing else of them is loaded.
"""

import pulumi

pulumi.CustomResource("aws:xray/group:Group", "aws", {"filterExpression": "fault"})
pulumi.CustomResource("docker:index/network:Network", "docker", {"name": "empty"})
pulumi.CustomResource(
    "kubernetes:core/v1:Namespace",
    "kubernetes",
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "empty"}},
)
