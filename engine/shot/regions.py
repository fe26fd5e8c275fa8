"""The list of one picture's regions, as the engine writes it and both sides read it. Beside it lies the label image (`Layout.regions`).

Positions are pixels of the picture, x to the right, y down, (0, 0) its top left corner.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from .document import LAST_FRAME, Box, Pixels, Share
from .errors import DocumentError, MattewrightError
from .fields import Range, Text, dump, load, parse_json

LARGEST_GRID = 128
SMALLEST = 1 / 5000
"""The least area of a region where none is asked for, as a share of the picture: 184 pixels of 1280 x 720."""


@dataclass(frozen=True)
class RegionSettings:
    """What is asked of regions.

    The least score and stability are lower than those of SAM 2's own automatic masks, 0.8 and 0.95, which leave out what one would pick: of
    the regions on a frame each of three DAVIS sequences (grid 16), those that lie on the true object had a mean IoU with it of .32 at
    these, .72 at 0.8 and 0.9, and .95 from 0.7 and 0.85 on down, where more of the picture is covered, too.
    """

    grid: Annotated[int, Range(1, LARGEST_GRID)] = 32
    """The picture is asked about at `grid` x `grid` points."""
    least_score: Share = 0.6
    """The IoU that the model must expect of a mask, 0 to 1."""
    least_stability: Share = 0.8
    """How little a mask must change with its threshold: the IoU of those one logit below and one above, 0 to 1."""
    least_area: Annotated[int, Range(1)] | None = None
    """Pixels of the picture; smaller regions, islands and holes are not left. None is SMALLEST of the picture."""

    def pixels(self, width: int, height: int) -> int:
        """`least_area` on a picture of that size."""
        return self.least_area or max(1, round(SMALLEST * width * height))


USUAL = RegionSettings()


@dataclass(frozen=True)
class Region:
    """One numbered region. Its pixels are those of its number in the label image, and belong to no other region."""

    number: Annotated[int, Range(1, 65535)]
    """From 1, the largest first."""
    area: Annotated[int, Range(1)]
    """Pixels."""
    box: Box
    """Around the pixels."""
    score: float
    """The IoU that the model expects of the mask which the region is from, 0 to 1."""
    stability: float
    """The mask's, 0 to 1."""
    point: tuple[float, float]
    """x, y of the pixel's centre that is farthest inside the region."""
    within: int | None
    """The number of the smallest region whose mask holds this one's, such as a coat's for a button; None where there is none."""


@dataclass(frozen=True)
class RegionList:
    """All regions of the picture at scene frame `frame`."""

    key: Annotated[str, Text(64)]
    """The digest of all that they were made from, as in the label image."""
    frame: Annotated[int, Range(0, LAST_FRAME)]
    width: Annotated[int, Range(1, 65536)]
    height: Annotated[int, Range(1, 65536)]
    settings: RegionSettings
    regions: tuple[Region, ...]
    """By number, 1, 2, 3 and so on. None is left out."""

    def parts(self, number: int) -> list[int]:
        """`number` and all regions that lie within that one, or within one of those."""
        found = [number]
        for region in self.regions:  # a region is smaller than the one that it is within, but its number need not be higher
            above, seen = region.within, {region.number}
            while above is not None and above not in seen:
                if above == number:
                    found.append(region.number)
                    break
                seen.add(above)
                above = self.regions[above - 1].within
        return found


@dataclass(frozen=True)
class Choice:
    """Which regions of a frame become objects, and how."""

    regions: tuple[Annotated[int, Range(1, 65535)], ...] = ()
    """Numbers."""
    places: tuple[tuple[Pixels, Pixels], ...] = ()
    """x, y: the regions there."""
    object: str = ""
    """The object's name; empty for one after the region, such as "region 3"."""
    each: bool = False
    """Whether each region becomes an object of its own."""
    with_parts: bool = False
    """Whether the regions within a picked one belong to it."""
    replace: bool = False
    """Whether an object's prompts on the frame, if it has any, are replaced."""
    extend: bool = False
    """Whether the object's mask prompt on the frame grows by the regions, and its other prompts there stay."""


@dataclass(frozen=True)
class Picked:
    """An object's new mask prompt."""

    object: str
    color: tuple[Share, Share, Share]
    """Linear RGB: the first region's in the coloured picture, for an object that is new."""
    mask: str
    """The file, relative to the document's folder, with forward slashes."""
    regions: tuple[int, ...]
    area: int
    """Pixels of the mask."""


def to_json(regions: RegionList) -> str:
    """The list's text: stable order, two spaces, a newline at the end."""
    return json.dumps(dump(regions), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def read_regions(path: Path) -> RegionList:
    """The list in the file `path`. Raises MattewrightError where there is none or it is damaged."""
    again = "make the frame's regions anew"
    try:
        found = load(RegionList, parse_json(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise MattewrightError(f"{path}: not there: {again}") from None
    except OSError as error:
        raise MattewrightError(f"{path}: can't be read: {error.strerror}") from None
    except (UnicodeDecodeError, DocumentError) as error:
        raise MattewrightError(f"{path}: damaged ({error}): {again}") from None
    count = len(found.regions)
    for index, region in enumerate(found.regions):
        if region.number != index + 1 or not (region.within is None or 1 <= region.within <= count):
            raise MattewrightError(f"{path}: damaged (regions[{index}]: the numbers are not those of {count} regions): {again}")
    return found
