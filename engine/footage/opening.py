"""From a shot document's footage to a reader, and from a file to a document's footage."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..shot import Footage, MattewrightError
from .colour import quarter_turns_of
from .movie import MovieReader, first_picture, turned_size
from .reader import Reader
from .sequence import SequenceReader, counted_files, image_size
from .stream import PictureStream

_SEQUENCE_SUFFIXES = {
    ".bmp", ".cin", ".dds", ".dpx", ".exr", ".hdr", ".j2c", ".j2k", ".jp2", ".jpeg", ".jpg", ".jxl", ".pgm", ".png", ".pnm", ".ppm",
    ".psd", ".rgb", ".sgi", ".tga", ".tif", ".tiff", ".tx", ".webp",
}  # fmt: skip
"""What is opened as a sequence; everything else is taken for a movie. Blender looks at the content, with the same outcome."""


def open_footage(footage: Footage, base: Path) -> Reader:
    """A reader of `footage`; a relative path starts at `base`, the folder of shot.json.

    Raises MattewrightError, one line: no such file, a folder, not a movie or an image, a movie without video, one whose index is
    missing, pictures that can't be decoded, a size other than the document's.
    """
    path = _checked(Path(os.path.normpath(base / footage.path)))
    return MovieReader(footage, path) if footage.kind == "movie" else SequenceReader(footage, path)


def probe(path: Path, *, applies_rotation: bool = True) -> Footage:
    """What a shot document says of the file `path`, without Blender: the size, rate and length that Blender reports for it.

    `applies_rotation` false gives what Blender 4.2 and 4.3 report. For a sequence `path` is its first file. The path stays as it is given.
    Raises MattewrightError as `open_footage` does.
    """
    checked = _checked(path)
    if checked.suffix.lower() in _SEQUENCE_SUFFIXES:
        width, height = image_size(checked)
        return Footage(path.as_posix(), "sequence", width, height, counted_files(checked), applies_rotation=applies_rotation)
    stream = PictureStream(checked)
    try:
        first = first_picture(stream)
        if not stream.rate:
            raise MattewrightError(f"{checked}: its frame rate is not known")
        width, height = turned_size(first.frame, quarter_turns_of(first.frame) if applies_rotation else 0)
        count = stream.frame_count()
        if count < 1:
            raise MattewrightError(f"{checked}: its length is not known")
        return Footage(
            path.as_posix(), "movie", width, height, count, fps=float(np.float32(float(stream.rate))), applies_rotation=applies_rotation
        )
    finally:
        stream.close()


def _checked(path: Path) -> Path:
    if not path.exists():
        raise MattewrightError(f"{path}: no such file: the shot's footage should be there")
    if path.is_dir():
        raise MattewrightError(f"{path}: a folder; the footage is a movie or a sequence's first file")
    return path
