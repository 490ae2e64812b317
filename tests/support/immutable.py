"""Inputs that nobody changes of a resource that is there: another value makes another resource."""

from collections.abc import Mapping
from typing import Any, Final

from tools.lab.deployment import KUBERNETES_PREFIX, Resource

IMMUTABLE: Final[Mapping[str, set[str]]] = {
    # Its name stays, whatever it would be called now (components/cluster/transform.py).
    "eks:index:Cluster": {
        *("serviceRole", "ipFamily", "kubernetesServiceIpAddressRange"),
        *("bootstrapSelfManagedAddons", "encryptionConfigKeyArn"),
    },
    "eks:index:ManagedNodeGroup": {
        *("amiType", "capacityType", "diskSize", "instanceTypes", "nodeGroupName"),
        *("nodeRoleArn", "subnetIds"),
    },
    "aws:cloudwatch/logGroup:LogGroup": {"name"},
    "aws:ec2/eip:Eip": {"domain"},
    "aws:ec2/natGateway:NatGateway": {"allocationId", "subnetId"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"name"},
    "aws:ec2/route:Route": {"routeTableId", "destinationCidrBlock"},
    "aws:ec2/routeTable:RouteTable": {"vpcId"},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"subnetId"},
    "aws:ec2/securityGroup:SecurityGroup": {"description", "name", "vpcId"},
    "aws:ec2/subnet:Subnet": {"availabilityZone", "cidrBlock", "vpcId"},
    "aws:ec2/vpc:Vpc": {"cidrBlock"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"serviceName", "vpcEndpointType", "vpcId"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"repository"},
    "aws:ecr/repository:Repository": {"name", "encryptionConfigurations"},
    "aws:eks/addon:Addon": {"addonName", "clusterName"},
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
        *("clusterName", "namespace", "serviceAccount"),
    },
    "aws:iam/policy:Policy": {"description", "name", "path"},
    "aws:iam/role:Role": {"name", "path"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"policyArn", "role"},
    "aws:kms/key:Key": {"customerMasterKeySpec", "keyUsage", "multiRegion"},
    "aws:xray/group:Group": {"groupName"},
    "aws:xray/samplingRule:SamplingRule": {"ruleName", "version"},
    "pulumi:providers:kubernetes": {"clusterIdentifier"},
}
"""By type (hashicorp/terraform-provider-aws, internal/service: ForceNew; a cluster's key where it
is taken away; pulumi/pulumi-kubernetes, provider.go, DiffConfig)."""

APPS_PREFIX: Final = f"{KUBERNETES_PREFIX}apps/"
"""How types begin whose selector is immutable (pulumi/pulumi-kubernetes, provider/diff.go)."""

NEW_FOR_NEW_CONTENTS: Final = {"kubernetes:core/v1:ConfigMap"}
"""Types whose objects are never changed: their names tell their contents."""


def immutable_inputs(resource: Resource) -> dict[str, Any]:
    """Returns the inputs of a resource that would replace it if they had other values."""
    if resource.type.startswith(KUBERNETES_PREFIX):
        return {} if resource.type in NEW_FOR_NEW_CONTENTS else _identity(resource)
    kept = IMMUTABLE.get(resource.type, set())
    return {name: value for name, value in resource.inputs.items() if name in kept}


def _identity(resource: Resource) -> dict[str, Any]:
    """Returns what Kubernetes never changes of an object that is there."""
    metadata, spec = resource.inputs["metadata"], resource.inputs.get("spec", {})
    values = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata.get("namespace"),
        "spec.selector": spec.get("selector") if resource.type.startswith(APPS_PREFIX) else None,
        "spec.clusterIP": spec.get("clusterIP"),
    }
    return {name: value for name, value in values.items() if value is not None}
