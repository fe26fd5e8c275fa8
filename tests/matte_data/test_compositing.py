"""Composites: the equation to the last bit, both layouts, every N-th frame, and runs that resume."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from matte_data import backdrops, compositing, layouts
from matte_data.compositing import Settings
from matte_data.textures import Photographs


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(compositing, "SIZES", [(160, 90), (192, 108), (96, 128), *[(160, 120)] * 4])


CLEAN = Settings(noisy=0.0, company=0.0, screens=0.0)


def frame(number, size=(160, 120)):
    """A soft disk that moves: alpha and colour."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    alpha = np.clip((34 - np.hypot(x - 70 - 2 * number, y - 60)) / 6 + 0.5, 0, 1)
    colour = np.stack([80 + 100 * alpha, x, np.full_like(x, 40.0)], -1).astype(np.uint8)
    return alpha.astype(np.float32), colour


def make_source(folder, name="ball", count=3):
    for number in range(1, count + 1):
        alpha, colour = frame(number)
        layouts.write_alpha(folder / name / "alpha" / f"{number:04d}.png", alpha)
        layouts.write_colour(folder / name / "foreground" / f"{number:04d}.png", colour)
    return layouts.sources(folder)


@pytest.fixture
def photographs(tmp_path):
    folder = tmp_path / "photographs"
    for number in range(2):
        layouts.write_colour(folder / f"{number}.png", np.random.default_rng(number).integers(0, 255, (300, 400, 3), np.uint8))
    return Photographs(folder)


def made(folder, sources, photographs, settings=CLEAN):
    tasks = list(compositing.tasks(sources, "set", settings))
    done = [compositing.composite_clip(folder, task, sources, photographs, settings) for task in tasks]
    return [folder / task.name for task in tasks], done


def test_a_frame_is_foreground_over_background_to_within_rounding(tmp_path, photographs, monkeypatch):
    backgrounds = []
    real = compositing.any_backdrop
    monkeypatch.setattr(compositing, "any_backdrop", lambda *given: backgrounds.append(real(*given)) or backgrounds[-1])
    clips, _ = made(tmp_path / "out", make_source(tmp_path / "set"), photographs)
    for index, behind in enumerate(backgrounds[0].pictures, 1):
        alpha = layouts.read_alpha(clips[0] / "alpha" / f"{index:04d}.png").astype(np.float64)[..., None]
        foreground = layouts.read_colour(clips[0] / "foreground" / f"{index:04d}.png")
        seen = layouts.read_colour(clips[0] / "frames" / f"{index:04d}.png")
        assert np.abs(alpha * foreground + (1 - alpha) * behind - seen).max() <= 0.5 + 1e-3
        assert ((alpha > 0.05) & (alpha < 0.95)).any()
    assert json.loads((clips[0] / "manifest.json").read_text("utf-8"))["exact"] is True


def test_alpha_keeps_its_sixteen_bits(tmp_path):
    alpha = (np.arange(65536, dtype=np.float32) / 65535).reshape(256, 256)
    layouts.write_alpha(tmp_path / "a.png", alpha)
    assert np.array_equal(np.rint(layouts.read_alpha(tmp_path / "a.png") * 65535), np.rint(alpha * 65535))


def test_the_same_seed_gives_the_same_clip_and_a_run_that_was_cut_goes_on(tmp_path, photographs):
    sources = make_source(tmp_path / "set")
    settings = Settings(noisy=1.0, company=1.0, screens=0.3, variants=3)
    clips, done = made(tmp_path / "one", sources, photographs, settings)
    assert done == [True] * 3
    again, _ = made(tmp_path / "two", sources, photographs, settings)
    for one, two in zip(clips, again, strict=True):
        for path in sorted(one.rglob("*.png")):
            assert path.read_bytes() == (two / path.relative_to(one)).read_bytes()
    assert len({(clip / "frames" / "0001.png").read_bytes() for clip in clips}) == 3, "each over another background"
    whole = (clips[1] / "frames" / "0002.png").read_bytes()
    (clips[1] / "manifest.json").unlink()
    (clips[1] / "frames" / "0002.png").unlink()
    _, done = made(tmp_path / "one", sources, photographs, settings)
    assert done == [False, True, False] and (clips[1] / "frames" / "0002.png").read_bytes() == whole


def test_every_nth_frame_begins_a_clip(tmp_path):
    sources = make_source(tmp_path / "set", count=12)
    tasks = list(compositing.tasks(sources, "set", Settings(frames=3, every=4)))
    assert [task.first for task in tasks] == [0, 4, 8]
    assert list(compositing.starts(2, 3, 4)) == [0]
    assert list(compositing.starts(0, 3, 4)) == []


def test_a_still_moves_a_little(tmp_path, photographs):
    clips, done = made(tmp_path / "out", make_source(tmp_path / "set", count=1), photographs, Settings(noisy=0.0))
    assert done == [True] and json.loads((clips[0] / "manifest.json").read_text("utf-8"))["frames"] == 2
    first, later = (layouts.read_alpha(path) for path in layouts.pictures_in(clips[0] / "alpha"))
    assert 0 < np.abs(first - later).max() <= 1 and later.sum() == pytest.approx(first.sum(), rel=0.1)


def movie(path, pictures):
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, pictures[0].shape[1::-1])
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture[..., ::-1])
    writer.release()


def test_videos_and_folders_in_the_layout_of_videomatte(tmp_path, photographs):
    frames = [frame(number) for number in range(5)]
    movie(tmp_path / "vm" / "train" / "fgr" / "0001.mp4", [colour for _, colour in frames])
    movie(
        tmp_path / "vm" / "train" / "pha" / "0001.mp4",
        [np.rint(alpha[..., None].repeat(3, -1) * 255).astype(np.uint8) for alpha, _ in frames],
    )
    for number, (alpha, colour) in enumerate(frames):
        layouts.write_alpha(tmp_path / "vm" / "test" / "pha" / "0002" / f"{number}.png", alpha)
        layouts.write_colour(tmp_path / "vm" / "test" / "fgr" / "0002" / f"{number}.png", colour)
    sources = layouts.sources(tmp_path / "vm")
    assert [(source.name, source.count()) for source in sources] == [("train_0001", 5), ("test_0002", 5)]
    for source in sources:
        for number, (alpha, colour) in enumerate(source.read(2, 2), 2):
            assert np.abs(alpha - frames[number][0]).max() < 0.15
            assert np.abs(colour.astype(int) - frames[number][1]).mean() < 6
    clips, done = made(tmp_path / "out", sources, photographs, Settings(frames=2, every=3))
    assert done == [True] * 4 and len(layouts.pictures_in(clips[0] / "frames")) == 2


def test_a_folder_without_clips_is_said(tmp_path):
    with pytest.raises(layouts.LayoutError, match="holds no clip with alpha/ and foreground/"):
        layouts.sources(tmp_path)
    with pytest.raises(layouts.LayoutError, match="no such folder"):
        layouts.sources(tmp_path / "nothing")


def test_what_is_cut_off_at_the_bottom_stays_so():
    alpha = np.zeros((120, 160), np.float32)
    alpha[40:, 50:110] = 1
    for seed in range(12):
        placed, _, _ = compositing.placed(np.random.default_rng(seed), [(alpha, np.zeros((120, 160, 3), np.uint8))], (200, 120))
        assert placed[0][-1].max() > 0.99 and 0.03 < placed[0].mean() < 0.7


def test_matching_brings_lightness_and_tint_nearer_by_its_strength():
    alpha = [np.ones((40, 60), np.float32)]
    dark, behind = [np.full((40, 60, 3), (60.0, 30, 20), np.float32)], np.full((40, 60, 3), (200, 220, 240), np.uint8)
    far = [
        np.abs(compositing.matched(np.random.default_rng(1), alpha, dark, behind, strength)[0] - behind).mean() for strength in (0, 0.5, 1)
    ]
    assert far[0] > far[1] > far[2] > 0
    assert np.array_equal(compositing.matched(np.random.default_rng(1), alpha, dark, behind, 0)[0], dark[0])


def test_backgrounds_move_and_screens_are_screens(photographs):
    kinds = [backdrops.any_backdrop(np.random.default_rng(seed), (160, 90), 3, photographs, 0.4) for seed in range(24)]
    assert {"photograph", "screen"} <= {backdrop.kind for backdrop in kinds}
    for backdrop in kinds:
        assert [picture.shape for picture in backdrop.pictures] == [(90, 160, 3)] * 3
        if backdrop.screen is not None:
            assert backdrop.screen.argmax() in (1, 2)
        if backdrop.kind == "photograph":
            moves = np.abs(backdrop.pictures[0].astype(int) - backdrop.pictures[2]).max() > 0
            assert moves == (backdrop.pace > 0)
