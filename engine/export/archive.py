"""A zip that is the same bytes for the same content: no dates, one order, names that every system takes.

Format: PKWARE, APPNOTE.TXT, by Python's zipfile; names are UTF-8.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path, PurePosixPath

from ..shot import MattewrightError

MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can say."""
_READABLE = 0o100644 << 16
_UNIX = 3
_CHUNK = 1 << 20
_PACKED = {".png", ".exr", ".jpg"}
"""What packing makes no smaller."""


class Archive:
    """A zip being written: files, and at the end a manifest that has a hash of each."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w")
        self._listed: dict[str, dict[str, object]] = {}

    def add(self, name: str, content: bytes) -> None:
        """`content` as the file `name`, below the archive's root with forward slashes."""
        with self._zip.open(self._entry(name, len(content)), "w") as stream:
            stream.write(content)
        self._listed[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    def copy(self, name: str, path: Path) -> None:
        """The file `path` as `name`, byte for byte."""
        digest, count = hashlib.sha256(), 0
        with path.open("rb") as source, self._zip.open(self._entry(name, path.stat().st_size), "w") as stream:
            while chunk := source.read(_CHUNK):
                stream.write(chunk)
                digest.update(chunk)
                count += len(chunk)
        self._listed[name] = {"bytes": count, "sha256": digest.hexdigest()}

    def close(self, **said: object) -> None:
        """Write the manifest, with what is `said` before the list of files, and end the zip."""
        text = json.dumps({**said, "files": self._listed}, ensure_ascii=False, indent=1) + "\n"
        self.add(MANIFEST, text.encode("utf-8"))
        self._zip.close()

    def abandon(self) -> None:
        """Let go of the file, which is no archive."""
        self._zip.close()

    def _entry(self, name: str, size: int) -> zipfile.ZipInfo:
        check_name(name)
        if name in self._listed:
            raise ValueError(f"{name}: twice in the archive")
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_STORED if PurePosixPath(name).suffix in _PACKED else zipfile.ZIP_DEFLATED
        entry.create_system, entry.external_attr = _UNIX, _READABLE
        entry.file_size = size
        return entry


def check_name(name: str) -> None:
    """Raises ValueError for one that leads out of the folder that the archive is unpacked in."""
    parts = name.split("/")
    if not name or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{name!r}: not a name within an archive")


def check_archive(path: Path) -> None:
    """Read all of the archive and compare it with its manifest. Raises MattewrightError."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = json.loads(archive.read(MANIFEST))["files"]
            there = [name for name in archive.namelist() if name != MANIFEST]
            if there != list(listed):
                raise MattewrightError(f"{path}: holds other files than its manifest says: export it again")
            for name in there:
                check_name(name)
                digest = hashlib.sha256()
                with archive.open(name) as stream:
                    while chunk := stream.read(_CHUNK):
                        digest.update(chunk)
                if digest.hexdigest() != listed[name]["sha256"]:
                    raise MattewrightError(f"{path}: {name} is damaged: export it again")
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise MattewrightError(f"{path}: not a whole archive ({error}): export it again") from None
