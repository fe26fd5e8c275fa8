"""The keyed frames: the clip's pixels, and for alpha the stored mask, bit for bit and on the right frame."""

from __future__ import annotations

import threading
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import load_clip, make_movie, make_sequence, random_masks, read_picture, save, write_png
from mattewright.addon import compositor, document, properties
from mattewright.addon.compositor import versions
from mattewright.addon.compositor.render import KeyedFrames, output_pattern
from mattewright.engine.shot import FrameRange, MattewrightError

FRAMES = 6


def shot_with_masks(folder: Path, frame_start: int, frame_offset: int, dtype: type = np.uint8, names: tuple[str, ...] = ("Fuchs ä 1",)):
    """A saved file with a clip of a sequence that begins at 1001, and masks for every frame of it."""
    sequence = make_sequence(folder / "footage 1 é", 1001, FRAMES)
    clip = load_clip(sequence.first, frame_start, frame_offset)
    save(folder / "Schnitt ü 01.blend")
    for name in names:
        properties.add_object(properties.of(clip), name)
    frames = document.shot_of(clip).range
    masks = [random_masks(clip, name, range(frames.first, frames.last + 1), dtype, seed) for seed, name in enumerate(names)]
    return clip, sequence, frames, masks


def test_alpha_is_the_stored_mask_and_colour_the_clips(tmp_path: Path) -> None:
    """A sequence from 1001, at Blender's default start, at its own number, and with an offset start."""
    cases = [(1, 0), (1001, 0), (23, 0), (1003, 2), (10, -3)]
    for case, (start, offset) in enumerate(cases if bpy.app.version >= (4, 5, 0) else cases[:-1]):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        clip, sequence, frames, (masks,) = shot_with_masks(tmp_path / f"case {case}", start, offset)
        assert (frames.first, len(frames)) == (start - offset, FRAMES)
        # As a farm does it; some of what Blender knows of a sequence changes when it is saved and loaded.
        name = clip.name
        bpy.ops.wm.save_mainfile()
        bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
        clip = bpy.data.movieclips[name]
        output = KeyedFrames(str(tmp_path / f"keyed {case}" / "out_####.png"))
        written = dict(compositor.render_keyed(clip, frames, output))
        assert sorted(written) == sorted(masks)
        for index, frame in enumerate(frames):
            assert written[frame].name == f"out_{frame:04d}.png"
            keyed = read_picture(written[frame])
            alpha = np.round(keyed[..., 3] * 255).astype(np.uint8)
            np.testing.assert_array_equal(alpha, masks[frame], f"start {start}, offset {offset}, frame {frame}")
            seen = alpha > 0
            error = np.abs(keyed[..., :3] * 255 - sequence.pictures[index].astype(np.float32))[seen]
            assert error.max() < 1.0, f"colour is off by {error.max()} / 255 on frame {frame}"


@pytest.mark.skipif(bpy.app.version >= (4, 5, 0), reason="4.5 and later show such a clip, which the test above proves")
def test_a_clip_that_blender_shows_wrongly_is_refused(tmp_path: Path) -> None:
    clip, _, frames, _ = shot_with_masks(tmp_path, 10, -3)
    with pytest.raises(MattewrightError, match="set the offset to 0 and the start frame to 13"):
        list(compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "out_####.png"))))


def test_sixteen_bits_are_exact_in_png_and_the_mask_is_kept_by_exr(tmp_path: Path) -> None:
    clip, sequence, frames, (masks,) = shot_with_masks(tmp_path, 1001, 0, np.uint16)
    for frame, path in compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "deep_####.png"), depth="16")):
        alpha = np.round(read_picture(path)[..., 3] * 65535).astype(np.uint16)
        np.testing.assert_array_equal(alpha, masks[frame])
    for index, (frame, path) in enumerate(
        compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "k_####.exr"), "OPEN_EXR", "32"))
    ):
        keyed = read_picture(path)
        np.testing.assert_allclose(keyed[..., 3], masks[frame] / np.float32(65535), atol=1e-6)
        # Premultiplied, scene linear: the inverse of sRGB's curve, times alpha.
        value = sequence.pictures[index] / 255.0
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        np.testing.assert_allclose(keyed[..., :3], linear * keyed[..., 3:], atol=2e-4)


def test_a_movie_with_an_offset_start(tmp_path: Path) -> None:
    clip = load_clip(make_movie(tmp_path / "Film é.mp4", 8), frame_start=50, frame_offset=2)
    save(tmp_path / "m.blend")
    properties.add_object(properties.of(clip), "it")
    shot = document.shot_of(clip)
    assert (shot.footage.kind, shot.footage.fps, shot.range) == ("movie", 24.0, FrameRange(48, 55))
    masks = random_masks(clip, "it", range(48, 56))
    for index, (frame, path) in enumerate(compositor.render_keyed(clip, shot.range, KeyedFrames(str(tmp_path / "out_####.png")))):
        keyed = read_picture(path)
        np.testing.assert_array_equal(np.round(keyed[..., 3] * 255).astype(np.uint8), masks[frame])
        # Each picture is flat, 15 levels brighter than the one before it: no other frame's could be mistaken for it.
        assert abs(float(keyed[8:, :, :3][masks[frame][8:] > 128].mean()) * 255 - (20 + 15 * index)) < 5


def test_several_objects_are_united_and_one_can_be_chosen(tmp_path: Path) -> None:
    clip, _, frames, (one, two) = shot_with_masks(tmp_path, 1001, 0, names=("one", "two"))
    for frame, path in compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "both_####.png"))):
        alpha = np.round(read_picture(path)[..., 3] * 255).astype(np.uint8)
        np.testing.assert_array_equal(alpha, np.maximum(one[frame], two[frame]))
    for frame, path in compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "two_####.png")), ["two"]):
        np.testing.assert_array_equal(np.round(read_picture(path)[..., 3] * 255).astype(np.uint8), two[frame])


def test_masks_that_changed_on_disk_are_read_again(tmp_path: Path) -> None:
    clip, _, frames, _ = shot_with_masks(tmp_path, 1001, 0)
    output = KeyedFrames(str(tmp_path / "out_####.png"))
    list(compositor.render_keyed(clip, frames, output))
    masks = random_masks(clip, "Fuchs ä 1", range(frames.first, frames.last + 1), seed=99)
    for frame, path in compositor.render_keyed(clip, frames, output):
        np.testing.assert_array_equal(np.round(read_picture(path)[..., 3] * 255).astype(np.uint8), masks[frame])


@pytest.mark.parametrize("frame", [7, -3])
def test_the_users_scene_stays_as_it_was(tmp_path: Path, frame: int) -> None:
    clip, _, frames, _ = shot_with_masks(tmp_path, 1001, 0)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_percentage = 333, 50
    scene.frame_set(frame, subframe=0.25)
    scene.render.filepath = "//mine_"

    def facts() -> list[object]:
        render = scene.render
        found = [scene.frame_current_final, render.filepath, render.resolution_x, render.resolution_percentage, render.film_transparent]
        found += [scene.view_settings.view_transform, render.image_settings.file_format, render.dither_intensity]
        found += [versions.scene_tree(scene)]
        return found + sorted(item.name for item in bpy.data.scenes)

    before = facts()
    list(compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "out_####.png"))))
    assert facts() == before
    (tmp_path / "blocked").write_text("a file where a folder is wanted")
    with pytest.raises(MattewrightError, match="can't be written"):
        list(compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "blocked" / "out_####.png"))))
    assert facts() == before


def test_a_thread_may_work_while_it_renders(tmp_path: Path) -> None:
    """An operator under an override would make Blender crash within a few frames."""
    clip, _, frames, (masks,) = shot_with_masks(tmp_path, 1001, 0)
    ended, turns = threading.Event(), 0

    def work() -> None:
        nonlocal turns
        while not ended.is_set():
            turns += len([str(number) for number in range(1000)])

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        for _ in range(12):
            done = dict(compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "out_####.png"), "PNG", "8")))
    finally:
        ended.set()
        thread.join()
    assert turns and set(done) == set(masks)


def test_where_a_mask_is_missing_or_past_the_range_nothing_shows(tmp_path: Path) -> None:
    clip, _, frames, _ = shot_with_masks(tmp_path, 1001, 0)
    settings = properties.of(clip)
    settings.use_clip_range, settings.first, settings.last = False, 1001, 1003
    for frame in range(1004, 1007):
        Path(compositor.group.store.layout(clip).file("Fuchs ä 1", "mask", frame)).unlink()
    for frame, path in compositor.render_keyed(clip, frames, KeyedFrames(str(tmp_path / "out_####.png"))):
        assert read_picture(path)[..., 3].any() == (frame <= 1003)


@pytest.mark.parametrize(
    ("said", "told", "name"),
    [
        ("a/b.png", None, "b_0012.png"),
        ("a/b_##.exr", None, "b_12.exr"),
        ("a/b_######", "OPEN_EXR", "b_000012.exr"),
        ("a/v2.1_####", None, "v2.1_0012.png"),
        ("a/", None, "clip_0012.png"),
        ("#1/x.png", None, "x_0012.png"),
    ],
)
def test_output_patterns(tmp_path: Path, said: str, told: str | None, name: str) -> None:
    output = output_pattern(f"{tmp_path}/{said}", "clip", told)
    assert output.path(12).name == name
    assert output.path(12).parent == tmp_path / Path(said).parent if not said.endswith("/") else tmp_path / "a"


def test_an_extension_that_contradicts_the_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MattewrightError, match="is no OPEN_EXR"):
        output_pattern(f"{tmp_path}/x.png", "clip", "OPEN_EXR")


def test_a_mask_of_another_size_is_said_to_be_one(tmp_path: Path) -> None:
    from mattewright.addon import store

    clip, _, _, _ = shot_with_masks(tmp_path, 1001, 0)
    write_png(store.layout(clip).file("Fuchs ä 1", "mask", 1002), np.zeros((24, 32), np.uint8))
    store.layout(clip).file("Fuchs ä 1", "mask", 1005).unlink()
    (found,) = store.coverage(clip, document.shot_of(clip))
    assert (found.missing, found.misfits, found.complete) == ((1005,), (1002,), False)
    assert str(found) == "Fuchs ä 1: 5 of 6 masks; none on frames 1005; not of the clip's size on frames 1002"
