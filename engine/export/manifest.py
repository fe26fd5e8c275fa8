"""What an output has written: a journal in the store, a line a file, so that an export that was killed goes on where it was.

A line is written before its file is moved into place: a file that no line names is somebody else's. Lines are only added; of several for a
path the last one counts.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..shot import MattewrightError
from ..shot.fields import dump, load
from ..store.atomic import explain


@dataclass(frozen=True)
class Record:
    """One file as it was written."""

    folder: str
    """The output's, as the document says it."""
    path: str
    """Below that."""
    key: str
    """Of all that it was made from."""
    bytes: int
    sha256: str
    modified: int
    """Nanoseconds, as the file system has it: where this and the size are the same, the file is not read again to see that it is."""

    def is_whole(self, file: Path, thorough: bool = False) -> bool:
        """Whether `file` still is what was written; `thorough` reads it in any case."""
        try:
            there = file.stat()
        except OSError:
            return False
        if there.st_size != self.bytes:
            return False
        return (there.st_mtime_ns == self.modified and not thorough) or sha256_of(file) == self.sha256


class Manifest:
    """The records of one output. Any thread may add."""

    def __init__(self, path: Path, folder: str) -> None:
        """`folder` is the output's. Raises MattewrightError for a journal that can't be read."""
        self.path, self._folder = path, folder
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        for record in self._read():
            if record.folder == folder:
                self._records[record.path] = record

    def get(self, path: str) -> Record | None:
        """Of the file `path` below the output's folder; None for one that it never wrote."""
        with self._lock:
            return self._records.get(path)

    def records(self) -> list[Record]:
        with self._lock:
            return list(self._records.values())

    def add(self, path: str, key: str, temporary: Path) -> None:
        """Say that `temporary`, complete, is about to become the file `path`. Raises MattewrightError."""
        there = temporary.stat()
        record = Record(self._folder, path, key, there.st_size, sha256_of(temporary), there.st_mtime_ns)
        line = json.dumps(dump(record), ensure_ascii=False) + "\n"
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("ab", buffering=0) as stream:
                    stream.write(line.encode("utf-8"))
            except OSError as error:
                raise MattewrightError(explain(error, self.path)) from error
            self._records[path] = record

    def _read(self) -> Iterator[Record]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise MattewrightError(f"{self.path}: can't be read: {error.strerror}") from None
        for line in lines:
            # What a killed engine began to write: its file is not in place either.
            with suppress(ValueError, MattewrightError):
                yield load(Record, json.loads(line.decode("utf-8")))


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
