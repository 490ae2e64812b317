"""What is fetched into the daemon's image is signed by AWS, or nothing is fetched."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.program import ROOT

SCRIPT = ROOT / "images/xray-daemon/fetch-daemon.sh"
ARCHIVE = "aws-xray-daemon-linux-3.6.6.zip"
TOOLS = ("awk", "curl", "gpg", "unzip")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"it needs {', '.join(TOOLS)}"
)


class Bucket:
    """A bucket like AWS's, whose archives a key made here signs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "assets"
        self.folder.mkdir(parents=True)
        self.keys = folder / "keys"
        self.keys.mkdir(mode=0o700)
        self._gpg("--quick-generate-key", "AWS X-Ray <aws-xray@example.com>", "ed25519", "sign")
        listing = self._gpg("--with-colons", "--list-keys").splitlines()
        self.fingerprint = next(line.split(":")[9] for line in listing if line.startswith("fpr:"))
        self._gpg("--armor", "--output", str(self.folder / "aws-xray.gpg"), "--export")
        for architecture in ("", "arm64-"):
            archive = self.folder / f"aws-xray-daemon-linux-{architecture}3.6.6.zip"
            with zipfile.ZipFile(archive, "w") as packed:
                packed.writestr("xray", f"{architecture}binary")
                packed.writestr("cfg.yaml", "Version: 2")
            self._gpg("--detach-sign", str(archive))
        subprocess.run(["gpgconf", "--homedir", str(self.keys), "--kill", "gpg-agent"], check=False)

    def _gpg(self, *arguments: str) -> str:
        command = ["gpg", "--homedir", str(self.keys), "--batch", "--quiet", "--passphrase", ""]
        return subprocess.check_output([*command, *arguments], text=True, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Bucket:
    return Bucket(tmp_path_factory.mktemp("gpg"))


def fetch(source: Path, key: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "XRAY_ASSETS": f"file://{source}", "XRAY_KEY": key}
    command = ["sh", str(SCRIPT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("architecture", "binary"), [("amd64", "binary"), ("arm64", "arm64-binary")]
)
def test_a_signed_release_is_fetched(
    bucket: Bucket, tmp_path: Path, architecture: str, binary: str
) -> None:
    ended = fetch(bucket.folder, bucket.fingerprint, "3.6.6", architecture, str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["xray"]
    assert (tmp_path / "xray").read_text() == binary
    assert os.access(tmp_path / "xray", os.X_OK)


@pytest.mark.parametrize(
    ("binary", "key", "signer"), [(b"broken", None, "nobody"), (b"binary", "0" * 40, None)]
)
def test_an_archive_that_aws_did_not_sign_is_refused(
    bucket: Bucket, tmp_path: Path, binary: bytes, key: str | None, signer: str | None
) -> None:
    source = shutil.copytree(bucket.folder, tmp_path / "copy")
    signed = (source / ARCHIVE).read_bytes()
    (source / ARCHIVE).write_bytes(signed.replace(b"binary", binary))
    out = tmp_path / "out"
    ended = fetch(source, key or bucket.fingerprint, "3.6.6", "amd64", str(out))
    assert ended.returncode == 1
    signed_by = f"{ARCHIVE} is signed by '{signer or bucket.fingerprint}'; it must be signed by"
    assert signed_by in ended.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["3.6.6", "riscv64", "out"], "ARCHITECTURE is 'riscv64'; it must be amd64 or arm64."),
        (["3.6.6", "out"], "got 2 arguments; it must be VERSION ARCHITECTURE FOLDER."),
        (["3.9.9", "amd64", "out"], "aws-xray-daemon-linux-3.9.9.zip can't be fetched."),
    ],
)
def test_a_mistake_is_one_sentence(bucket: Bucket, arguments: list[str], sentence: str) -> None:
    ended = fetch(bucket.folder, bucket.fingerprint, *arguments)
    assert ended.returncode == 1
    assert sentence in ended.stderr


def test_the_key_is_the_one_in_the_xray_developer_guide() -> None:
    printed = "EA6D 9271 FBF3 6990 277F  4B87 7BFE 036B FE61 57D3"
    assert f"XRAY_KEY:-{printed.replace(' ', '')}" in SCRIPT.read_text()
