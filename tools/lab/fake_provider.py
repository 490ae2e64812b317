"""A fake of the program's providers, which answers at once and makes nothing."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import botocore.session

from .deployment import KUBERNETES_PREFIX, Made, Resource, child_of, reference_to
from .errors import NothingFoundError, ToolError

ACCOUNT: Final = "123456789012"
"""The account that everything seems to be in."""

ZONE_LETTERS: Final = "abd"
"""The zones of a region; c of us-east-1 would be one without EKS here."""

ID_PREFIXES: Final = {
    **{"Eip": "eipalloc", "InternetGateway": "igw", "LaunchTemplate": "lt", "NatGateway": "nat"},
    **{"RouteTable": "rtb", "SecurityGroup": "sg", "Subnet": "subnet", "Vpc": "vpc"},
    **{"VpcEndpoint": "vpce"},
}
"""How the ids of EC2 begin, by kind (EC2 user guide, resource ids)."""


class FakeProvider:
    """Gives what a provider computes; in a preview it computes nothing, as a provider does."""

    def __init__(
        self,
        region: str,
        *,
        preview: bool = False,
        stacks: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Makes a provider.

        Args:
            region: AWS region of everything.
            preview: Whether nothing is made yet.
            stacks: Outputs of other stacks, by their names.
        """
        self.region = region
        self.partition = partition_of(region)["partition"]
        self._zones: dict[str, str] = {}
        self._preview = preview
        self._stacks = stacks or {}

    def create(self, resource: Resource) -> Made:
        """Returns what came of a resource."""
        if resource.type == "eks:index:Cluster":
            return self._create_cluster(resource)
        if resource.type == "pulumi:pulumi:StackReference":
            outputs = dict(self._stacks[resource.inputs["name"]])
            return Made(resource.name, {**resource.inputs, "outputs": outputs}, "")
        return self._made(resource)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a function's answer.

        Raises:
            NothingFoundError: It finds nothing here.
            ToolError: It is not known here.
        """
        name = token.rsplit(":", 1)[1]
        if name == "getVpcEndpoint":
            raise NothingFoundError(f"{name}: couldn't find resource")
        answers = self._answers(arguments)
        if name not in answers:
            raise ToolError(f"there is no answer here to the function {token}.")
        return answers[name]

    def issuer(self, cluster_name: str) -> str:
        """Returns the URL of the OIDC issuer of an EKS cluster."""
        return f"https://{cluster_name}.eks.{self.region}.amazonaws.com/id"

    def cluster(self, name: str) -> dict[str, Any]:
        """Returns an EKS cluster as the AWS provider describes one."""
        return {
            "arn": f"arn:{self.partition}:eks:{self.region}:{ACCOUNT}:cluster/{name}",
            "version": "1.36",
            "endpoint": f"https://{name}.eks.{self.region}.amazonaws.com",
            "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
            "certificateAuthorities": [{"data": "Y2VydGlmaWNhdGU="}],
            "identities": [{"oidcs": [{"issuer": self.issuer(name)}]}],
            "computeConfigs": [{"enabled": name.startswith("auto")}],
            "kubernetesNetworkConfigs": [{"ipFamily": "ipv6" if "ipv6" in name else "ipv4"}],
            "status": "ACTIVE",
            "vpcConfig": {
                "vpcId": "vpc-0123456789abcdef0",
                "subnetIds": [f"subnet-0123456789abcde0{number}" for number in range(4)],
            },
        }

    def _answers(self, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        cluster, subnet = arguments.get("name", ""), arguments.get("id", "")
        zones = [f"{self.region}{zone}" for zone in ZONE_LETTERS]
        services = sorted((arguments.get("filters") or [{}])[0].get("values", [""]))
        # In China, the gateway is named as elsewhere (AWS CDK, vpc-endpoint.ts).
        service = services[-1 if arguments.get("serviceType") == "Gateway" else 0]
        return {
            "getAddon": {"addonName": arguments.get("addonName", "")},
            "getAuthorizationToken": {"userName": "AWS", "password": "a-token"},
            "getAvailabilityZones": {"names": zones},
            "getCallerIdentity": {"accountId": ACCOUNT},
            "getCluster": {"name": cluster} | self.cluster(cluster),
            "getNodeGroups": {"names": [] if arguments.get("clusterName") == "auto" else ["a"]},
            "getOpenIdConnectProvider": {"arn": self._oidc_provider(arguments.get("url", ""))},
            "getPartition": partition_of(self.region),
            "getPrefixList": {"id": "pl-0123456789abcdef0"},
            "getRouteTables": {"ids": [] if "filters" in arguments else ["rtb-0123456789abcdef0"]},
            "getSubnet": {
                "id": subnet,
                "vpcId": "vpc-0123456789abcdef0",
                "availabilityZone": self._zone_of(subnet),
                "availabilityZoneId": self.zone_id_of(subnet),
                "outpostArn": "",
            },
            "getSubnets": {"ids": [f"subnet-0123456789abcde0{number}" for number in range(4)]},
            "getVpc": {
                "id": "vpc-0123456789abcdef0",
                "cidrBlockAssociations": [{"cidrBlock": "172.31.0.0/16", "state": "associated"}],
                "ipv6CidrBlockAssociations": [],
            },
            "getVpcEndpointService": {"serviceName": service, "availabilityZones": zones},
        }

    def zone_id_of(self, subnet_id: str) -> str:
        """Returns the id of a subnet's zone; here, `use1-az3` is that of `us-east-1c`."""
        region = re.sub("-([a-z]?)[a-z]*", r"\1", self.region)
        return f"{region}-az{ord(self._zone_of(subnet_id)[-1]) - ord('a') + 1}"

    def _zone_of(self, subnet_id: str) -> str:
        letter = ZONE_LETTERS[sum(map(ord, subnet_id)) % 3]
        return self._zones.get(subnet_id, f"{self.region}{letter}")

    def _oidc_provider(self, issuer: str) -> str:
        host = issuer.removeprefix("https://")
        return f"arn:{self.partition}:iam::{ACCOUNT}:oidc-provider/{host}"

    def _made(self, resource: Resource) -> Made:
        inputs = dict(resource.inputs)
        if self._preview or resource.type.startswith(KUBERNETES_PREFIX):
            return Made("" if self._preview else resource.name, inputs, "")
        name = str(inputs.get("name", resource.name))
        identity = _identity_of(resource) or name
        if resource.type == "aws:ec2/subnet:Subnet":
            self._zones[identity] = inputs.get("availabilityZone", self._zone_of(identity))
        return Made(identity, {"name": name} | inputs | self._computed(resource, name), "")

    def _computed(self, resource: Resource, name: str) -> dict[str, Any]:
        service = resource.type.split(":")[1].split("/")[0]
        kind = resource.type.rsplit(":", 1)[1].lower()
        arn = f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{kind}/{name}"
        match resource.type:
            case "aws:iam/role:Role" | "aws:iam/policy:Policy":
                return {"arn": f"arn:{self.partition}:iam::{ACCOUNT}:{kind}/{name}"}
            case "aws:ec2/eip:Eip":
                return {"allocationId": _identity_of(resource)}
            case "aws:ecr/repository:Repository":
                registry = f"{ACCOUNT}.dkr.ecr.{self.region}.amazonaws.com"
                return {"registryId": ACCOUNT, "repositoryUrl": f"{registry}/{name}"}
            case "aws:ec2/launchTemplate:LaunchTemplate":
                return {"latestVersion": 1}
            case "aws:eks/cluster:Cluster":
                return self.cluster(name)
            case "docker:index/image:Image":
                repository = resource.inputs["imageName"].rsplit(":", 1)[0]
                return {"repoDigest": f"{repository}@{_digest_of(repository)}"}
            case "docker-build:index:Image" | "docker-build:index:Index":
                tag = resource.inputs.get("tag") or resource.inputs["tags"][0]
                return {"digest": _digest_of(tag), "ref": f"{tag}@{_digest_of(tag)}"}
            case _:
                return {"arn": arn} if resource.type.startswith("aws:") else {}

    def _create_cluster(self, component: Resource) -> Made:
        """Stands in for pulumi-eks, whose component makes the cluster inside itself."""
        cluster = child_of(component, "aws:eks/cluster:Cluster", f"{component.name}-eksCluster")
        made = self._made(cluster)
        outputs: dict[str, Any] = {"eksCluster": reference_to(cluster, made.id)}
        if not self._preview:
            outputs["oidcProviderArn"] = self._oidc_provider(self.issuer(cluster.name))
            outputs["autoModeNodeRoleName"] = f"{component.name}-auto"
        return Made("", outputs, "", inside=((cluster, made),))


def _digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _identity_of(resource: Resource) -> str | None:
    """Returns an id as EC2 gives one, which another parent does not change; others have names."""
    prefix = ID_PREFIXES.get(resource.type.rpartition(":")[2])
    return prefix and f"{prefix}-{hashlib.sha256(resource.name.encode()).hexdigest()[:17]}"


@cache
def partition_of(region: str) -> dict[str, str]:
    """Returns what AWS's provider says of the partition that a region is in."""
    resolver: Any = botocore.session.get_session().get_component("endpoint_resolver")
    partition = str(resolver.get_partition_for_region(region))
    suffix = str(resolver.get_partition_dns_suffix(partition))
    return {
        "partition": partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }
