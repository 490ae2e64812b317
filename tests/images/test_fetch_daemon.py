"""What is fetched into the daemon's image is signed by AWS's key, and by nothing else."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Generator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from tests.support.program import ROOT

IMAGE: Final = ROOT / "images/xray-daemon"
SCRIPT: Final = IMAGE / "fetch-daemon.sh"
ARCHIVES: Final = {
    "amd64": "aws-xray-daemon-linux-amd64-3.6.6.zip",
    "arm64": "aws-xray-daemon-linux-arm64-3.6.6.zip",
}
"""aws/aws-xray-daemon, Tool/src/packaging/linux/build_zip_linux.sh, as are the files in them. Only
names that follow the newest version leave amd64 out (.github/scripts/monitor-s3-assets.sh)."""

LONG_AGO: Final = ("--faked-system-time", "20200101T000000!")
"""When keys and signatures are made, so that some have expired."""

TOOLS: Final = ("awk", "curl", "gpg", "unzip")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"it needs {', '.join(TOOLS)}"
)

REFUSED: Final = {
    "foreign": "GOODSIG VALIDSIG",
    "unknown": "ERRSIG",
    "revoked": "REVKEYSIG VALIDSIG",
    "revoked-subkey": "REVKEYSIG VALIDSIG",
    "expired": "EXPKEYSIG VALIDSIG",
    "expired-signature": "EXPSIG VALIDSIG",
    "changed": "BADSIG",
    "two": "GOODSIG VALIDSIG",
    "two-signers": "GOODSIG VALIDSIG",
    "of-another-file": "",
    "junk": "",
    "empty": "",
}
"""Signatures that are refused, and what GnuPG says of each first."""


class Bucket:
    """A bucket like AWS's for each kind of signature, by keys that are made here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "keys"
        self.home.mkdir(mode=0o700)
        for architecture, archive in ARCHIVES.items():
            with zipfile.ZipFile(folder / archive, "w") as packed:
                for name in ("xray", "cfg.yaml", "LICENSE", "THIRD-PARTY-LICENSES.txt"):
                    packed.writestr(name, f"{name} {architecture}")
        self.keys = {name: self._make_key(name) for name in ("aws", "foreign", "revoked", "subkey")}
        self.keys["expired"] = self._make_key("expired", "1y")

        good, foreign = self._sign("aws"), self._sign("foreign")
        self._offer("aws", good)
        self._offer("foreign", foreign, "aws", "foreign")
        self._offer("unknown", foreign)
        self._offer("expired", self._sign("expired"), "expired")
        late = self._sign("aws", "--default-sig-expire", "1d")
        self._offer("expired-signature", late)
        (self._offer("changed", good) / ARCHIVES["amd64"]).write_bytes(b"changed")
        self._offer("two", good + good)
        self._offer("two-signers", good + foreign, "aws", "foreign")
        self._offer("of-another-file", self._sign("aws", how="--sign"))
        self._offer("junk", b"junk")
        self._offer("empty", b"")
        self._revoke()

    def _revoke(self) -> None:
        """Revokes a key and a subkey that have signed."""
        whole = self._sign("revoked")
        file = self.home / "openpgp-revocs.d" / f"{self.keys['revoked']}.rev"
        self._gpg("--import", said=file.read_bytes().replace(b":-----", b"-----"))
        self._offer("revoked", whole, "revoked")
        self._gpg("--quick-add-key", self.keys["subkey"], "ed25519", "sign")
        part = self._sign("subkey")
        self._offer("subkey", part, "subkey")
        edit = ("--command-fd", "0", "--edit-key", self.keys["subkey"])
        self._gpg(*edit, said=b"key 1\nrevkey\ny\n0\n\ny\nsave\n", batch="--no-batch")
        self._offer("revoked-subkey", part, "subkey")

    def _make_key(self, name: str, expires: str = "never") -> str:
        self._gpg("--quick-generate-key", name, "ed25519", "sign", expires)
        listed = self._gpg("--with-colons", "--list-keys", name).decode()
        return re.findall("^fpr:+([0-9A-F]+):", listed, re.MULTILINE)[0]

    def _sign(self, by: str, *options: str, how: str = "--detach-sign") -> bytes:
        file = str(self.folder / ARCHIVES["amd64"])
        return self._gpg(*options, "--local-user", self.keys[by], "--output", "-", how, file)

    def _offer(self, name: str, signature: bytes, *keys: str) -> Path:
        """Makes a bucket whose archive for amd64 has a signature, and returns its folder."""
        folder = self.folder / name
        folder.mkdir()
        for archive in ARCHIVES.values():
            shutil.copy(self.folder / archive, folder)
            (folder / f"{archive}.sig").write_bytes(signature)
        arm64 = str(folder / ARCHIVES["arm64"])
        self._gpg("--yes", "--local-user", self.keys["aws"], "--detach-sign", arm64)
        published = self._gpg(
            "--armor", "--export", *(self.keys[each] for each in keys or ("aws",))
        )
        (folder / "aws-xray.gpg").write_bytes(published)
        return folder

    def _gpg(self, *arguments: str, said: bytes = b"", batch: str = "--batch") -> bytes:
        command = ["gpg", "--homedir", str(self.home), batch, "--quiet", "--no-tty", *LONG_AGO]
        command += ["--pinentry-mode", "loopback", "--passphrase", "", *arguments]
        return subprocess.run(command, input=said, capture_output=True, check=True).stdout


class Served(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Bucket]]:
    """Serves the buckets, and gives the URL that they are below."""
    made = Bucket(tmp_path_factory.mktemp("gpg"))
    subprocess.run(["gpgconf", "--homedir", str(made.home), "--kill", "all"], check=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=made.folder)) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", made
        server.shutdown()


def fetch(source: str, key: str, folder: Path, **args: str) -> "subprocess.CompletedProcess[str]":
    """Runs what the Dockerfile runs, with its arguments."""
    found = re.search(
        r"^RUN (fetch-daemon\.sh .*) /release", (IMAGE / "Dockerfile").read_text(), re.M
    )
    assert found is not None
    path = f"{IMAGE}{os.pathsep}{os.environ['PATH']}"
    args = {"DAEMON_VERSION": "3.6.6", "TARGETARCH": "amd64", **args}
    return subprocess.run(
        ["sh", "-c", f"{found[1]} '{folder}'"],
        env={**os.environ, "PATH": path, "XRAY_ASSETS": source, "XRAY_KEY": key, **args},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("kind", "architecture"), [("aws", "amd64"), ("aws", "arm64"), ("subkey", "amd64")]
)
def test_a_signed_release_is_fetched(
    bucket: tuple[str, Bucket], tmp_path: Path, kind: str, architecture: str
) -> None:
    url, made = bucket
    ended = fetch(f"{url}/{kind}", made.keys[kind], tmp_path, TARGETARCH=architecture)
    assert ended.returncode == 0, ended.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["xray"]
    assert (tmp_path / "xray").read_text() == f"xray {architecture}"
    assert os.access(tmp_path / "xray", os.X_OK)


@pytest.mark.parametrize(("kind", "said"), REFUSED.items())
def test_what_aws_did_not_sign_is_refused(
    bucket: tuple[str, Bucket], tmp_path: Path, kind: str, said: str
) -> None:
    url, made = bucket
    wanted = made.keys.get(kind.removeprefix("revoked-"), made.keys["aws"])
    wanted = made.keys["aws"] if kind == "foreign" else wanted
    ended = fetch(f"{url}/{kind}", wanted, tmp_path / "out")
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
    bucket: tuple[str, Bucket], tmp_path: Path, args: dict[str, str], sentence: str
) -> None:
    ended = fetch(f"{bucket[0]}/aws", bucket[1].keys["aws"], tmp_path, **args)
    assert ended.returncode == 1
    assert sentence in ended.stderr


def test_the_key_is_the_one_in_the_xray_developer_guide() -> None:
    printed = "EA6D 9271 FBF3 6990 277F  4B87 7BFE 036B FE61 57D3"
    assert f"XRAY_KEY:-{printed.replace(' ', '')}" in SCRIPT.read_text()
