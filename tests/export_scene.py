"""A shot with masks and alphas of known values in its store, and a footage of known colours, to be exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.jobs import OpenShot
from engine.jobs.export import Exported, export_job
from engine.shot import Footage, FrameRange, Matte, Output, Shot, ShotObject, to_json
from engine.store import Store

WIDTH, HEIGHT = 64, 48
FIRST, LAST = 1, 4


def picture(frame: int) -> npt.NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3) RGB: another one on each frame, with all sorts of values."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 4, y * 5, (x * 7 + y * 3 + frame * 31) % 256], axis=-1).astype(np.uint8)


def alpha(name: str, frame: int) -> npt.NDArray[np.uint16]:
    """(HEIGHT, WIDTH): a soft disk that moves."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    across = 20 + 6 * frame + (14 if name != "disk" else 0)
    far = np.hypot(x - across, y - 24)
    return np.rint(np.clip((16 - far) / 9, 0, 1) * 65535).astype(np.uint16)


def mask(name: str, frame: int) -> npt.NDArray[np.uint8]:
    return np.where(alpha(name, frame) > 32767, 255, 0).astype(np.uint8)


def make(place: Path, *outputs: Output, names: tuple[str, ...] = ("disk",), matte: bool = True, **shot: Any) -> Path:
    """The document's folder, with masks and alphas of the objects `names` on all frames, and pictures beside it."""
    (place / "clip").mkdir(parents=True, exist_ok=True)
    for frame in range(FIRST, LAST + 1):
        ok, data = cv2.imencode(".png", picture(frame)[..., ::-1])
        assert ok
        (place / "clip" / f"shot_{frame:04d}.png").write_bytes(data.tobytes())
    folder = place / "shot.mattewright"
    store = Store(folder)
    for name in names:
        for frame in range(FIRST, LAST + 1):
            store.write_mask(name, frame, mask(name, frame), f"mask {name} {frame}")
            store.write_alpha(name, frame, alpha(name, frame), f"alpha {name} {frame}", "alpha")
    write(folder, *outputs, names=names, matte=matte, **shot)
    return folder


def write(folder: Path, *outputs: Output, names: tuple[str, ...] = ("disk",), matte: bool = True, **shot: Any) -> None:
    """Another document in the same folder."""
    footage = Footage("../clip/shot_0001.png", "sequence", WIDTH, HEIGHT, LAST)
    objects = tuple(ShotObject(name, matte=Matte(enabled=matte)) for name in names)
    document = replace(Shot("a shot", footage, FrameRange(FIRST, LAST), objects, outputs=outputs), **shot)
    (folder / "shot.json").write_text(to_json(document), encoding="utf-8")


def export(folder: Path, *names: str, **how: bool) -> Exported:
    """Export to the end."""
    with OpenShot(folder) as opened:
        job = export_job(opened, names, **how)
        try:
            while True:
                next(job)
        except StopIteration as end:
            made: Exported = end.value
            return made
