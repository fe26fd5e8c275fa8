"""What the masks over the clip are made from: files read on a thread, live previews, and which of them is seen."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import bpy
import mattewright
import numpy as np
import pytest
from addon_fixtures import load_clip, make_sequence, random_masks, save, write_png
from mattewright.addon import preview, properties, store
from mattewright.addon.preview import overlay_settings, png, prompting, target
from mattewright.addon.preview.stored import Stored, StoredMask
from mattewright.addon.preview.tiles import LINE, side_of, tiles_of, triangles
from mattewright.addon.preview.wanted import clicked, unrefined, wanted_of
from mattewright.addon.ui.overlay_layers import Layer, layers_of, union
from mattewright.engine.shot import MattewrightError, Prompts

FIRST, SIZE = 11, (64, 48)
PATIENCE = 60.0
"""Seconds until a test gives up; a bound against hanging, not a measurement."""


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    """A clip with the objects `dog` and `cat`."""
    sequence = make_sequence(tmp_path / "plate", 1, 5, SIZE)
    save(tmp_path / "shot.blend")
    loaded = load_clip(sequence.first, FIRST)
    for name in ("dog", "cat"):
        properties.add_object(properties.of(loaded), name)
    bpy.context.scene.frame_current = FIRST
    return loaded


@pytest.fixture
def stored() -> Iterator[Stored]:
    made = Stored()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    preview.stored.close()
    preview.live.close()
    prompting.forget()


def read(stored: Stored, paths: list[Path], token: object = 0) -> list[StoredMask | None]:
    """What is known once everything has been looked at."""
    stored.masks("test", token, paths)
    until = time.monotonic() + PATIENCE
    while stored.waiting:
        assert time.monotonic() < until, "waited for too long"
        time.sleep(0.001)
    return stored.masks("test", token, paths)


def whole(mask: StoredMask | Layer | None) -> np.ndarray:
    assert mask is not None
    made = np.zeros((mask.size[1], mask.size[0]), np.uint8)
    left, top, right, bottom = mask.box
    made[top:bottom, left:right] = mask.pixels
    return made


def layers(clip: bpy.types.MovieClip, live: bool = False) -> tuple[Layer, ...]:
    """What is drawn once the files are read."""
    layers_of(clip, bpy.context.scene, live)
    until = time.monotonic() + PATIENCE
    while preview.stored.waiting:
        assert time.monotonic() < until, "waited for too long"
        time.sleep(0.001)
    return layers_of(clip, bpy.context.scene, live).refined


def filtered(pixels: np.ndarray, kinds: list[int], depth: int = 1) -> bytes:
    """A PNG of (height, width) uint8, or of its bytes in pairs, each row by the filter that the standard numbers so."""
    rows = pixels.astype(int)
    packed = b""
    for number, kind in enumerate(kinds):
        row = rows[number]
        up = rows[number - 1] if number else np.zeros_like(row)
        left, corner = (np.concatenate([np.zeros(depth, int), line[:-depth]]) for line in (row, up))
        guess = left + up - corner
        across, down, both = abs(guess - left), abs(guess - up), abs(guess - corner)
        paeth = np.where((across <= down) & (across <= both), left, np.where(down <= both, up, corner))
        by = [np.zeros_like(row), left, up, (left + up) // 2, paeth][kind]
        packed += bytes([kind]) + ((row - by) % 256).astype(np.uint8).tobytes()
    whole = bytearray(b"\x89PNG\r\n\x1a\n")
    header = (pixels.shape[1] // depth).to_bytes(4, "big") + len(pixels).to_bytes(4, "big") + bytes([8 * depth, 0, 0, 0, 0])
    for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(packed)), (b"IEND", b"")):
        whole += len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")
    return bytes(whole)


@pytest.mark.parametrize("kinds", [[0] * 6, [1] * 6, [2] * 6, [3] * 6, [4] * 6, [4, 3, 2, 2, 1, 0], [2, 0, 3, 1, 4, 2]])
def test_every_filter_of_a_png(kinds: list[int]) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (6, 10)).astype(np.uint8)
    assert np.array_equal(png.decode(filtered(pixels, kinds)), pixels)
    assert np.array_equal(png.decode(filtered(pixels, kinds, 2)), pixels[:, ::2]), "of 16 bits the upper 8"


def test_what_is_no_mask_is_one_line(tmp_path: Path, stored: Stored) -> None:
    good = filtered(np.full((4, 4), 9, np.uint8), [2] * 4)
    for name, content in (("empty", b""), ("text", b"hello"), ("cut", good[:50]), ("no end", good[:-30])):
        path = tmp_path / f"{name}.png"
        path.write_bytes(content)
        with pytest.raises(MattewrightError, match=f"{name}.png: no mask can be read from it"):
            png.read_grey(path)
        assert read(stored, [path], name) == [None] and "run again" in stored.problem([path])
    colored = write_png(tmp_path / "color.png", np.zeros((4, 4, 3), np.uint8))
    assert read(stored, [colored, tmp_path / "none.png"]) == [None, None]
    assert "expected one grey channel" in stored.problem([colored]) and stored.problem([tmp_path / "none.png"]) == ""


def test_files_are_read_once_and_again_when_they_change(tmp_path: Path, stored: Stored) -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:9, 7:20] = 200
    path = write_png(tmp_path / "a.png", mask)
    (found,) = read(stored, [path])
    assert found is not None and found.box == (6, 4, 21, 10) and np.array_equal(whole(found), mask)
    assert stored.take_news() and not stored.take_news()
    assert read(stored, [path]) == [found] and read(stored, [path], 1) == [found] and stored.read == 1
    mask[:] = 0
    write_png(path, mask)
    (empty,) = read(stored, [path], 2)
    assert empty is not None and empty.pixels.size == 0 and empty.number != found.number and stored.read == 2
    path.unlink()
    assert read(stored, [path], 3) == [None] and stored.take_news()


def test_memory_is_bounded_and_what_comes_next_is_read_ahead(tmp_path: Path) -> None:
    paths = [write_png(tmp_path / f"{number}.png", np.full((10, 10), 50, np.uint8)) for number in range(8)]
    small = Stored(limit=250)
    try:
        for number, path in enumerate(paths):
            assert read(small, [path], number)[0] is not None
        assert len(small._known) == 2
    finally:
        small.close()
    ahead = Stored()
    try:
        ahead.masks("test", 0, paths[:1], paths[1:3])
        until = time.monotonic() + PATIENCE
        while ahead.read < 3:
            assert time.monotonic() < until
            time.sleep(0.001)
        assert all(mask is not None for mask in ahead.masks("test", 1, paths[1:3])), "it is there at once"
    finally:
        ahead.close()


def test_all_visible_objects_are_drawn_in_their_colors(clip: bpy.types.MovieClip) -> None:
    shot = properties.of(clip)
    assert layers(clip) == ()
    masks = {name: random_masks(clip, name, range(FIRST, FIRST + 2), seed=seed)[FIRST] for name, seed in (("dog", 1), ("cat", 2))}
    bpy.context.scene.frame_current = FIRST + 1
    assert len(layers(clip)) == 2
    bpy.context.scene.frame_current = FIRST
    dog, cat = layers(clip)
    assert np.array_equal(whole(dog), masks["dog"]) and np.array_equal(whole(cat), masks["cat"])
    assert dog.color != cat.color
    both = union((dog, cat))
    assert both is not None and np.array_equal(whole(both), np.maximum(masks["dog"], masks["cat"]))
    shot.objects["dog"].visible = False
    assert layers(clip) == (cat,)
    shot.objects["dog"].visible, shot.objects["dog"].solo = True, True
    assert layers(clip) == (dog,)
    bpy.context.scene.frame_current = FIRST + 4
    assert layers(clip) == (), "nothing was made there"


@pytest.mark.parametrize("side", [8, 16])
@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (64, 48), (61, 83)])
def test_tiles_leave_nothing_out(shape: tuple[int, int], side: int) -> None:
    height, width = shape
    random = np.random.default_rng(height)
    for level in (0.0, 0.5, 0.98, 1.0):
        blocks = (random.random((height // 24 + 1, width // 24 + 1)) < level).astype(np.uint8) * 255
        pixels = np.kron(blocks, np.ones((24, 24), np.uint8))[:height, :width]
        pixels[: height // 2] = pixels[: height // 2] // 255 * np.linspace(3, 252, width).astype(np.uint8)
        found = tiles_of(pixels, side)
        parts = np.zeros((3, height + 32, width + 32), int)
        for drawn, rectangles in zip(parts, found, strict=True):
            for left, top, right, bottom in rectangles.astype(int) + 16:
                drawn[top:bottom, left:right] += 1
        assert parts.sum(axis=0).max(initial=0) <= 1, "nothing is drawn twice"
        edge, soft, inside = parts[:, 16:-16, 16:-16][:, :height, :width] > 0
        assert not (pixels[inside] < 254).any() and (edge | soft | inside | (pixels <= 1)).all()
        half = side // 2
        rows, columns = np.nonzero(~edge)
        for row, column in zip(rows, columns, strict=True):  # no outline comes as far as there
            near = pixels[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1]
            assert near.min() >= LINE[1] * 255 or near.max() <= LINE[0] * 255
        corners = triangles(found.edge, (10, 20, 10 + width, 20 + height), (width + 10, height + 20))
        if len(corners):
            assert (corners * (width, height) <= (width + 0.001, height + 0.001)).all() and (
                corners * (width, height) >= (-10.001, -20.001)
            ).all()


def test_tiles_of_wider_pictures_are_larger() -> None:
    assert [side_of(width) for width in (640, 1920, 1921, 3840, 8192)] == [8, 8, 16, 16, 40]


def test_each_clip_has_its_own(clip: bpy.types.MovieClip, tmp_path: Path) -> None:
    random_masks(clip, "dog", range(FIRST, FIRST + 1))
    other = load_clip(make_sequence(tmp_path / "other", 1, 2, SIZE).first, FIRST)
    properties.add_object(properties.of(other), "dog")
    assert len(layers(clip)) == 1 and layers(other) == ()
    assert store.folder(clip) != store.folder(other)


def test_drawing_waits_for_no_file(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    random_masks(clip, "dog", range(FIRST, FIRST + 1))
    layers(clip)
    for name in ("stat", "open", "read_bytes"):
        monkeypatch.setattr(Path, name, lambda *arguments, **named: pytest.fail("a file was touched"))
    assert len(layers_of(clip, bpy.context.scene, False).refined) == 1


def test_the_clip_that_was_worked_on_last_is_live(clip: bpy.types.MovieClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = load_clip(make_sequence(tmp_path / "other", 1, 2, SIZE).first, FIRST)
    step = properties.add_refine(properties.add_object(properties.of(other), "dog"), "grow")
    shown = [(clip, FIRST), (other, FIRST)]
    monkeypatch.setattr(target, "_shown", lambda: iter(shown))
    targets = target.Targets()
    assert targets.pick() == targets.pick() == shown[0]
    properties.set_value(step, "pixels", 5.0)
    assert targets.pick() == targets.pick() == shown[1]
    shown[:] = [(clip, FIRST + 1), (other, FIRST + 1)]
    assert targets.pick() == shown[1], "another frame is no work on the first clip"
    properties.of(clip).active_index = 0
    assert targets.pick() == shown[0]
    targets.works_on(other)
    assert targets.pick() == targets.pick() == shown[1], "where the hand was, whatever had changed before"
    del shown[0]
    assert targets.pick() == shown[0]


def test_before_the_chain(clip: bpy.types.MovieClip) -> None:
    for name in ("dog", "cat"):
        properties.add_refine(properties.of(clip).objects[name], "grow")
    wanted = wanted_of(clip, "dog", FIRST)
    raw = unrefined(wanted)
    assert [len(item.refine) for item in raw.shot.objects] == [0, 1] and raw.object == "dog"


def test_an_answer_stays_when_the_hand_leaves_until_the_frame_is_tracked(clip: bpy.types.MovieClip) -> None:
    properties.add_refine(properties.of(clip).objects["dog"], "grow")
    properties.of(clip).active_index = 0
    point = properties.prompts_for(properties.of(clip).objects["dog"], FIRST).points.add()
    point.x, point.y = 3.0, 4.0
    state = prompting.state
    state.clip, state.scene = clip.name_full, bpy.context.scene.name
    wanted = prompting.wanted(clip, FIRST)
    assert wanted is not None
    prompting.remember(wanted, None)
    assert prompting.remembered(clip, FIRST, None) is None, "nothing was said anew: what is tracked is seen"
    point.x = 4.0
    wanted = prompting.wanted(clip, FIRST)
    assert wanted is not None and len(wanted.shot.object("dog").refine) == 1, "its chain goes along"
    prompting.remember(wanted, None)
    prompting.stop()
    assert prompting.wanted(clip, FIRST) is None and prompting.remembered(clip, FIRST, None) == wanted
    assert prompting.remembered(clip, FIRST + 1, None) is None
    refine, track = (type("Job", (), {"method": method, "done": True, "error": None, "progress": None})() for method in ("refine", "track"))
    assert prompting.remembered(clip, FIRST, refine) == wanted
    point.x = 5.0
    assert prompting.remembered(clip, FIRST, None) is None, "other prompts have not been answered"
    point.x = 4.0
    assert prompting.remembered(clip, FIRST, track) is None and prompting.remembered(clip, FIRST, None) is None


def test_a_click_of_an_object_that_is_not_there_yet(clip: bpy.types.MovieClip) -> None:
    wanted = clicked(clip, prompting.NEW, Prompts(FIRST))
    assert [item.name for item in wanted.shot.objects] == ["dog", "cat", prompting.NEW]


def test_settings_are_saved_with_the_scene(clip: bpy.types.MovieClip, tmp_path: Path) -> None:
    chosen = overlay_settings.of(bpy.context.scene)
    assert chosen.show and chosen.view == "OVERLAY"
    chosen.view, chosen.opacity = "CUTOUT", 0.75
    path = save(tmp_path / "other.blend")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert overlay_settings.of(bpy.context.scene).view == "OVERLAY"
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert overlay_settings.of(bpy.context.scene).view == "CUTOUT" and overlay_settings.of(bpy.context.scene).opacity == 0.75


def test_nothing_stays(clip: bpy.types.MovieClip) -> None:
    random_masks(clip, "dog", range(FIRST, FIRST + 1))
    layers(clip)
    thread = preview.stored._thread
    assert thread is not None and thread.is_alive()
    try:
        mattewright.unregister()
        assert not thread.is_alive() and not hasattr(bpy.types.Scene, overlay_settings.ATTRIBUTE)
    finally:
        mattewright.register()
