"""A store with what mattes are made from: a disk that moves, tracked softly on all frames but the last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import moving_shape
import numpy as np
import numpy.typing as npt

from engine.segment.tracker import Prediction
from engine.shot import Footage, FrameRange, Matte, Point, Prompts, Shot, ShotObject, to_json
from engine.store import Store

COUNT = 6
FIRST, LAST = 1, COUNT - 1
"""Frames that are tracked."""
SIZE = moving_shape.HEIGHT, moving_shape.WIDTH
QUICK = Matte(enabled=True, method="guided")


def logits(index: int) -> npt.NDArray[np.float16]:
    """(256, 256): the truth's distance, soft, a little too small."""
    inside = moving_shape.truth(index).astype(np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    return cv2.resize(distance * 0.5 - 0.5, (256, 256), interpolation=cv2.INTER_LINEAR).astype(np.float16)


def tracked(place: Path, *names: str) -> Path:
    """A store in `place` in which the objects `names` are tracked."""
    moving_shape.write_sequence(place / "clip", COUNT)
    store = Store(place / "store")
    for name in names:
        for index in range(COUNT - 1):
            store.write_logits(name, FIRST + index, Prediction(logits(index), 0.9), f"{name} {index}")
    return place / "store"


def document(*objects: ShotObject) -> Shot:
    footage = Footage(f"../clip/disk_{moving_shape.FIRST}.png", "sequence", SIZE[1], SIZE[0], COUNT)
    return Shot("disk", footage, FrameRange(FIRST, COUNT), objects)


def disk(name: str = "disk", **matte: Any) -> ShotObject:
    """The object with these settings of its matte, by the quick method unless another is named."""
    x, y = moving_shape.centre(0)
    return ShotObject(name, prompts=(Prompts(FIRST, (Point(x, y),)),), matte=replace(QUICK, **matte))


def write(folder: Path, *objects: ShotObject) -> None:
    (folder / "shot.json").write_text(to_json(document(*objects)), encoding="utf-8")
