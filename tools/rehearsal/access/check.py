"""Finds out who the daemon is, what it can do, and who else can become that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.lab.arns import role_name_in
from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.lab.project import Facts

from ..aws.cloud import AwsCredentials, Cloud
from ..aws.moto_server import session_of
from .identity import (
    Identity,
    Impostor,
    identity_of_daemon,
    service_account_of_daemon,
    try_impostors,
)
from .rights import Right, try_becoming, try_rights, wrong_rights
from .writer import create_writer


class Reports(Protocol):
    """Prints what is found out, as it is found out."""

    def identity(self, identity: Identity, impostors: Sequence[Impostor]) -> None:
        """Prints who the daemon is to AWS, and who tried to become that."""

    def rights(self, role_name: str, rights: Sequence[Right]) -> None:
        """Prints what a role may do and may not do."""


@dataclass(frozen=True)
class Access:
    """What the daemon has of AWS."""

    credentials: AwsCredentials
    """What its pods get."""

    traces: Cloud
    """Where its traces can be read: another account's, where a role of that one writes them."""


def check_access(cloud: Cloud, deployment: Deployment, facts: Facts, report: Reports) -> Access:
    """Tries the daemon's rights, and reports them.

    Raises:
        ToolError: The daemon has no role, too few rights or too many, or its role lets
            somebody else in.
    """
    account = service_account_of_daemon(cloud, deployment, facts)
    identity = identity_of_daemon(cloud, deployment, facts, account)
    credentials = session_of(identity.role_arn)
    impostors = try_impostors(identity, account)
    report.identity(identity, impostors)
    let_in = [each.name for each in impostors if not each.refused]
    if let_in:
        raise ToolError(f"{', '.join(let_in)} can become {identity.role_name} too.")

    assumed, spans = facts.assume_role_arn, facts.spans
    rights = try_rights(cloud, identity.role_name, credentials, writes=assumed is None, spans=spans)
    traces = cloud
    if assumed is not None:
        traces = create_writer(cloud, assumed, identity.role_arn, spans=spans)
        rights.insert(0, try_becoming(cloud, assumed, credentials))
    _report(report, identity.role_name, rights)
    if assumed is not None:
        name = role_name_in(assumed)
        rights = try_rights(traces, name, session_of(assumed), writes=True, spans=spans)
        _report(report, name, rights)
    return Access(credentials, traces)


def _report(report: Reports, role_name: str, rights: Sequence[Right]) -> None:
    report.rights(role_name, rights)
    wrong = wrong_rights(role_name, rights)
    if wrong is not None:
        raise ToolError(wrong)
