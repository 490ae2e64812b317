"""What is fetched into the daemon's image is signed by AWS's key, and by nothing else."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Generator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from tests.support.program import ROOT

IMAGE: Final = ROOT / "images/xray-daemon"
ARCHIVE: Final = "aws-xray-daemon-linux-{}-{}.zip"
"""aws/aws-xray-daemon, Tool/src/packaging/linux/build_zip_linux.sh, as are the files in it. Only
names that follow the newest version leave amd64 out (.github/scripts/monitor-s3-assets.sh)."""

SIGNERS: Final = {"aws": "never", "foreign": "never", "revoked": "never", "expired": "1y"}
"""The keys that sign, and until when."""

REFUSED: Final = {
    "foreign": "is 'GOODSIG VALIDSIG",
    "revoked": "is 'REVKEYSIG VALIDSIG",
    "expired": "is 'EXPKEYSIG VALIDSIG",
    "changed": "is 'BADSIG",
    "junk": "is ''",
}
"""Versions, called after what is wrong with them, and what is said of their signatures."""

Served = tuple[str, Mapping[str, str]]
"""The URL of a bucket like AWS's, and the fingerprints of the keys."""

TOOLS: Final = ("awk", "curl", "gpg", "unzip")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"it needs {', '.join(TOOLS)}"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    bucket, home = tmp_path_factory.mktemp("bucket"), tmp_path_factory.mktemp("keys")

    def gpg(*arguments: str) -> str:
        # All is made long ago, so that a key has expired.
        long_ago = ["--faked-system-time", "20200101T000000!"]
        command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", ""]
        return subprocess.check_output([*command, *long_ago, *arguments], text=True)

    keys: dict[str, str] = {}
    for name, until in SIGNERS.items():
        gpg("--quick-generate-key", name, "ed25519", "sign", until)
        listed = gpg("--with-colons", "--list-keys", name)
        keys[name] = re.findall("^fpr:+([0-9A-F]+):", listed, re.MULTILINE)[0]
    for version, architecture in product(("3.6.6", *REFUSED), ("amd64", "arm64")):
        archive = bucket / ARCHIVE.format(architecture, version)
        with zipfile.ZipFile(archive, "w") as packed:
            for name in ("xray", "cfg.yaml"):
                packed.writestr(name, f"{name} {architecture}")
        signer = version if version in keys else "aws"
        gpg("--detach-sign", "--local-user", signer, str(archive))
    (bucket / ARCHIVE.format("amd64", "changed")).write_bytes(b"changed")
    (bucket / f"{ARCHIVE.format('amd64', 'junk')}.sig").write_bytes(b"junk")
    revocation = home / f"openpgp-revocs.d/{keys['revoked']}.rev"
    revocation.write_text(revocation.read_text().replace(":-----", "-----"))
    gpg("--import", str(revocation))
    gpg("--armor", "--output", str(bucket / "aws-xray.gpg"), "--export")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    handler = partial(SimpleHTTPRequestHandler, directory=bucket)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", keys
        server.shutdown()


def fetch(
    served: Served, folder: Path, version: str = "3.6.6", architecture: str = "amd64"
) -> "subprocess.CompletedProcess[str]":
    """Runs what the Dockerfile runs; only the keys called `revoked` and `expired` sign by right."""
    dockerfile = (IMAGE / "Dockerfile").read_text()
    (command,) = re.findall(r"^RUN (fetch-daemon\.sh .*) /release", dockerfile, re.MULTILINE)
    url, keys = served
    key = keys[version if version in ("revoked", "expired") else "aws"]
    own = {"PATH": f"{IMAGE}{os.pathsep}{os.environ['PATH']}", "XRAY_ASSETS": url, "XRAY_KEY": key}
    args = {"DAEMON_VERSION": version, "TARGETARCH": architecture}
    return subprocess.run(
        ["sh", "-c", f"{command} '{folder}'"],
        env={**os.environ, **own, **args},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_signed_release_is_fetched(served: Served, tmp_path: Path, architecture: str) -> None:
    ended = fetch(served, tmp_path, architecture=architecture)
    assert ended.returncode == 0, ended.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["xray"]
    assert (tmp_path / "xray").read_text() == f"xray {architecture}"
    assert os.access(tmp_path / "xray", os.X_OK)


@pytest.mark.parametrize(
    ("version", "architecture", "sentence"),
    [
        *((version, "amd64", said) for version, said in REFUSED.items()),
        ("3.6.6", "riscv64", "ARCHITECTURE is 'riscv64'; it must be amd64 or arm64."),
        ("3.9.9", "amd64", "/aws-xray-daemon-linux-amd64-3.9.9.zip can't be fetched."),
    ],
)
def test_nothing_else_is_fetched(
    served: Served, tmp_path: Path, version: str, architecture: str, sentence: str
) -> None:
    ended = fetch(served, tmp_path / "out", version, architecture)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert not (tmp_path / "out").exists()


def test_the_key_is_the_one_in_the_xray_developer_guide() -> None:
    printed = "EA6D 9271 FBF3 6990 277F  4B87 7BFE 036B FE61 57D3"
    assert f"XRAY_KEY:-{printed.replace(' ', '')}" in (IMAGE / "fetch-daemon.sh").read_text()
