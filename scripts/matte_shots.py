"""Shots of clips whose true alpha is known, prompted by simulated clicks and tracked by the engine's own job, for benches of mattes.

A clip is a folder with frames/ and alpha/: pictures of one size, and as many grey ones of the same names, white where the object is. All of
the clip's frames are in the shot's range; frame 1 is its first.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import environments

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.jobs import OpenShot, Resources
    from engine.shot import Point, Prompts, Shot

DATA = environments.ROOT.parent / "shared" / "data" / "matte_video"
OBJECT = "object"


def clips(folder: Path, names: list[str]) -> list[Path]:
    """The clips called `names` in `folder`, or all. Raises SystemExit saying which there are."""
    there = (
        [clip for clip in sorted(folder.iterdir()) if (clip / "frames").is_dir() and (clip / "alpha").is_dir()] if folder.is_dir() else []
    )
    if not there:
        raise SystemExit(f"{folder}: no clip there (a folder with frames/ and alpha/)")
    unknown = set(names) - {clip.name for clip in there}
    if unknown:
        raise SystemExit(f"{folder}: no clip {', '.join(sorted(unknown))}; there are {', '.join(clip.name for clip in there)}")
    return [clip for clip in there if not names or clip.name in names]


def truth(clip: Path, frame: int) -> npt.NDArray[np.float64]:
    """(h, w), 0 to 1: the true alpha at scene frame `frame`, 1 for the first."""
    return grey(_pictures(clip / "alpha")[frame - 1])


def grey(path: Path) -> npt.NDArray[np.float64]:
    """(h, w), 0 to 1: a grey picture of 8 or 16 bits, or the first channel of a coloured one."""
    import cv2
    import numpy as np

    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise SystemExit(f"{path}: can't be read")
    pixels = found if found.ndim == 2 else found[..., 0]
    return np.asarray(pixels, np.float64) / (255 if found.dtype == np.uint8 else 65535)


def length(clip: Path, most: int) -> int:
    """How many frames there are, and `most` at most, unless that is 0. Raises SystemExit where pictures and alphas don't match."""
    frames, alphas = _pictures(clip / "frames"), _pictures(clip / "alpha")
    if not frames or len(frames) != len(alphas):
        raise SystemExit(f"{clip}: {len(frames)} frames, but {len(alphas)} alphas")
    return min(len(frames), most or len(frames))


def tracked(clip: Path, store: Path, frames: int, clicks: int, resources: Resources) -> None:
    """Make `store` if it isn't there, click, and track as far as frame `frames`; what is tracked already stays.

    Each click mends the largest error of what the clicks before it gave on frame 1, against the true alpha above a half.
    """
    import davis_measure

    from engine.footage import probe
    from engine.jobs import OpenShot, track_job
    from engine.shot import FrameRange, Point, Prompts, Shot, ShotObject, read

    document = store / "shot.json"
    if not document.is_file():
        footage = probe(_pictures(clip / "frames")[0].resolve())
        _write(document, Shot(clip.name, footage, FrameRange(1, length(clip, 0)), objects=(ShotObject(OBJECT),)))
    shot = read(document)
    wanted, points = truth(clip, 1) >= 0.5, list(_points(shot))
    while len(points) < clicks:
        found = _first_mask(document, resources) if points else wanted & ~wanted
        click = davis_measure.next_click(found, wanted)
        if click is None:
            break
        points.append(Point(*click))
        shot = _prompted(shot, Prompts(1, tuple(points)))
        _write(document, shot)
    with OpenShot(document, resources) as opened:
        for progress in track_job(opened, last=frames):
            print(f"  {clip.name}: {progress.stage} frame {progress.frame} of {frames}", flush=True)


def plain(opened: OpenShot, frame: int) -> npt.NDArray[np.float64]:
    """(h, w), 0 to 1: the object's mask as the store has it."""
    import numpy as np

    mask = opened.store.read_mask(OBJECT, frame)
    return mask.astype(np.float64) / np.iinfo(mask.dtype).max


def _first_mask(document: Path, resources: Resources) -> npt.NDArray[np.bool_]:
    from engine.jobs import OpenShot, track_job

    with OpenShot(document, resources) as opened:
        for _ in track_job(opened, last=1):
            pass
        found: npt.NDArray[np.bool_] = plain(opened, 1) >= 0.5
        return found


def _points(shot: Shot) -> tuple[Point, ...]:
    return tuple(point for prompts in shot.object(OBJECT).prompts for point in prompts.points)


def _prompted(shot: Shot, prompts: Prompts) -> Shot:
    return dataclasses.replace(shot, objects=(dataclasses.replace(shot.object(OBJECT), prompts=(prompts,)),))


def _write(document: Path, shot: Shot) -> None:
    from engine.cli.documents import write_document

    document.parent.mkdir(parents=True, exist_ok=True)
    write_document(document, shot)


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr"))
