"""A program that is broken on purpose fails its rehearsal, which says why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.rehearsal.rehearsals import (
    copy_of_project,
    left_behind,
    rehearse,
    replace_in,
    write_stacks,
)

Break = Callable[[Path], None]


def _without_action(action: str) -> Break:
    def change(folder: Path) -> None:
        replace_in(folder / "components/write_policy.py", f'    "{action}",\n', "")

    return change


def _without_attachment(folder: Path) -> None:
    replace_in(
        folder / "components/write_access.py",
        "holders = [self._attach(policy, role)]",
        "holders = [policy.id]",
    )


def _trusting_another_namespace(folder: Path) -> None:
    replace_in(
        folder / "components/write_policy.py",
        '"aws:RequestTag/kubernetes-namespace": namespace',
        '"aws:RequestTag/kubernetes-namespace": "another"',
    )


def _trusting_every_namespace(folder: Path) -> None:
    replace_in(
        folder / "components/write_policy.py",
        '                    "aws:RequestTag/kubernetes-namespace": namespace,\n',
        "",
    )


def _trusting_every_token(folder: Path) -> None:
    replace_in(
        folder / "components/write_policy.py",
        'f"{issuer}:sub": f"system:serviceaccount:{namespace}:{service_account}",',
        "",
    )


def _becoming_any_role(folder: Path) -> None:
    replace_in(folder / "components/write_policy.py", '"Resource": role_arn', '"Resource": "*"')


def _becoming_no_role(folder: Path) -> None:
    replace_in(
        folder / "components/write_policy.py", '"Resource": role_arn', '"Resource": role_arn + "x"'
    )


def _with_too_many_rights(folder: Path) -> None:
    replace_in(
        folder / "components/write_policy.py", '"xray:PutTraceSegments",', '"xray:*", "s3:*",'
    )


def _with_rights_to_spans(folder: Path) -> None:
    replace_in(
        folder / "components/write_policy.py", "(SPAN_ACTIONS if spans else ())", "SPAN_ACTIONS"
    )


def _without_the_daemons_address(folder: Path) -> None:
    replace_in(
        folder / "components/trace_environment.py",
        '"value": daemon_address',
        '"value": "127.0.0.1:9"',
    )


@pytest.mark.parametrize(
    ("stack", "change", "sentence"),
    [
        ("dev", _without_action("xray:PutTraceSegments"), "may not xray:PutTraceSegments"),
        ("dev", _without_action("xray:GetSamplingTargets"), "may not xray:GetSamplingTargets"),
        ("article", _without_action("xray:PutTelemetryRecords"), "no policy of role xray-nodes"),
        ("dev", _without_attachment, "may not xray:PutTraceSegments"),
        ("article", _without_attachment, "may not xray:PutTraceSegments"),
        ("dev", _trusting_another_namespace, "can't become write-access-role"),
        ("dev", _trusting_every_namespace, "another namespace can become write-access-role"),
        ("irsa", _trusting_every_token, "another service account, another namespace can"),
        ("another-account", _becoming_any_role, "may sts:AssumeRole, which it has no use for"),
        ("another-account", _becoming_no_role, "may not sts:AssumeRole arn:aws:iam::111111111111"),
        ("dev", _with_too_many_rights, "s3:PutObject, which it has no use for"),
        ("dev", _with_rights_to_spans, "may xray:PutSpans, xray:PutSpansForIndexing, which it has"),
        ("otlp", _without_action("xray:PutSpans"), "may not xray:PutSpans: no policy of role"),
        ("dev", _without_the_daemons_address, "of 20 traces 20 were lost"),
    ],
)
def test_it_fails_and_says_why(tmp_path: Path, stack: str, change: Break, sentence: str) -> None:
    folder = copy_of_project(tmp_path)
    write_stacks(folder)
    change(folder)
    ended = rehearse(folder, "--stack", stack, "--requests", "20")
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert left_behind(folder) == []
