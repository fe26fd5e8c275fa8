"""The tool's parts that need no window: what gestures do to a shot, what is asked of the engine for it, and what is drawn."""

from __future__ import annotations

from pathlib import Path

import bpy
import mattewright
import numpy as np
import pytest
from addon_fixtures import load_clip, make_sequence, pump, save
from mattewright.addon import preview, properties
from mattewright.addon.preview import live, prompting, watch
from mattewright.addon.tool import gestures as g
from mattewright.addon.tool import prompt_drawing, prompt_tool, state
from mattewright.addon.tool.actions import perform, pixel
from mattewright.addon.tool.mending import mending
from mattewright.addon.ui.placement import Placement
from mattewright.engine.shot import MattewrightError

FIRST, COUNT, SIZE = 11, 40, (96, 64)
PLACE = Placement(100.0, 50.0, 192.0, 128.0)
"""Each of the picture's pixels is two of the screen's."""


@pytest.fixture
def clip(tmp_path: Path):
    sequence = make_sequence(tmp_path / "plate", 1, COUNT, SIZE)
    save(tmp_path / "shot.blend")
    loaded = load_clip(sequence.first, FIRST)
    yield loaded
    prompting.stop()
    live.close()
    preview.settings.current().show = False


def screen(x: float, y: float) -> tuple[float, float]:
    """Where the picture's pixel is in the region."""
    return PLACE.point(x / SIZE[0], y / SIZE[1])


def do(clip, action, frame: int = FIRST) -> str:
    return perform(action, clip, frame, PLACE)


def objects(clip):
    return properties.of(clip).objects


def test_pixels_and_back() -> None:
    assert pixel((100.0, 178.0), PLACE, SIZE) == (0.0, 0.0)
    assert pixel((292.0, 50.0), PLACE, SIZE) == (96.0, 64.0)
    assert pixel(screen(12.25, 40.5), PLACE, SIZE) == pytest.approx((12.25, 40.5))


def test_each_gesture_on_the_active_object(clip) -> None:
    assert do(clip, g.AddPoint(screen(10, 20), True)) == "Add Point"
    assert [item.name for item in objects(clip)] == ["Object 1"], "the first prompt makes the first object"
    assert do(clip, g.AddPoint(screen(30, 20), False)) == "Take Away Point"
    assert do(clip, g.SetBox(screen(50, 60), screen(5, 8))) == "Set Box"
    assert do(clip, g.AddScribble((screen(1, 2), screen(3, 4), screen(-9, 99)), False)) == "Add Scribble"
    said = properties.prompts_at(objects(clip)[0], FIRST)
    assert [(point.x, point.y, point.positive) for point in said.points] == [(10, 20, True), (30, 20, False)]
    assert said.use_box and tuple(said.box) == (5, 8, 50, 60)
    stroke = said.scribbles[0]
    assert [(point.x, point.y) for point in stroke.points] == [(1, 2), (3, 4), (0, 64)] and not stroke.positive, "cut off at the edge"


def test_objects_by_key(clip) -> None:
    shot = properties.of(clip)
    for _ in range(3):
        assert do(clip, g.NewObject()) == "Add Object"
    assert [item.name for item in shot.objects] == ["Object 1", "Object 2", "Object 3"] and shot.active_index == 2
    assert do(clip, g.PickNext(1)) == "" and shot.active_index == 0
    do(clip, g.PickNext(-1))
    assert shot.active_index == 2
    do(clip, g.Pick(1))
    assert shot.active_index == 1
    do(clip, g.AddPoint(screen(10, 20), True))
    assert [len(item.prompts) for item in shot.objects] == [0, 1, 0]
    with pytest.raises(MattewrightError, match="there is no object 9: N makes a new one"):
        do(clip, g.Pick(8))


def test_delete_what_is_under_the_cursor(clip) -> None:
    do(clip, g.AddPoint(screen(10, 20), True))
    do(clip, g.AddPoint(screen(60, 20), True))
    do(clip, g.SetBox(screen(5, 5), screen(90, 60)))
    do(clip, g.AddScribble((screen(20, 40), screen(70, 40)), True))
    said = properties.prompts_at(objects(clip)[0], FIRST)
    assert do(clip, g.Delete(screen(40, 30))) == "", "nothing there"
    assert do(clip, g.Delete(screen(11, 20))) == "Remove Point"
    assert [point.x for point in said.points] == [60]
    assert do(clip, g.Delete(screen(45, 41))) == "Remove Scribble" and not len(said.scribbles)
    assert do(clip, g.Delete(screen(45, 60))) == "Remove Box" and not said.use_box
    assert do(clip, g.Delete(screen(60, 20)), FIRST + 1) == "", "that is another frame's"
    assert do(clip, g.Delete(screen(60, 20))) == "Remove Point"
    assert not len(objects(clip)[0].prompts), "nothing is left of a frame that nothing is said on"


def test_what_can_not_be_is_said_in_one_line(clip) -> None:
    for action, frame, says in (
        (g.AddPoint((0.0, 0.0), True), FIRST, "outside the picture"),
        (g.SetBox((0.0, 0.0), (90.0, 40.0)), FIRST, "holds nothing of the picture"),
        (g.AddPoint(screen(5, 5), True), 3, "frame 3 is outside the clip, which is frames 11 to 50"),
    ):
        with pytest.raises(MattewrightError) as caught:
            do(clip, action, frame)
        assert says in str(caught.value) and "\n" not in str(caught.value)


def test_the_operators_for_scripts(clip) -> None:
    bpy.ops.mattewright.object_add(clip=clip.name, name="dog")
    given = [{"name": "", "x": 3, "y": 4}, {"name": "", "x": 5, "y": 6}]
    bpy.ops.mattewright.prompt_scribble_add(clip=clip.name, frame=FIRST, points=given)
    with pytest.raises(RuntimeError, match="scribble: expected points"):
        bpy.ops.mattewright.prompt_scribble_add(clip=clip.name, frame=FIRST)
    with pytest.raises(RuntimeError, match="is outside the picture"):
        bpy.ops.mattewright.prompt_scribble_add(clip=clip.name, frame=FIRST, points=[{"name": "", "x": 300, "y": 4}])
    with pytest.raises(RuntimeError, match="object 'dog': no such point on frame 11"):
        bpy.ops.mattewright.prompt_remove(clip=clip.name, frame=FIRST, kind="POINT", index=0)
    bpy.ops.mattewright.prompt_remove(clip=clip.name, frame=FIRST, kind="SCRIBBLE", index=0)
    assert not len(objects(clip)[0].prompts)


# --- what is asked of the engine


def test_a_prompted_frame_shows_the_models_answer_and_hovering_asks_for_more(clip) -> None:
    do(clip, g.AddPoint(screen(10, 20), True))
    scene = bpy.context.scene
    scene.frame_set(FIRST)
    assert prompting.target() is None and prompting.wanted(clip, FIRST) is None, "nobody prompts"
    prompting.state.clip, prompting.state.scene = clip.name_full, scene.name
    assert prompting.target() == (clip, FIRST)
    wanted = prompting.wanted(clip, FIRST)
    assert [(point.x, point.y) for point in wanted.prompts.points] == [(10, 20)]
    assert wanted.shot.tracking.model == properties.of(clip).model and not wanted.shot.objects[0].refine
    assert prompting.wanted(clip, FIRST + 1) is None, "the tracked mask there"
    do(clip, g.Hover(screen(40, 50), False))
    assert [(point.x, point.y, point.positive) for point in prompting.wanted(clip, FIRST).prompts.points] == [
        (10, 20, True),
        (40, 50, False),
    ]
    assert len(prompting.wanted(clip, FIRST + 1).prompts.points) == 1
    do(clip, g.Hover((0.0, 0.0), True))
    assert prompting.state.hover is None, "outside the picture"
    do(clip, g.Hover(screen(40, 50), True))
    do(clip, g.AddPoint(screen(40, 50), True))
    assert prompting.state.hover is None and len(prompting.wanted(clip, FIRST).prompts.points) == 2


@pytest.mark.slow
def test_the_models_answer_is_shown(clip) -> None:
    """With the real engine and the real model, at half its resolution."""
    properties.of(clip).size = "512"
    do(clip, g.SetBox(screen(20, 10), screen(80, 50)))
    scene = bpy.context.scene
    scene.frame_set(FIRST)
    prompting.state.clip, prompting.state.scene = clip.name_full, scene.name
    preview.settings.current().show = True
    assert watch.look() is not None and live.waiting and live.looking >= 0
    pump(lambda: live.settled)
    assert live.problem == "" and live.shown.wanted.prompts is not None
    assert live.shown.pixels.shape == (SIZE[1], SIZE[0]) and set(np.unique(live.shown.pixels)) <= {0, 255}
    assert live.looking == 0
    asked = live.asked
    watch.look()
    assert live.asked == asked, "the same prompts are asked for once"
    said = properties.prompts_at(objects(clip)[0], FIRST)
    said.use_box = False
    said.points.add().positive = False
    watch.look()
    pump(lambda: live.settled)
    assert "nothing says where the object is" in live.problem


@pytest.mark.slow
def test_the_model_answers_in_a_file_that_was_never_saved(tmp_path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    sequence = make_sequence(tmp_path / "plate", 1, COUNT, SIZE)
    clip = load_clip(sequence.first, FIRST)
    try:
        properties.of(clip).size = "512"
        do(clip, g.SetBox(screen(20, 10), screen(80, 50)))
        scene = bpy.context.scene
        scene.frame_set(FIRST)
        prompting.state.clip, prompting.state.scene = clip.name_full, scene.name
        preview.settings.current().show = True
        before = sorted(Path(bpy.app.tempdir).iterdir())
        assert watch.look() is not None and live.waiting
        pump(lambda: live.settled)
        assert live.problem == "" and live.shown is not None and live.shown.pixels.any()
        assert sorted(Path(bpy.app.tempdir).iterdir()) == before, "nothing is kept"
    finally:
        prompting.stop()
        live.close()
        preview.settings.current().show = False


def test_what_is_clicked_in_a_file_that_was_never_saved_can_be_asked(tmp_path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    clip = load_clip(make_sequence(tmp_path / "plate", 1, COUNT, SIZE).first, FIRST)
    do(clip, g.AddPoint(screen(10, 20), True))
    prompting.state.clip, prompting.state.scene = clip.name_full, bpy.context.scene.name
    wanted = prompting.wanted(clip, FIRST)
    assert wanted is not None and [(point.x, point.y) for point in wanted.prompts.points] == [(10, 20)]
    assert mending.mask(clip, objects(clip)[0], FIRST + 2) == "", "on another frame nothing is there to be mended"
    properties.of(clip).store = "nowhere"
    with pytest.raises(MattewrightError, match="expected an absolute path"):
        prompting.wanted(clip, FIRST)
    prompting.stop()


# --- what is drawn


def test_prompts_are_strong_on_their_frame_and_faint_near_it(clip) -> None:
    do(clip, g.AddPoint(screen(10, 20), True))
    do(clip, g.SetBox(screen(5, 5), screen(90, 60)), FIRST + 3)
    do(clip, g.AddPoint(screen(30, 20), False), FIRST + 20)
    marks = prompt_drawing.marks_of(clip, FIRST, PLACE)
    assert [(mark.kind, mark.strength) for mark in marks][-1] == ("POINT", 1.0) and len(marks) == 2
    assert 0 < marks[0].strength < 0.5 and marks[0].kind == "BOX"
    assert marks[-1].places == (screen(10, 20),) and marks[0].places == (screen(5, 60), screen(90, 5))
    do(clip, g.NewObject())
    marks = prompt_drawing.marks_of(clip, FIRST, PLACE)
    assert [(mark.object, mark.active) for mark in marks] == [("Object 1", False)], "of other objects only this frame's"
    assert prompt_drawing.marks_of(clip, FIRST + 100, PLACE) == []
    for mark in prompt_drawing.marks_of(clip, FIRST + 3, PLACE):
        for triangles, color in prompt_drawing.shapes_of(mark, 1.0):
            assert triangles.shape[1] == 2 and len(triangles) % 3 == 0 and triangles.dtype == np.float32 and len(color) == 4


def test_a_line_covers_its_corners_and_no_more_than_its_width() -> None:
    triangles = prompt_drawing.strip([(10.0, 10.0), (30.0, 10.0), (30.0, 10.0), (30.0, 40.0)], 4.0)
    assert np.isfinite(triangles).all()
    assert triangles.min(axis=0).tolist() == [8.0, 8.0] and triangles.max(axis=0).tolist() == [32.0, 42.0]
    assert len(prompt_drawing.strip([(1.0, 1.0)], 4.0)) and not len(prompt_drawing.strip([], 4.0))


# --- coming and going


def test_the_tool_comes_and_goes_with_the_add_on(clip) -> None:
    assert hasattr(bpy.types, "MATTEWRIGHT_OT_prompt_tool")
    assert not bpy.ops.mattewright.prompt_tool.poll(), "here is no Movie Clip Editor"
    assert "New object" in prompt_tool.status_text() and "Ctrl-Click: take away" in prompt_tool.status_text()
    before = len(prompt_tool._keys)
    state.hands[1] = state.Hand()
    try:
        mattewright.unregister()
        assert not prompt_tool._keys and not state.hands and not prompt_drawing._handles
        assert prompt_tool._loading not in bpy.app.handlers.load_pre
        assert not hasattr(bpy.types, "MATTEWRIGHT_OT_prompt_tool")
    finally:
        mattewright.register()
    assert len(prompt_tool._keys) == before
