"""A frame's regions on disk: the label image, the coloured picture and the list, each with the key of what they were made from."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..shot import Layout, MattewrightError
from ..shot.regions import RegionList, read_regions, to_json
from . import pictures
from .atomic import atomic_path

Labels = npt.NDArray[np.uint16]
_AGAIN = "make the frame's regions anew"


def write_regions(layout: Layout, labels: Labels, colours: npt.NDArray[np.uint8], listed: RegionList) -> None:
    """Write the three files of ``listed.frame``, the list last.

    `labels` (height, width) become grey of 8 bits, or of 16 where there are more than 255 regions; `colours` are (height, width, 3) RGB.
    Raises MattewrightError for a full disk and the like.
    """
    grey = labels if len(listed.regions) > 255 else labels.astype(np.uint8)
    pictures.write(layout.regions(listed.frame, "labels"), grey, key=listed.key)
    with atomic_path(layout.regions(listed.frame, "colours")) as temporary:
        temporary.write_bytes(_colour_png(colours, listed.key))
    with atomic_path(layout.regions(listed.frame, "list")) as temporary:
        temporary.write_text(to_json(listed), encoding="utf-8", newline="\n")


def _colour_png(colours: npt.NDArray[np.uint8], key: str) -> bytes:
    """By Pillow: `pictures` writes grey alone."""
    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text(pictures.KEY, key)
    buffer = io.BytesIO()
    Image.fromarray(colours).save(buffer, "PNG", compress_level=3, pnginfo=text)
    return buffer.getvalue()


def fresh_regions(layout: Layout, frame: int, key: str) -> RegionList | None:
    """The list, if all three files are there and were made from what `key` says; otherwise None."""
    if any(pictures.read_key(layout.regions(frame, file)) != key for file in ("labels", "colours")):
        return None
    try:
        listed = read_regions(layout.regions(frame, "list"))
    except MattewrightError:
        return None
    return listed if listed.key == key else None


def read_labels(layout: Layout, frame: int) -> tuple[Labels, RegionList]:
    """The label image (height, width) and its list.

    Raises MattewrightError where there are none, and for files that are damaged or not of one piece, as when an engine was killed between
    the two.
    """
    path = layout.regions(frame, "list")
    if not path.is_file():
        raise MattewrightError(f"{path}: frame {frame} has no regions yet: make them first")
    listed = read_regions(path)
    picture = layout.regions(frame, "labels")
    labels = _read_grey(picture)
    if pictures.read_key(picture) != listed.key or labels.shape != (listed.height, listed.width):
        raise MattewrightError(f"{picture}: not of the same making as its list: {_AGAIN}")
    return labels, listed


def _read_grey(path: Path) -> Labels:
    """By Pillow, which gives the numbers as they are, of 8 bits and of 16."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture)
    except FileNotFoundError:
        raise MattewrightError(f"{path}: gone: {_AGAIN}") from None
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's words for a damaged PNG
        raise MattewrightError(f"{path}: damaged ({' '.join(str(error).split())}): {_AGAIN}") from None
    if pixels.ndim != 2:
        raise MattewrightError(f"{path}: damaged (not a grey picture): {_AGAIN}")
    return pixels.astype(np.uint16)
