"""The shot document: Blender's facts of the footage, where it is written, and what is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_movie, make_sequence, save
from mattewright.addon import document, properties, store
from mattewright.addon.footage import sequence_length
from mattewright.engine.shot import Footage, FrameRange, MattewrightError, Output, Rate, View, read, to_json


def test_a_sequence_from_1001(tmp_path: Path) -> None:
    sequence = make_sequence(tmp_path / "plates é", 1001, 5)
    save(tmp_path / "a b.blend")
    clip = load_clip(sequence.first, 1001, 0)
    clip.filepath = bpy.path.relpath(str(sequence.first))
    shot = document.shot_of(clip)
    assert shot.footage == Footage(
        path="../../plates é/plate_1001.png",
        kind="sequence",
        width=64,
        height=48,
        frame_duration=5,
        frame_start=1001,
        frame_offset=0,
        fps=0.0,
        rate=Rate(24),
        applies_rotation=bpy.app.version >= (4, 5, 0),
    )
    assert shot.range == FrameRange(1001, 1005)
    path = document.write(clip)
    assert path == tmp_path / "a b.mattewright" / "plate_1001.png" / "shot.json"
    assert (path.parent / read(path).footage.path).resolve() == sequence.first.resolve()


def test_a_sequence_is_as_long_before_a_save_as_after_it(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path, 1001, 5).first, 10, -3)
    properties.of(clip).store = str(tmp_path / "store")
    save(tmp_path / "a.blend")
    before = document.shot_of(clip)
    save(tmp_path / "a.blend")
    assert document.shot_of(clip) == before
    assert (before.footage.frame_duration, before.footage.width, before.footage.height) == (5, 64, 48)
    assert before.range == FrameRange(13, 17)


def test_a_sequence_ends_at_its_first_gap(tmp_path: Path) -> None:
    sequence = make_sequence(tmp_path, 1001, 5)
    (tmp_path / "plate_1004.png").unlink()
    assert sequence_length(sequence.first) == 3 == load_clip(sequence.first).frame_duration


def test_a_movie_keeps_its_rate(tmp_path: Path) -> None:
    path = make_movie(tmp_path / "m.mp4", 6)
    clip = load_clip(path, 50, 1)
    properties.of(clip).store = str(tmp_path / "other place")
    footage = document.shot_of(clip).footage
    assert (footage.kind, footage.fps, footage.frame_duration, footage.frame_start, footage.frame_offset) == ("movie", 24.0, 6, 50, 1)
    assert footage.path == path.as_posix()
    assert document.write(clip) == tmp_path / "other place" / "shot.json"


def test_it_is_written_only_when_it_says_something_new(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path, 1, 2).first)
    properties.of(clip).store = str(tmp_path / "s")
    path = document.write(clip)
    os.utime(path, (1, 1))
    assert document.write(clip).stat().st_mtime == 1
    properties.add_object(properties.of(clip), "fox")
    assert document.write(clip).stat().st_mtime > 1
    assert sorted(item.name for item in path.parent.iterdir()) == ["shot.json"]


def test_the_default_store_is_remembered_when_the_file_gets_a_new_version(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first)
    properties.add_object(properties.of(clip), "fox")
    with pytest.raises(MattewrightError, match=r"save the \.blend first, or set the store folder"):
        document.shot_of(clip)
    save(tmp_path / "v001.blend")
    assert store.folder(clip) == tmp_path / "v001.mattewright" / "plate_0001.png"
    document.write(clip)
    save(tmp_path / "v002.blend")
    assert store.folder(clip) == tmp_path / "v001.mattewright" / "plate_0001.png"


def test_what_is_refused(tmp_path: Path) -> None:
    sequence = make_sequence(tmp_path / "f", 1, 2)
    clip = load_clip(sequence.first)
    shot = properties.of(clip)
    shot.store = "relative/folder"
    with pytest.raises(MattewrightError, match="expected an absolute path"):
        document.shot_of(clip)
    shot.store = str(tmp_path / "s")
    shot.use_clip_range, shot.first, shot.last = False, 1, 9_000_000
    shot.last = 1_000_000
    shot.first = 0
    with pytest.raises(MattewrightError, match=r"range\.first: frame 0 is outside the clip, which is frames 1 to 2"):
        document.shot_of(clip)
    shot.use_clip_range = True
    item = properties.add_object(shot, "fox")
    point = properties.prompts_for(item, 1).points.add()
    point.positive = False
    with pytest.raises(MattewrightError, match="nothing on frame 1 says where the object is"):
        document.write(clip)
    assert not (tmp_path / "s").exists()
    sequence.first.unlink()
    with pytest.raises(MattewrightError, match="its footage is missing"):
        document.shot_of(clip)


def test_whether_masks_may_overlap_is_saved_in_the_blend_and_written(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first)
    properties.of(clip).store = str(tmp_path / "s")
    properties.add_object(properties.of(clip), "fox")  # or the clip is not saved: nothing uses it
    assert '"overlap"' not in document.write(clip).read_text("utf-8"), "a document that doesn't ask for it is as it was"
    properties.of(clip).overlap = "winner"
    blend = save(tmp_path / "a.blend")
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    (clip,) = bpy.data.movieclips
    assert read(document.write(clip)).overlap == "winner"


def test_a_panorama_is_said_in_the_document(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first)
    properties.of(clip).store = str(tmp_path / "s")
    assert not document.shot_of(clip).footage.wraps
    properties.of(clip).panorama = True
    assert read(document.write(clip)).footage.wraps


def test_how_linear_footage_is_seen_and_a_sequences_rate_are_said_in_the_document(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first)
    shot = properties.of(clip)
    shot.store = str(tmp_path / "s")
    scene = bpy.context.scene
    assert scene is not None
    scene.render.fps, scene.render.fps_base = 24, 1.001
    shot.transfer, shot.exposure = "rolloff", 1.25
    footage = read(document.write(clip)).footage
    assert footage.view == View(1.25, "rolloff")
    assert footage.rate == Rate(24000, 1001)
    scene.render.fps, scene.render.fps_base = 25, 1.0
    assert read(document.write(clip)).footage.rate == Rate(25)
    assert footage.alpha == "auto"
    shot.alpha = "premultiplied"
    assert read(document.write(clip)).footage.alpha == "premultiplied"


def test_outputs_of_the_command_line_stay_in_the_document(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first)
    properties.of(clip).store = str(tmp_path / "s")
    bpy.ops.mattewright.output_add(clip=clip.name, format="png", name="mine")
    bpy.ops.mattewright.output_add(clip=clip.name, format="tiff", name="both")
    path = document.write(clip)
    shot = read(path)
    assert [output.listed for output in shot.outputs] == ["blender", "blender"]
    others = Output("theirs", "exr", folder="elsewhere"), Output("Both", "vp9")
    path.write_text(to_json(replace(shot, outputs=(shot.outputs[0], *others))), "utf-8")
    assert [(output.name, output.format) for output in read(document.write(clip)).outputs] == [
        ("mine", "png"),
        ("both", "tiff"),
        ("theirs", "exr"),
    ]
    bpy.ops.mattewright.output_remove(clip=clip.name, output="mine")
    assert [output.name for output in read(document.write(clip)).outputs] == ["both", "theirs"]
    assert read(document.write(clip)).outputs[1] == others[0]
    path.write_text("{", "utf-8")
    assert [output.name for output in read(document.write(clip)).outputs] == ["both"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first)
    (tmp_path / "file").write_text("in the way")
    properties.of(clip).store = str(tmp_path / "file" / "store")
    with pytest.raises(MattewrightError, match="can't be written"):
        document.write(clip)
