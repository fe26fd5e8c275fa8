"""A picture that shows a shot's mattes at a glance: a row an object, some frames along it, each in the object's colour."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ..footage import display_rgb8
from ..shot import ShotObject
from .context import Context

COLUMNS = 8
WIDTH = 240
"""Pixels of one frame."""
GAP = 6
LINE = 18
"""Pixels of a line of text."""
_BEHIND = 32
_TEXT = (220, 220, 220)
_OUTSIDE = 0.35
"""How much of the picture's light is left outside the object."""
_TINT = 0.35

Pixels = npt.NDArray[np.uint8]


def sampled(frames: Sequence[int]) -> list[int]:
    """As many of `frames` as the sheet has room for, evenly, with both ends."""
    if len(frames) <= COLUMNS:
        return list(frames)
    return [frames[round(number * (len(frames) - 1) / (COLUMNS - 1))] for number in range(COLUMNS)]


def contact_sheet(context: Context, pictures: bool) -> bytes:
    """The sheet as a PNG file; `pictures`: over the footage, or else the mattes alone."""
    from PIL import Image, ImageDraw, ImageFont

    frames = sampled(list(context.frames))
    height = max(1, round(WIDTH * context.size[0] / context.size[1]))
    down = height + 2 * LINE + GAP
    sheet = np.full((GAP + down * len(context.objects), GAP + (WIDTH + GAP) * len(frames), 3), _BEHIND, np.uint8)
    for column, frame in enumerate(frames):
        there = pictures and context.opened.reader.has_picture(frame)
        picture = _small(display_rgb8(context.picture(frame)), height) if there else None
        for row, item in enumerate(context.objects):
            if context.there(item.name, frame):
                top, left = GAP + row * down + LINE, GAP + column * (WIDTH + GAP)
                sheet[top : top + height, left : left + WIDTH] = _cell(context, item, frame, picture, height)
    image = Image.fromarray(sheet)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for row, item in enumerate(context.objects):
        draw.text((GAP, GAP + row * down), item.name, _TEXT, font)
        for column, frame in enumerate(frames):
            draw.text((GAP + column * (WIDTH + GAP), GAP + row * down + LINE + height + 1), str(frame), _TEXT, font)
    done, encoded = cv2.imencode(".png", np.asarray(image)[..., ::-1])
    assert done
    return bytes(encoded.tobytes())


def _cell(context: Context, item: ShotObject, frame: int, picture: Pixels | None, height: int) -> Pixels:
    share = _small(context.coverage(item.name, frame), height).astype(np.float32)[..., None] / 65535
    if picture is None:
        return np.rint(np.broadcast_to(share * 255, (height, WIDTH, 3))).astype(np.uint8)
    plain = picture.astype(np.float32)
    colour = 255 * np.asarray(item.color, np.float32) ** np.float32(1 / 2.2)
    inside = plain + _TINT * (colour - plain)
    return np.rint(inside * share + _OUTSIDE * plain * (1 - share)).astype(np.uint8)


def _small(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], height: int) -> npt.NDArray[np.uint8]:
    # Integers of the same type come back, whichever it is.
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (WIDTH, height), interpolation=cv2.INTER_AREA))
