"""Masks that are made from other objects' masks: live steps and locked frames included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import moving_shape
import numpy as np
import pytest

from engine.footage import probe
from engine.jobs import OpenShot, refine_job
from engine.jobs.plan import plan_masks_only
from engine.segment.tracker import Prediction
from engine.shot import FrameRange, MattewrightError, Point, Prompts, RefineStep, Shot, ShotObject, to_json
from engine.store import Store

FRAMES = FrameRange(1, 3)
GROW = RefineStep("grow", {"pixels": 5.0})
THRESHOLD = RefineStep("threshold")
AWAY = RefineStep("combine_object", {"object": "other", "combine": "subtract"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with the logits of two disks that overlap."""
    first = moving_shape.write_sequence(tmp_path / "clip", len(FRAMES))
    store = Store(tmp_path / "store")
    y, x = np.mgrid[0:256, 0:256]
    for name, centre in (("it", 110), ("other", 160)):
        store.prepare(name, "logits")
        for frame in FRAMES:
            logits = ((40 - np.hypot(x - centre, y - 128)) / 2).astype(np.float16)
            store.write_logits(name, frame, Prediction(logits, 0.9), f"{name} {frame}")
    (tmp_path / "first.txt").write_text(str(first), encoding="utf-8")
    return tmp_path / "store"


def refined(folder: Path, *other: RefineStep, locked: tuple[FrameRange, ...] = ()) -> dict[int, np.ndarray]:
    """The masks of `it`, of which `other` with these steps is taken away, and how many of both were made."""
    footage = probe(Path((folder.parent / "first.txt").read_text(encoding="utf-8")))
    prompts = (Prompts(1, (Point(20, 20),)),)
    objects = (
        ShotObject("it", prompts=prompts, refine=(THRESHOLD, AWAY)),
        ShotObject("other", prompts=prompts, refine=other, locked=locked),
    )
    (folder / "shot.json").write_text(to_json(Shot("x", footage, FRAMES, objects)), encoding="utf-8")
    with OpenShot(folder) as opened:
        for _ in refine_job(opened):
            pass
    return {frame: Store(folder).read_mask("it", frame) for frame in FRAMES}


def test_another_object_is_taken_with_its_live_steps(folder: Path) -> None:
    baked = refined(folder, THRESHOLD, GROW)
    live = refined(folder, THRESHOLD, replace(GROW, live=True))
    plain = refined(folder, THRESHOLD)
    for frame in FRAMES:
        assert np.array_equal(live[frame], baked[frame])
        assert plain[frame].sum() > baked[frame].sum() > 0


def test_a_live_value_of_another_object_makes_stale_what_takes_it(folder: Path) -> None:
    before = refined(folder, THRESHOLD, replace(GROW, live=True))
    after = refined(folder, THRESHOLD, RefineStep("grow", {"pixels": 9.0}, live=True))
    assert all(after[frame].sum() < before[frame].sum() for frame in FRAMES)


def test_a_locked_mask_is_taken_with_the_live_steps_after_it(folder: Path) -> None:
    live = replace(GROW, live=True)
    free = refined(folder, THRESHOLD, live)
    locked = refined(folder, THRESHOLD, live, locked=(FrameRange(2, 3),))
    assert all(np.array_equal(locked[frame], free[frame]) for frame in FRAMES)
    with OpenShot(folder) as opened:
        plan = plan_masks_only(opened, [opened.shot.object("other")], FRAMES)
    assert not plan.masks.get("other")


def test_masks_are_made_where_the_footage_is_not_at_hand(folder: Path) -> None:
    before = refined(folder, THRESHOLD)
    text = (folder / "shot.json").read_text(encoding="utf-8")
    (folder / "shot.json").write_text(text.replace('"path": "', '"path": "/gone'), encoding="utf-8")
    (folder / "objects" / "it" / "mask" / "it_0002.png").unlink()
    with OpenShot(folder) as opened:
        assert [progress.frame for progress in refine_job(opened)] == [2]
        with pytest.raises(MattewrightError, match="no such file"):
            _ = opened.reader
    assert np.array_equal(Store(folder).read_mask("it", 2), before[2])
