"""On a frame that is tracked, clicks mend what was tracked: its mask is taken for a prompt, and the clicks come on top of it.

Else they would say the object anew, and a click that takes something away would be all that is said. The engine makes the mask out of what
is in the store, before the chain; it takes some milliseconds, for which the clicks wait.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from ...engine.shot import Layout, MattewrightError, Prompts, ShotObject
from ...engine.shot.messages import Preview, PreviewDone
from .. import properties, store, whole_file
from ..link import Session, session
from ..preview.pixels import PixelFile
from ..preview.wanted import clicked

MARK = "tracked"
"""In the file's name, before a number that tells masks from others: a Blender that undoes a click finds the one before it."""


@dataclass(frozen=True)
class _Key:
    clip: str
    place: Path
    object: str
    frame: int
    written: int
    """When what was tracked was written, in nanoseconds."""


class Mending:
    """What was tracked, as masks to be mended. On Blender's main thread; never waits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[_Key, str | MattewrightError] = {}
        self._waiting: _Key | None = None
        self._file: PixelFile | None = None

    @property
    def waiting(self) -> bool:
        """Whether the engine owes an answer."""
        return self._waiting is not None

    def mask(self, clip: bpy.types.MovieClip, item: properties.MatteObject | None, frame: int) -> str | None:
        """The path of the mask that prompts on the frame are to mend, as the user has paths; empty where they say the object anew.

        None while it is being made: ask again. Raises MattewrightError where it can't be.
        """
        key = self._key(clip, item, frame)
        if key is None:
            return ""
        found = self._known.get(key)
        if found is None:
            if self._waiting is None:
                self._ask(key, clip)
            return None
        if isinstance(found, MattewrightError):
            del self._known[key]
            raise found
        return found

    def forget(self) -> None:
        """Another file, or nobody prompts any more; what still comes is not heard."""
        self._known.clear()
        self._waiting = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _key(self, clip: bpy.types.MovieClip, item: properties.MatteObject | None, frame: int) -> _Key | None:
        """None where the frame is prompted itself, or not tracked from another one."""
        if item is None or properties.prompts_at(item, frame) is not None or not len(item.prompts):
            return None
        layout = Layout(store.provisional(clip))
        try:
            written = layout.file(item.name, "logits", frame).stat().st_mtime_ns
        except OSError:  # not tracked
            return None
        return _Key(clip.name_full, layout.root, item.name, frame, written)

    def _ask(self, key: _Key, clip: bpy.types.MovieClip) -> None:
        wanted = clicked(clip, key.object, Prompts(key.frame))
        shot = replace(wanted.shot, objects=(ShotObject(name=key.object),), masks=(), overlap="union")  # no chain, no others
        footage = shot.footage
        if self._file is None or self._file.size != (footage.width, footage.height):
            if self._file is not None:
                self._file.close()
            self._file = PixelFile(footage.width, footage.height)
        file = self._file

        def answered(result: Any, error: MattewrightError | None) -> None:
            if self._waiting is not key:
                return
            self._waiting = None
            try:
                self._known[key] = error or _kept(key, clip.name_full, result, file)
            except MattewrightError as problem:
                self._known[key] = problem

        self._session.ask("preview", Preview(str(wanted.document), key.object, key.frame, str(file.path), 0, shot), answered)
        self._waiting = key


def _kept(key: _Key, name: str, result: Any, file: PixelFile) -> str:
    """Write the mask that has come, and say where; empty where the object was lost on the frame. Raises MattewrightError."""
    clip = next((clip for clip in bpy.data.movieclips if clip.name_full == name), None)
    if clip is None or not isinstance(result, PreviewDone) or not result.tracked:
        return ""
    inside = file.read(result.slot) > 127
    if not inside.any():
        return ""
    content = grey_png(inside.astype(np.uint8) * np.uint8(255))
    path = store.layout(clip).picked_mask(key.object, key.frame, f"{MARK}{zlib.crc32(content):08x}")
    try:
        if not path.is_file():
            whole_file.write_bytes(path, content)
    except OSError as error:
        raise MattewrightError(f"{path}: can't be written: {error.strerror or error}") from None
    return store.said(path, clip)


def is_tracked_mask(said: str) -> bool:
    """Whether a mask prompt is what was tracked, and nothing that the user has given."""
    return re.search(rf"_\d+_{MARK}[0-9a-f]{{8}}\.png$", said) is not None


def grey_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """(height, width), the top row first, as the bytes of a PNG file."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each begins with its filter, which is none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)) + chunk(b"IEND", b"")


mending = Mending(session)
"""The one of this Blender."""
