"""What the shot's network finds of some classes, as mask prompts for the tracker."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ..classify import Answer, drawn, steadied
from ..footage import MissingPictureError, display_rgb8
from ..shot import MattewrightError
from ..shot.messages import Seeded
from .class_plan import ClassKeys
from .classify import Looker
from .opened import OpenShot
from .progress import Pace, Progress
from .seed import write_seed

SMALLEST = 1 / 2000
"""Of the picture: islands below that are no prompt."""

ClassPromptsJob = Generator[Progress, None, list[Seeded]]
"""Yields after each frame that was looked at. Closing it stops it there."""


def class_prompts_job(
    opened: OpenShot, name: str, classes: Sequence[str], every: int = 1, first: int | None = None, last: int | None = None
) -> ClassPromptsJob:
    """Write mask prompts of the object `name`, which may be new, on each `every`-th frame on which there is something of `classes`.

    Raises MattewrightError for a class that the network doesn't have, and where nothing is found on any of the frames.
    """
    keys = ClassKeys(opened)
    if not classes:
        raise MattewrightError(f"{opened.path}: object '{name}': no class is named: say of which it is made")
    wanted = keys.indices(classes, f"object '{name}'")
    frames = [frame for frame in opened.frames(first, last) if opened.reader.has_picture(frame)][::every]
    looker = Looker(opened, keys.card, 1)
    opened.pictures.announce(sorted({frame + off for frame in frames for off in keys.around(frame)}))
    pace, found = Pace(len(frames)), list[Seeded]()
    for frame in frames:
        try:
            rgb = {off: display_rgb8(opened.pictures.picture(frame + off)) for off in keys.around(frame)}
        except MissingPictureError:  # a movie that was cut short: what is there of it serves
            break
        scores = steadied({off: looker.see(one) for off, one in rgb.items()}, opened.shot.classes.steady)
        inside = _large(np.isin(drawn(Answer(scores, looker.size), rgb[0]), wanted))
        if inside.any():
            found.append(write_seed(opened.folder, name, frame, inside))
        yield pace.tick("classify", frame, name)
    if not found:
        raise MattewrightError(
            f"{opened.path}: there is nothing of {', '.join(classes)} on the {len(frames)} frames that were looked at: "
            "choose other frames, other classes or another network"
        )
    return found


def _large(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Without the smallest islands."""
    count, numbers, facts, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=8)
    large = facts[:count, cv2.CC_STAT_AREA] >= inside.size * SMALLEST
    large[0] = False
    return np.asarray(large[numbers], bool)
