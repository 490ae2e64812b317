"""What is fetched into the daemon's image is signed by AWS's key, and by nothing else."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Generator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from tests.support.program import ROOT

IMAGE: Final = ROOT / "images/xray-daemon"
ARCHIVES: Final = {
    "amd64": "aws-xray-daemon-linux-amd64-3.6.6.zip",
    "arm64": "aws-xray-daemon-linux-arm64-3.6.6.zip",
}
"""aws/aws-xray-daemon, Tool/src/packaging/linux/build_zip_linux.sh, as are the files in them. Only
names that follow the newest version leave amd64 out (.github/scripts/monitor-s3-assets.sh)."""

LONG_AGO: Final = ("--faked-system-time", "20200101T000000!")
"""When keys and signatures are made, so that some have expired."""

LIFETIMES: Final = {"aws": "never", "foreign": "never", "revoked": "never", "expired": "1y"}
"""The keys that sign, and until when."""

REFUSED: Final = {
    "foreign": "GOODSIG VALIDSIG",
    "revoked": "REVKEYSIG VALIDSIG",
    "expired": "EXPKEYSIG VALIDSIG",
    "late": "EXPSIG VALIDSIG",
    "twice": "GOODSIG VALIDSIG",
    "changed": "BADSIG",
    "junk": "",
}
"""Buckets whose signatures are refused, and what GnuPG says of each first."""

Served = tuple[str, Mapping[str, str]]
"""The URL that the buckets are below, and the fingerprints of the keys."""

TOOLS: Final = ("awk", "curl", "gpg", "unzip")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"it needs {', '.join(TOOLS)}"
)


def gpg(home: Path, *arguments: str, said: bytes = b"") -> str:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", *LONG_AGO]
    return subprocess.run(
        [*command, *arguments], input=said, capture_output=True, check=True
    ).stdout.decode()


def sign_in(bucket: Path, home: Path) -> None:
    """Makes a bucket like AWS's, whose name says by which key or how its archives are signed."""
    bucket.mkdir()
    signer = bucket.name if bucket.name in LIFETIMES else "aws"
    valid = "1d" if bucket.name == "late" else "never"
    for architecture, archive in ARCHIVES.items():
        with zipfile.ZipFile(bucket / archive, "w") as packed:
            for name in ("xray", "cfg.yaml", "LICENSE", "THIRD-PARTY-LICENSES.txt"):
                packed.writestr(name, f"{name} {architecture}")
        sign = ("--detach-sign", "--local-user", signer, "--default-sig-expire", valid)
        gpg(home, *sign, str(bucket / archive))
        signature = bucket / f"{archive}.sig"
        if bucket.name == "junk":
            signature.write_bytes(b"junk")
        elif bucket.name == "twice":
            signature.write_bytes(signature.read_bytes() * 2)
        elif bucket.name == "changed":
            (bucket / archive).write_bytes(b"changed")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    folder, home = tmp_path_factory.mktemp("buckets"), tmp_path_factory.mktemp("keys")
    home.chmod(0o700)
    keys: dict[str, str] = {}
    for name, until in LIFETIMES.items():
        gpg(home, "--quick-generate-key", name, "ed25519", "sign", until)
        listed = gpg(home, "--with-colons", "--list-keys", name)
        keys[name] = re.findall("^fpr:+([0-9A-F]+):", listed, re.MULTILINE)[0]
    for name in ("aws", *REFUSED):
        sign_in(folder / name, home)
    revocation = (home / f"openpgp-revocs.d/{keys['revoked']}.rev").read_bytes()
    gpg(home, "--import", said=revocation.replace(b":-----", b"-----"))
    for name in ("aws", *REFUSED):
        gpg(home, "--armor", "--output", str(folder / name / "aws-xray.gpg"), "--export")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", keys
        server.shutdown()


def fetch(source: str, key: str, folder: Path, **args: str) -> "subprocess.CompletedProcess[str]":
    """Runs what the Dockerfile runs, with its arguments."""
    dockerfile = (IMAGE / "Dockerfile").read_text()
    (command,) = re.findall(r"^RUN (fetch-daemon\.sh .*) /release", dockerfile, re.MULTILINE)
    own = {"PATH": f"{IMAGE}{os.pathsep}{os.environ['PATH']}", "XRAY_ASSETS": source}
    args = {"XRAY_KEY": key, "DAEMON_VERSION": "3.6.6", "TARGETARCH": "amd64", **args}
    return subprocess.run(
        ["sh", "-c", f"{command} '{folder}'"],
        env={**os.environ, **own, **args},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("architecture", ARCHIVES)
def test_a_signed_release_is_fetched(served: Served, tmp_path: Path, architecture: str) -> None:
    url, keys = served
    ended = fetch(f"{url}/aws", keys["aws"], tmp_path, TARGETARCH=architecture)
    assert ended.returncode == 0, ended.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["xray"]
    assert (tmp_path / "xray").read_text() == f"xray {architecture}"
    assert os.access(tmp_path / "xray", os.X_OK)


@pytest.mark.parametrize(("bucket", "said"), REFUSED.items())
def test_no_other_signature_counts(served: Served, tmp_path: Path, bucket: str, said: str) -> None:
    url, keys = served
    wanted = keys[bucket if bucket in ("revoked", "expired") else "aws"]
    ended = fetch(f"{url}/{bucket}", wanted, tmp_path / "out")
    assert ended.returncode == 1
    assert f"the signature of {ARCHIVES['amd64']} is '{said}" in ended.stderr
    assert f"it must be good, and by {wanted}." in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"TARGETARCH": "riscv64"}, "ARCHITECTURE is 'riscv64'; it must be amd64 or arm64."),
        ({"DAEMON_VERSION": "3.9.9"}, "/aws-xray-daemon-linux-amd64-3.9.9.zip can't be fetched."),
    ],
)
def test_a_mistake_is_one_sentence(
    served: Served, tmp_path: Path, args: dict[str, str], sentence: str
) -> None:
    ended = fetch(f"{served[0]}/aws", "", tmp_path, **args)
    assert ended.returncode == 1
    assert sentence in ended.stderr


def test_the_key_is_the_one_in_the_xray_developer_guide() -> None:
    printed = "EA6D 9271 FBF3 6990 277F  4B87 7BFE 036B FE61 57D3"
    assert f"XRAY_KEY:-{printed.replace(' ', '')}" in (IMAGE / "fetch-daemon.sh").read_text()
