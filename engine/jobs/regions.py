"""Everything on one frame as numbered regions, to be picked from."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from ..footage import display_rgb8
from ..segment.encoding import SIDES
from ..shot import MattewrightError
from ..shot.regions import RegionList, RegionSettings
from ..store.keys import digest
from ..store.regions import fresh_regions, write_regions
from ..store.store import prepare_folder
from .opened import OpenShot
from .progress import Pace, Progress

VERSION = "regions 1"
"""Part of the key: raised when the same picture and settings would give other regions."""


@dataclass(frozen=True)
class RegionsMade:
    """What the job did."""

    regions: RegionList
    fresh: bool
    """Whether they were there already."""


RegionsJob = Generator[Progress, None, RegionsMade]
"""Yields when the picture's features are there, and after each batch of points. Closing it stops it there, and nothing is written."""


def regions_key(opened: OpenShot, frame: int, settings: RegionSettings) -> str:
    """The digest of all that the regions at scene frame `frame` are made from."""
    tracking = opened.shot.tracking
    how = [SIDES[tracking.size], tracking.precision, tracking.compiled]
    height, width = opened.size
    asked = [settings.grid, settings.least_score, settings.least_stability, settings.pixels(width, height)]
    return digest(VERSION, opened.model_checksum, how, opened.reader.identity(frame), opened.size, asked)


def regions_job(opened: OpenShot, frame: int, settings: RegionSettings | None = None) -> RegionsJob:
    """Segment everything at scene frame `frame` with the document's model, and write it into the store, unless it is there already.

    A frame on which nothing is found has an empty list. Raises MattewrightError for a frame that the footage has no picture on.
    """
    settings = settings or RegionSettings()
    footage = opened.shot.footage
    if not footage.has_frame(frame) or not opened.reader.has_picture(frame):
        clip = footage.frames()
        raise MattewrightError(f"{opened.path}: no picture on frame {frame}: the clip is frames {clip.first} to {clip.last}")
    key = regions_key(opened, frame, settings)
    layout = opened.store.layout
    known = fresh_regions(layout, frame, key)
    if known is not None:
        return RegionsMade(known, True)
    prepare_folder(layout.regions(frame, "list").parent)
    from ..segment import automatic

    model = opened.model()
    embedding = opened.embedding(frame)
    finding = automatic.find(model, embedding, settings)
    pace: Pace | None = None
    while True:
        try:
            _, total = next(finding)
        except StopIteration as end:
            found = end.value
            break
        pace = pace or Pace(total)
        # A rate in frames would mislead where there is one frame.
        yield replace(pace.tick("regions", frame, ""), frames_per_second=0.0)
    height, width = opened.size
    labels, regions = automatic.lay(found, opened.size, settings.pixels(width, height))
    listed = RegionList(key, frame, width, height, settings, tuple(regions))
    from .coloured import coloured

    rgb = display_rgb8(opened.pictures.picture(frame))
    write_regions(layout, labels, coloured(rgb, labels, regions), listed)
    return RegionsMade(listed, False)
