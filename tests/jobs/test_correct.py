"""A correction that starts from what was tracked: the mask there is mended, and nothing depends on the order of things."""

from __future__ import annotations

import shutil
from pathlib import Path

import moving_shape
import numpy as np
import pytest
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine import shot
from engine.jobs import OpenShot, Resources, run_job
from engine.jobs.correct import keep_tracked_mask
from engine.shot import FrameRange, MattewrightError, Point, Prompts, Shot, ShotObject
from engine.store import Store, pictures

FIRST = moving_shape.FIRST
COUNT = 4


@pytest.fixture(scope="module")
def resources(sam2_tiny: str) -> Resources:  # noqa: F811
    return Resources("cpu")


def document(folder: Path, footage: Path, *prompts: Prompts) -> Shot:
    media = shot.Footage(footage.as_posix(), "sequence", moving_shape.WIDTH, moving_shape.HEIGHT, COUNT, frame_start=FIRST)
    made = Shot("disk", media, FrameRange(FIRST, FIRST + COUNT - 1), (ShotObject("disk", prompts=prompts),))
    folder.mkdir(exist_ok=True)
    (folder / "shot.json").write_text(shot.to_json(made), encoding="utf-8")
    return made


def tracked(folder: Path, resources: Resources) -> list[int]:
    """The frames that a run makes anew."""
    with OpenShot(folder, resources) as opened:
        return sorted({progress.frame - FIRST for progress in run_job(opened)})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("objects/*/*/*") if path.is_file()}


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    return float((mask & truth).sum() / (mask | truth).sum())


def test_the_tracked_mask_is_mended_and_the_order_does_not_matter(tmp_path: Path, resources: Resources) -> None:
    footage = moving_shape.write_sequence(tmp_path / "pictures", COUNT)
    x, y = moving_shape.centre(0)
    r = moving_shape.RADIUS
    first = Prompts(FIRST, (Point(x, y),), shot.Box(x - r, y - r, x + r, y + r))
    folder = tmp_path / "step by step"
    made = document(folder, footage, first)
    assert tracked(folder, resources) == [0, 1, 2, 3]
    frame = FIRST + 2
    truth = moving_shape.truth(2)
    key = Store(folder).key("disk", "logits", frame)
    assert key is not None
    tracked_badly = Store(folder).read_logits("disk", frame)
    cx, cy = moving_shape.centre(2)
    tracked_badly.logits[:, round(cx / moving_shape.WIDTH * 256) :] = -10  # the disk's right half is lost
    Store(folder).write_logits("disk", frame, tracked_badly, key)
    mask = keep_tracked_mask(folder, made, "disk", frame)
    kept = pictures.read(mask)
    assert kept.shape == (moving_shape.HEIGHT, moving_shape.WIDTH) and set(np.unique(kept)) == {0, 255}
    assert overlap(kept > 0, truth) < 0.6
    corrected = Prompts(frame, (Point(cx + r / 2, cy),), mask=mask.relative_to(folder).as_posix())
    document(folder, footage, first, corrected)
    assert tracked(folder, resources) == [1, 2, 3], "the frames up to the neighbouring prompted one, and on to the end"
    assert overlap(Store(folder).read_mask("disk", frame) > 0, truth) > 0.9
    at_once = tmp_path / "at once"
    document(at_once, footage, first, corrected)
    mask_there = at_once / mask.relative_to(folder)
    mask_there.parent.mkdir(parents=True)
    shutil.copyfile(mask, mask_there)
    assert tracked(at_once, resources) == [0, 1, 2, 3]
    assert contents(at_once) == contents(folder)


def test_what_can_not_be_corrected_says_why(tmp_path: Path) -> None:
    footage = moving_shape.write_sequence(tmp_path / "pictures", COUNT)
    made = document(tmp_path / "shot", footage, Prompts(FIRST, (Point(90.0, 90.0),)))
    with pytest.raises(MattewrightError, match="not tracked on frame 1003"):
        keep_tracked_mask(tmp_path / "shot", made, "disk", FIRST + 2)
    store = Store(tmp_path / "shot")
    from engine.segment.tracker import Prediction

    store.write_logits("disk", FIRST + 2, Prediction(np.full((256, 256), -10, np.float16), 0.0), "key")
    with pytest.raises(MattewrightError, match="was not found on frame 1003"):
        keep_tracked_mask(tmp_path / "shot", made, "disk", FIRST + 2)
