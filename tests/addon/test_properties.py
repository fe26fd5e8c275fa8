"""What the .blend saves, and the operators that write it."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, save, write_png
from mattewright.addon import document, properties
from mattewright.engine.shot import Box, FrameRange, Point, RefineStep, Scribble, Tracking, read, to_json


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "Aufnahme é 1", 1001, 4).first, 1001)
    save(tmp_path / "Szene ü 1.blend")
    return clip


def prompt_everything(clip, folder: Path) -> None:
    import numpy as np

    call = bpy.ops.mattewright
    call.object_add(clip=clip.name, name="Fuchs ä", color=(0.25, 0.5, 0.75))
    call.prompt_point_add(clip=clip.name, frame=1002, x=10.1, y=20.7)
    call.prompt_point_add(clip=clip.name, frame=1002, x=63.999, y=0, positive=False)
    call.prompt_box_set(clip=clip.name, frame=1002, left=1, top=2, right=30.5, bottom=40)
    mask = write_png(folder / "Maske é.png", np.zeros((48, 64), np.uint8))
    call.prompt_mask_set(clip=clip.name, frame=1001, path=f"//{mask.name}")
    item = properties.of(clip).objects["Fuchs ä"]
    scribble = properties.prompts_for(item, 1001).scribbles.add()
    for x, y in ((1, 2), (3.5, 4.25)):
        point = scribble.points.add()
        point.x, point.y = x, y
    properties.add_refine(item, "threshold", level=0.35, soften=True)
    properties.add_refine(item, "mode", kind="edge").enabled = False
    locked = item.locked.add()
    locked.first, locked.last = 1003, 1004
    call.object_add(clip=clip.name, name="Blatt")
    shot = properties.of(clip)
    shot.use_clip_range, shot.first, shot.last = False, 1001, 1003


def test_everything_survives_save_and_load_and_the_document(clip, tmp_path: Path) -> None:
    prompt_everything(clip, tmp_path)
    before = document.shot_of(clip)
    save(tmp_path / "Szene ü 1.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "Szene ü 1.blend"))
    clip = bpy.data.movieclips["plate_1001.png"]
    shot = document.shot_of(clip)
    assert shot == before
    path = document.write(clip)
    assert read(path) == shot
    assert path.read_text("utf-8") == to_json(shot)

    assert shot.range == FrameRange(1001, 1003)
    assert shot.tracking == Tracking()
    fox, leaf = shot.objects
    assert (fox.name, leaf.name, leaf.prompts) == ("Fuchs ä", "Blatt", ())
    assert fox.color == (0.25, 0.5, 0.75)
    first, second = fox.prompts
    assert (first.frame, second.frame) == (1001, 1002)
    assert second.points == (Point(10.1, 20.7), Point(63.999, 0.0, False))
    assert second.box == Box(1.0, 2.0, 30.5, 40.0)
    assert first.scribbles == (Scribble(((1.0, 2.0), (3.5, 4.25))),)
    assert (path.parent / first.mask).resolve() == (tmp_path / "Maske é.png").resolve()
    assert "\\" not in first.mask
    assert fox.refine == (RefineStep("threshold", {"level": 0.35, "soften": True}), RefineStep("mode", {"kind": "edge"}, False))
    assert fox.locked == (FrameRange(1003, 1004),)


def test_clearing_prompts(clip, tmp_path: Path) -> None:
    prompt_everything(clip, tmp_path)
    item = properties.of(clip).objects["Fuchs ä"]
    call = bpy.ops.mattewright
    bpy.context.scene.frame_set(1002)
    call.prompt_clear(clip=clip.name, object="Fuchs ä")
    assert [prompts.frame for prompts in item.prompts] == [1001]
    call.prompt_clear(clip=clip.name, object="Fuchs ä", all_frames=True)
    assert not item.prompts


def test_identities_are_never_used_twice(clip) -> None:
    shot = properties.of(clip)
    for name in ("a", "b"):
        properties.add_object(shot, name)
    shot.objects.remove(1)
    added = shot.objects.add()  # as a script might
    added.name = "c"
    copied = shot.objects.add()
    copied.name, copied.identity = "d", shot.objects[0].identity
    properties.assign_identities(shot)
    assert [item.identity for item in shot.objects] == [1, 3, 4]


@pytest.mark.parametrize(
    ("operator", "arguments", "said"),
    [
        ("object_add", {"clip": "nowhere"}, "clip 'nowhere': not in this file; its clips: 'plate_1001.png'"),
        ("object_add", {"name": "fox"}, "object 'fox': there is one of that name already"),
        ("prompt_point_add", {"object": "cat", "x": 1, "y": 1}, "object 'cat': not in this shot; its objects: 'fox'"),
        ("prompt_point_add", {"frame": 1001, "x": 65, "y": 1}, "(65, 1) is outside the picture, which is 64 x 48 pixels"),
        ("prompt_point_add", {"frame": 999, "x": 5, "y": 1}, "frame 999 is outside the clip, which is frames 1001 to 1004"),
        ("prompt_box_set", {"frame": 1001, "left": 9, "right": 3, "top": 1, "bottom": 2}, "expected left < right and top < bottom"),
        ("prompt_mask_set", {"frame": 1001, "path": "//none.png"}, "mask '//none.png': no such file"),
    ],
)
def test_what_an_operator_refuses_is_one_line_and_an_exception(clip, operator: str, arguments: dict[str, object], said: str) -> None:
    properties.add_object(properties.of(clip), "fox")
    with pytest.raises(RuntimeError) as caught:
        getattr(bpy.ops.mattewright, operator)(**arguments)
    line = str(caught.value).strip()
    assert said in line
    assert "\n" not in line
    assert not properties.of(clip).objects[0].prompts
