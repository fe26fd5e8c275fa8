"""Trimaps, alphas and matte jobs in Blender, with the real engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from addon_fixtures import PATIENCE, disc_clip, pump, read_picture, write_png
from drawn_panels import in_editor
from mattewright.addon import command, frames, preview, properties, store
from mattewright.addon.link import session
from mattewright.addon.operators import mattes as operators
from mattewright.addon.preview import matte, overlay_settings
from mattewright.addon.preview.wanted import matted, wanted_of
from mattewright.addon.ui import overlay_mattes
from mattewright.engine.shot.messages import FramesDone, ObjectFrames

FIRST, COUNT, SIZE = 11, 3, (96, 64)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    matte.close()
    matte.asked = 0
    yield
    preview.live.close()
    matte.close()
    settings = preview.settings.current()
    assert settings is not None
    settings.show = False


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    """A clip with the object `dog`, which was tracked on all frames but the last; its matte goes by what is quick."""
    loaded, dog = disc_clip(tmp_path, FIRST, COUNT, SIZE)
    dog.matte.method = "guided"
    return loaded


def show(clip: bpy.types.MovieClip, stage: Any, frame: int = FIRST) -> None:
    matte.want(matted(clip, wanted_of(clip, "dog", frame), stage))


def settle() -> None:
    pump(lambda: matte.settled)


def pixels() -> np.ndarray:
    assert matte.shown is not None and matte.shown.pixels is not None, matte.problem
    return matte.shown.pixels


def stored(clip: bpy.types.MovieClip, frame: int = FIRST) -> np.ndarray:
    """The alpha's file in 8 bits."""
    values = read_picture(store.layout(clip).file("dog", "alpha", frame))
    return np.rint(values[..., 0] * 255).astype(np.uint8)


def test_the_newest_alpha_is_shown_and_is_what_the_job_writes(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    withdrawn: list[int] = []
    withdraw = session.withdraw
    monkeypatch.setattr(session, "withdraw", lambda number: (withdrawn.append(number), withdraw(number)))
    show(clip, "alpha", FIRST + 1)
    show(clip, "alpha", FIRST)
    assert withdrawn, "nobody waits for another frame's"
    settle()
    assert not matte.problem
    seen = pixels()
    assert matte.shown is not None and matte.shown.done.method == "guided"
    assert len(np.unique(seen)) > 10
    bpy.context.scene.frame_current = FIRST
    assert bpy.ops.mattewright.matte_span(clip=clip.name, span="HERE") == {"FINISHED"}
    assert np.array_equal(stored(clip), seen)
    assert [frame for frame, _ in store.layout(clip).files("dog", "alpha")] == [FIRST]
    assert not list(store.layout(clip).files("dog", "foreground"))
    show(clip, "alpha", FIRST + 1)
    count = len(withdrawn)
    matte.close()
    assert len(withdrawn) == count + 1, "nobody looks any more"


def test_where_weights_are_missing_it_is_said_what_to_do(
    clip: bpy.types.MovieClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "empty"))
    properties.of(clip).objects["dog"].matte.method = "rvm"
    show(clip, "alpha")
    settle()
    assert "models install rvm" in matte.problem and (matte.shown is None or matte.shown.pixels is None)
    properties.of(clip).objects["dog"].matte.method = "guided"
    show(clip, "alpha")
    settle()
    assert pixels().any() and not matte.problem


def test_jobs_by_the_operator_and_the_command(clip: bpy.types.MovieClip, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["matte", "--clip", clip.name]) == 1
    assert "no object's matte is switched on" in capsys.readouterr().err
    properties.of(clip).objects["dog"].matte.enabled = True
    assert command.main(["matte", "--clip", clip.name, "--frames", f"{FIRST}-{FIRST + 1}"]) == 0
    assert [frame for frame, _ in store.layout(clip).files("dog", "alpha")] == [FIRST, FIRST + 1]


def test_a_trimap_follows_its_values_alone_and_is_shown_in_two_colors(clip: bpy.types.MovieClip) -> None:
    show(clip, "trimap")
    settle()
    first = pixels()
    assert first.shape == SIZE[::-1] and set(np.unique(first)) == {0, 128, 255}
    settings = properties.of(clip).objects["dog"].matte
    settings.method, settings.steady, settings.foreground, settings.enabled = "closed_form", 0.5, True, True
    show(clip, "trimap")
    assert matte.settled and matte.asked == 1, "none of this changes the trimap"
    settings.width = 9.0
    show(clip, "trimap")
    settle()
    assert (pixels() == 128).sum() > (first == 128).sum()
    scene = bpy.context.scene
    scene.frame_current = FIRST
    chosen = overlay_settings.of(scene)
    chosen.stage = "TRIMAP"
    settings = preview.settings.current()
    assert settings is not None and settings.show, "it needs Live Mask"
    assert overlay_mattes.stage_of(clip, scene) == "TRIMAP"
    show(clip, "trimap")
    settle()
    whole = pixels()
    band, sure = overlay_mattes.layers_of(clip, scene, "TRIMAP", True).refined
    left, top, right, bottom = sure.box
    assert np.array_equal(sure.pixels, (whole == 255)[top:bottom, left:right] * np.uint8(255))
    assert np.array_equal(band.pixels, (whole == 128)[top:bottom, left:right] * np.uint8(255))
    assert band.color == overlay_mattes.UNKNOWN and overlay_mattes.layers_of(clip, scene, "TRIMAP", True).refined == (band, sure)
    chosen.view = "MATTE"
    (flat,) = overlay_mattes.layers_of(clip, scene, "TRIMAP", True).refined
    assert set(np.unique(flat.pixels)) == {0, 128, 255}
    assert overlay_mattes.told("TRIMAP", False) == "The trimap needs Live Mask"


def test_stored_alphas_are_shown_without_the_engine(clip: bpy.types.MovieClip) -> None:
    scene = bpy.context.scene
    scene.frame_current = FIRST
    write_png(store.layout(clip).file("dog", "alpha", FIRST), np.full(SIZE[::-1], 0x8123, np.uint16))
    until = time.monotonic() + PATIENCE
    while not (shown := overlay_mattes.layers_of(clip, scene, "ALPHA", False).refined):
        assert time.monotonic() < until
    assert set(np.unique(shown[0].pixels)) == {0x81}


def test_a_gray_button_says_why(clip: bpy.types.MovieClip) -> None:
    def learn(*found: ObjectFrames) -> str:
        frames.states.learn(clip.name_full, frames.watch.says(clip, FIRST), FramesDone(FIRST, FIRST + 2, found))
        return operators.MATTEWRIGHT_OT_matte_span.why_not(bpy.context)

    with in_editor(clip):
        assert learn(ObjectFrames("dog")) == "'dog' is not tracked yet: track it first"
        assert not bpy.ops.mattewright.matte_span.poll()
        whole = ((FIRST, FIRST + 1),)
        assert learn(ObjectFrames("dog", whole, masked=whole)) == "" and bpy.ops.mattewright.matte_span.poll()
        said = "model 'rvm' is not installed: run python -m engine models install rvm"
        assert learn(ObjectFrames("dog", whole, masked=whole, lacking=said)) == said
