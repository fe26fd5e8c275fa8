"""Mattes of what is tracked: what is stale, what is kept, and that a frame's alpha is the same whatever job made it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import moving_shape
import numpy as np
import pytest
from matted import FIRST, LAST, SIZE, disk, tracked, write

from engine.footage.view import srgb_decoded
from engine.jobs import OpenShot, matte_job
from engine.jobs.frames import FrameLists
from engine.matte import refiner
from engine.matte.methods import choose
from engine.segment import models
from engine.segment.tracker import Prediction
from engine.shot import (
    Footage,
    FrameRange,
    Matte,
    MatteMethod,
    MattewrightError,
    Point,
    Prompts,
    RefineStep,
    Shot,
    ShotObject,
    Stage,
    to_json,
)
from engine.store import Store, pictures

ALL = list(range(FIRST, LAST + 1))
needs_people = pytest.mark.skipif(not models.installed("rvm"), reason="needs Robust Video Matting's weights in build/models")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tracked(tmp_path, "disk")


def made(folder: Path, *objects: ShotObject, names: Sequence[str] = (), frames: tuple[int, int] | None = None) -> list[int]:
    """The frames that the job made, with `objects` in the document if there are any."""
    if objects:
        write(folder, *objects)
    with OpenShot(folder) as opened:
        return [progress.frame for progress in matte_job(opened, names, *(frames or (None, None)))]


def files(folder: Path, stage: Stage = "alpha", name: str = "disk") -> dict[int, str]:
    """By frame a digest of what is in the file."""
    return {frame: hashlib.sha256(path.read_bytes()).hexdigest() for frame, path in Store(folder).layout.files(name, stage)}


def test_alphas_are_16_bits_soft_at_the_edge_and_near_the_truth(folder: Path) -> None:
    assert made(folder, disk()) == ALL
    assert made(folder) == [], "and fresh then"
    for frame in ALL:
        alpha = Store(folder).read_alpha("disk", frame)
        assert alpha.dtype == np.uint16 and alpha.shape == SIZE
        truth = moving_shape.truth(frame - FIRST)
        assert np.abs(alpha / 65535 - truth).mean() < 0.01
        assert ((alpha > 0) & (alpha < 65535)).any()
    assert not Store(folder).layout.folder("disk", "raw").exists()
    assert not Store(folder).layout.folder("disk", "foreground").exists()


def test_only_what_a_change_reaches_is_made_anew(folder: Path) -> None:
    made(folder, disk())
    before = files(folder)
    assert made(folder, disk(width=3.0)) == ALL, "another band"
    assert made(folder, disk(method="knn"), frames=(2, 2)) == [2], "another method"
    assert made(folder, disk()) == ALL
    assert files(folder) == before, "the same bytes again"
    assert made(folder, disk(steady=0.0, despill="green", despill_strength=0.5)) == [], "there is no foreground to take it out of"
    keyed = RefineStep("grow", {"pixels": {str(FIRST): 0.0, "3": 4.0}})
    chain = (RefineStep("threshold"), RefineStep("grow", {"pixels": 0.0}))
    made(folder, replace(disk(), refine=chain))
    assert made(folder, replace(disk(), refine=(chain[0], keyed))) == [3, 4, 5], "where the chain's value is another one"
    live = replace(keyed, live=True)
    assert made(folder, replace(disk(), refine=(chain[0], live))) == [], "done by the compositor or not, it is what one sees"
    Store(folder).write_logits("disk", 2, Prediction(pictures.read(Store(folder).layout.file("disk", "logits", 3)), 0.9), "again")
    assert made(folder) == [2]
    picture = folder.parent / "clip" / f"disk_{moving_shape.FIRST + 3}.png"
    picture.write_bytes((folder.parent / "clip" / f"disk_{moving_shape.FIRST}.png").read_bytes())
    assert made(folder) == [4], "the picture is another"


def test_a_job_that_is_cut_goes_on_where_it_was(folder: Path) -> None:
    write(folder, disk(foreground=True))
    with OpenShot(folder) as opened:
        job = matte_job(opened)
        assert next(job).frame == FIRST
        job.close()
    done = files(folder, "foreground")
    assert 1 <= len(done) < len(ALL)
    assert made(folder) == [frame for frame in ALL if frame not in done]
    assert set(files(folder)) == set(files(folder, "foreground")) == set(ALL)


def test_locked_frames_are_never_written(folder: Path) -> None:
    made(folder, disk(foreground=True, steady=0.5))
    painted = cv2.imencode(".png", np.full(SIZE, 128, np.uint8))[1].tobytes()
    Store(folder).layout.file("disk", "alpha", 3).write_bytes(painted)
    alphas, colours = files(folder), files(folder, "foreground")
    locked = replace(disk(foreground=True, steady=0.5, width=4.0), locked=(FrameRange(2, 3),))
    assert made(folder, locked) == [1, 4, 5]
    for frame in (2, 3):
        assert files(folder)[frame] == alphas[frame] and files(folder, "foreground")[frame] == colours[frame]
    assert files(folder)[4] != alphas[4]
    assert made(folder) == []
    assert int(Store(folder).read_alpha("disk", 3)[0, 0]) == 128 * 257, "what was painted by hand is read as it is meant"


def test_a_steadied_frame_is_the_same_whatever_job_made_it(folder: Path, tmp_path: Path) -> None:
    made(folder, disk(steady=1.0))
    whole = files(folder)
    plain = tracked(tmp_path / "plain", "disk")
    made(plain, disk())
    assert files(plain) != whole, "steadying does something"
    parts = tracked(tmp_path / "parts", "disk")
    write(parts, disk(steady=1.0))
    for frames in ((4, 5), (2, 2), (1, 1), (3, 3)):
        assert made(parts, frames=frames) == list(range(frames[0], frames[1] + 1))
    assert files(parts) == whole
    assert made(parts) == []


def test_another_steadiness_asks_the_method_for_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(folder, disk())
    plain = files(folder)
    from engine.jobs import alpha_maker

    monkeypatch.setattr(alpha_maker, "alpha", lambda *_: pytest.fail("it was made already"))
    assert made(folder, disk(steady=1.0)) == ALL
    assert made(folder, disk(steady=0.5)) == ALL
    assert made(folder, disk()) == ALL
    assert files(folder) == plain


def test_the_foreground_is_straight_and_linear_and_without_the_screen(folder: Path) -> None:
    made(folder, disk(foreground=True))
    alpha, colour = Store(folder).read_alpha("disk", 1), Store(folder).read_foreground("disk", 1)
    assert colour.dtype == np.float16 and colour.shape == (*SIZE, 3)
    inside = alpha == 65535
    shown = srgb_decoded(moving_shape.picture(0).astype(np.float32) / 255)
    assert np.allclose(colour[inside], shown[inside], atol=2e-3), "where the object covers all, the picture's own"
    assert made(folder, disk(foreground=True, despill="green")) == ALL
    after = Store(folder).read_foreground("disk", 1).astype(np.float32)
    assert (after[inside][:, 1] <= np.maximum(after[inside][:, 0], after[inside][:, 2]) + 0.02).all()
    assert np.array_equal(Store(folder).read_alpha("disk", 1), alpha)


def test_objects_that_are_not_enabled_are_made_by_name_alone(tmp_path: Path) -> None:
    folder = tracked(tmp_path, "disk", "other")
    write(folder, disk(), disk("other", enabled=False))
    assert made(folder) == ALL
    assert files(folder, name="other") == {}
    assert made(folder, names=["other"], frames=(2, 3)) == [2, 3]
    write(folder, disk(enabled=False), disk("other", enabled=False))
    with pytest.raises(MattewrightError, match="no object is to have a matte: enable one's, or name the object"):
        made(folder)


def test_a_method_without_its_weights_is_one_clear_line_and_the_others_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tracked(tmp_path, "disk", "other")
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "none"))
    with pytest.raises(MattewrightError, match=r"no new mattes of 'other': model 'rvm' is not installed.*\(5 other files were written\)"):
        made(folder, disk(), disk("other", method="rvm"))
    assert set(files(folder)) == set(ALL)
    monkeypatch.setattr(refiner, "available", lambda: False)
    assert choose("auto").name == "closed_form"
    write(folder, disk(method="auto"))
    with OpenShot(folder) as opened:
        assert [progress.method for progress in matte_job(opened, (), 1, 1)] == ["closed_form"]


def test_the_frame_lists_tell_of_mattes(folder: Path) -> None:
    write(folder, replace(disk(), prompts=()))
    made(folder, frames=(2, 3))
    listed = FrameLists().make(folder)
    assert listed.objects[0].matted == ((2, 3),)


@pytest.mark.slow
@needs_people
def test_a_method_that_goes_by_what_came_before_gives_the_same_in_any_job(folder: Path, tmp_path: Path) -> None:
    assert made(folder, disk(method="rvm")) == ALL
    whole = files(folder)
    parts = tracked(tmp_path / "parts", "disk")
    write(parts, disk(method="rvm"))
    assert made(parts, frames=(4, 5)) == [4, 5]
    assert set(files(parts)) == {4, 5}, "what came before was only looked at"
    assert made(parts) == [1, 2, 3]
    assert files(parts) == whole
    Store(parts).write_logits("disk", 3, Prediction(pictures.read(Store(parts).layout.file("disk", "logits", 3)), 0.9), "again")
    assert made(parts) == [3], "it goes by the pictures, not by the masks"


@pytest.mark.parametrize("method", ["guided", "closed_form", "knn"])
def test_a_panoramas_seam_is_no_edge(tmp_path: Path, method: MatteMethod) -> None:
    """An object across the seam has the alpha, to the bit, and the colours that it has amid the picture."""
    height, width = 64, 160
    noise = cv2.GaussianBlur(np.random.default_rng(3).uniform(0, 90, (height, width, 3)).astype(np.float32), (0, 0), 2)
    y, x = np.mgrid[:height, :width]
    soft = np.clip((16 - np.hypot(x - 80, y - 30)) / 6, 0, 1)[..., None]
    shown = np.rint(noise * (1 - soft) + np.float32([200, 190, 60]) * soft).astype(np.uint8)
    said = Matte(enabled=True, method=method, width=9.0, foreground=True)
    item = ShotObject("disk", prompts=(Prompts(1, (Point(5, 5),)),), matte=said)
    found, colors = {}, {}
    for turned in (0, 80):
        place = tmp_path / f"{turned}"
        (place / "clip").mkdir(parents=True)
        cv2.imwrite(str(place / "clip/a_1.png"), np.roll(shown, turned, axis=1))
        footage = Footage("../clip/a_1.png", "sequence", width, height, 1, wraps=True)
        store = Store(place / "store")
        logits = np.roll(cv2.resize(soft.astype(np.float32) * 20 - 10, (256, 256)), turned * 256 // width, axis=1)
        store.write_logits("disk", 1, Prediction(logits.astype(np.float16), 0.9), "tracked")
        (place / "store/shot.json").write_text(to_json(Shot("a", footage, FrameRange(1, 1), (item,))), encoding="utf-8")
        assert made(place / "store") == [1]
        found[turned] = np.roll(store.read_alpha("disk", 1), -turned, axis=1)
        colors[turned] = np.roll(store.read_foreground("disk", 1), -turned, axis=1)
    assert ((found[0] > 5000) & (found[0] < 60000)).sum() > 100
    assert np.abs(found[80].astype(int) - found[0])[:, 48:112].max() <= 1
    assert np.abs(colors[80].astype(np.float32) - colors[0])[:, 48:112].max() < 1e-3
