"""What an output has written: a journal in the store, a line a file, so that an export that was killed goes on where it was.

A line is written before its file is moved into place: a file that no line names is somebody else's. Lines are added; of several for a path
the last one counts, and when most are void the journal is written anew without them.
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
from ..store import atomic_path
from ..store.atomic import explain

SPARE = 1000
"""Void lines that a journal may have in any case."""


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
        self._others: dict[tuple[str, str], Record] = {}
        """Of what the output wrote when it had other folders, by those and the path."""
        self._lines = 0
        for record in self._read():
            self._lines += 1
            if record.folder == folder:
                self._records[record.path] = record
            else:
                self._others[record.folder, record.path] = record

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
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("ab", buffering=0) as stream:
                    stream.write(_line(record))
            except OSError as error:
                raise MattewrightError(explain(error, self.path)) from error
            self._records[path] = record
            self._lines += 1

    def compact(self) -> None:
        """Leave out what later lines have made void, where that is most of the journal: each export adds to it. Whole or not at all; nobody
        else may be adding. Raises MattewrightError.
        """
        with self._lock:
            kept = [*self._others.values(), *self._records.values()]
            if self._lines <= 2 * len(kept) + SPARE:
                return
            with atomic_path(self.path) as temporary:
                temporary.write_bytes(b"".join(_line(record) for record in kept))
            self._lines = len(kept)

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


def _line(record: Record) -> bytes:
    return (json.dumps(dump(record), ensure_ascii=False) + "\n").encode("utf-8")


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
