"""What is fetched into the daemon's image is AWS's, or nothing is."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import ROOT

SCRIPT = ROOT / "images/xray-daemon/fetch-daemon.sh"
TOOLS = ("awk", "curl", "gpg", "unzip")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"it needs {', '.join(TOOLS)}"
)


class Assets:
    """A bucket as AWS's, with a key of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "assets"
        self.folder.mkdir(parents=True)
        self._keys = folder / "keys"
        self._keys.mkdir(mode=0o700)
        self._gpg("--quick-generate-key", "AWS X-Ray <aws-xray@example.com>", "rsa2048", "sign")
        listing = self._gpg("--with-colons", "--list-keys").splitlines()
        self.fingerprint = next(line.split(":")[9] for line in listing if line.startswith("fpr:"))
        self._gpg("--armor", "--output", str(self.folder / "aws-xray.gpg"), "--export")

    def release(self, name: str, content: str) -> None:
        """Puts a signed archive there."""
        archive = self.folder / name
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("xray", content)
            packed.writestr("cfg.yaml", "Version: 2")
        self._gpg("--detach-sign", str(archive))

    def _gpg(self, *arguments: str) -> str:
        command = ["gpg", "--homedir", str(self._keys), "--batch", "--quiet", "--passphrase", ""]
        ended = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
        return ended.stdout

    def close(self) -> None:
        """Ends the key's agent."""
        subprocess.run(
            ["gpgconf", "--homedir", str(self._keys), "--kill", "gpg-agent"], check=False
        )


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assets]:
    made = Assets(tmp_path_factory.mktemp("gpg"))
    made.release("aws-xray-daemon-linux-3.6.6.zip", "amd64's binary")
    made.release("aws-xray-daemon-linux-arm64-3.6.6.zip", "arm64's binary")
    yield made
    made.close()


def fetch(
    assets: Assets,
    folder: Path,
    *arguments: str,
    key: str | None = None,
    source: Path | None = None,
) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "XRAY_ASSETS": f"file://{source or assets.folder}",
        "XRAY_KEY": key or assets.fingerprint,
    }
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_signed_release_of_each_architecture_is_fetched(
    assets: Assets, tmp_path: Path, architecture: str
) -> None:
    ended = fetch(assets, tmp_path, "3.6.6", architecture)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "xray").read_text() == f"{architecture}'s binary"
    assert os.access(tmp_path / "xray", os.X_OK)
    assert [each.name for each in tmp_path.iterdir()] == ["xray"]


def copy_with(assets: Assets, folder: Path, name: str, content: bytes) -> Path:
    """Returns a copy of the bucket in which one file is another."""
    copy = folder / "copy"
    shutil.copytree(assets.folder, copy)
    (copy / name).write_bytes(content)
    return copy


def test_an_archive_that_was_changed_is_refused(assets: Assets, tmp_path: Path) -> None:
    name = "aws-xray-daemon-linux-3.6.6.zip"
    changed = (assets.folder / name).read_bytes().replace(b"amd64", b"evil!")
    source = copy_with(assets, tmp_path, name, changed)
    ended = fetch(assets, tmp_path / "out", "3.6.6", "amd64", source=source)
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith(
        f"{name} is signed by 'nobody'; it must be signed by {assets.fingerprint}."
    )
    assert not (tmp_path / "out").exists()


def test_an_archive_of_another_key_is_refused_even_where_the_key_is_there(
    assets: Assets, tmp_path: Path
) -> None:
    other = Assets(tmp_path / "other")
    other.release("aws-xray-daemon-linux-3.6.6.zip", "another's binary")
    other.close()
    ended = fetch(assets, tmp_path / "out", "3.6.6", "amd64", source=other.folder)
    assert ended.returncode == 1
    assert f"is signed by '{other.fingerprint}'; it must be signed by" in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["3.6.6", "riscv64"], "ARCHITECTURE is 'riscv64'; it must be amd64 or arm64."),
        (["3.6.6"], "got 2 arguments; it must be VERSION ARCHITECTURE FOLDER."),
        (["3.9.9", "amd64"], "aws-xray-daemon-linux-3.9.9.zip can't be fetched."),
    ],
)
def test_a_mistake_is_one_sentence(
    assets: Assets, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    ended = fetch(assets, tmp_path / "out", *arguments)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert not (tmp_path / "out").exists()


def test_the_key_is_aws_s_own() -> None:
    """As AWS prints it in the X-Ray developer guide."""
    printed = "EA6D 9271 FBF3 6990 277F  4B87 7BFE 036B FE61 57D3"
    assert f"XRAY_KEY:-{printed.replace(' ', '')}" in SCRIPT.read_text()
