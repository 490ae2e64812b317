"""Runs the program: its IAM and its sampling rules are made in moto, the rest is checked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pulumi
from botocore import xform_name
from botocore.exceptions import ClientError

from settings import Settings, read_configuration
from tools.lab.aws_model import findings, requests_of
from tools.lab.deployment import KUBERNETES_PREFIX, Deployment, Made, Resource
from tools.lab.engine import run_program
from tools.lab.errors import ToolError, sentence_in
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import Project

from .aws.cloud import Cloud, policy
from .kubernetes_objects import KubernetesObjects

IN_MOTO: Final = "moto: created in this simulation of AWS, with IAM enforced"

CHECKED: Final = "checked: against AWS's model of the API; a rehearsal creates no such resource"
RECORDED: Final = "recorded only: a rehearsal has no registry"
KEPT: Final = {"aws": CHECKED, "eks": CHECKED, "docker": RECORDED, "docker-build": RECORDED}


def check_settings(project: Project) -> Settings:
    """Returns the stack's settings; raises a ToolError that names everything wrong with them."""
    try:
        return read_configuration(project.name, project.configuration)
    except pulumi.RunError as refused:
        raise ToolError(str(refused)) from None


def deploy(project: Project, settings: Settings, cloud: Cloud, manifests: Path) -> Deployment:
    """Runs the program, whose settings were checked, and returns what it declared."""
    providers = Providers(cloud, KubernetesObjects(manifests, settings.kubernetes_version))
    _create_existing(cloud, settings)
    try:
        return run_program(project, providers.create, providers.invoke)
    except Exception as error:
        sentence = str(error) if isinstance(error, pulumi.RunError) else sentence_in(error)
        if sentence is None:
            raise
        raise ToolError(sentence) from None


class Providers:
    """Makes what the program declares: AWS resources in moto, Kubernetes objects as manifests."""

    def __init__(self, cloud: Cloud, kubernetes: KubernetesObjects) -> None:
        self._cloud = cloud
        self._kubernetes = kubernetes
        self._fake = FakeProvider(cloud.region)
        self.invoke = self._fake.invoke

    def create(self, resource: Resource) -> Made:
        """Makes a resource; raises a ToolError where its type is unknown here, or it is refused."""
        if resource.type.startswith(KUBERNETES_PREFIX):
            return self._kubernetes.create(resource)
        if refused := findings(resource, self._fake):
            raise ToolError(" ".join(refused))
        makers: Mapping[str, Callable[[Resource], Made]] = {
            "aws:iam/policy:Policy": self._create_in_moto,
            "aws:iam/role:Role": self._create_in_moto,
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment": self._create_in_moto,
            "aws:xray/samplingRule:SamplingRule": self._create_in_moto,
            "eks:index:Cluster": self._create_cluster,
        }
        try:
            return makers.get(resource.type, self._record)(resource)
        except ClientError as error:
            raise ToolError(f"moto refused {resource.type} {resource.name}: {error}") from None

    def _record(self, resource: Resource) -> Made:
        """Records a resource; a component and the choice of a provider are no resources of it."""
        if not resource.custom or resource.type.startswith("pulumi:providers:"):
            return Made(resource.name, dict(resource.inputs), "")
        package = resource.type.partition(":")[0]
        if package not in KEPT:
            raise ToolError(
                f"the rehearsal does not know resources of type {resource.type}, such as "
                f"{resource.name}."
            )
        made, kept = self._fake.create(resource), KEPT[package]
        inside = tuple((each, its._replace(kept=kept)) for each, its in made.inside)
        return made._replace(kept=kept, inside=inside)

    def _create_in_moto(self, resource: Resource) -> Made:
        """Makes the call that was checked; returns what the provider makes of its answer."""
        ((call, request),) = requests_of(resource)
        service, operation = call.split(".")
        match getattr(self._cloud.client(service), xform_name(operation))(**request):
            case {"Role": {"RoleName": name, "Arn": arn}}:
                identity = name
            case {"Policy": {"PolicyName": name, "Arn": arn}}:
                identity = arn
            case {"SamplingRuleRecord": {"SamplingRule": {"RuleName": name, "RuleARN": arn}}}:
                identity = name
            case _:  # An attachment has neither name nor ARN.
                return Made(resource.name, dict(resource.inputs), IN_MOTO)
        return Made(identity, {**resource.inputs, "name": name, "arn": arn}, IN_MOTO)

    def _create_cluster(self, resource: Resource) -> Made:
        made = self._record(resource)
        if resource.inputs.get("createOidcProvider"):
            ((cluster, _),) = made.inside
            _create_oidc_provider(self._cloud, self._fake.issuer(cluster.name))
        return made


def _create_existing(cloud: Cloud, settings: Settings) -> None:
    """Makes what is there before a stack on an existing cluster, as moto has nothing."""
    if settings.node_role_name is not None:
        trust = policy(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")
        cloud.client("iam").create_role(
            RoleName=settings.node_role_name, AssumeRolePolicyDocument=trust
        )
    if settings.oidc_provider_arn is not None:
        issuer = settings.oidc_provider_arn.partition(":oidc-provider/")[2]
        _create_oidc_provider(cloud, f"https://{issuer}")
    if settings.cluster_name is not None:
        _create_oidc_provider(cloud, FakeProvider(cloud.region).issuer(settings.cluster_name))


def _create_oidc_provider(cloud: Cloud, issuer: str) -> None:
    cloud.client("iam").create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )
