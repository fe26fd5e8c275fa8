"""The sidebar's panels: each is drawn into a layout that refuses what Blender hasn't; and the next thing to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, quiet, save
from drawn_panels import ICONS, drawn, in_editor
from mattewright.addon import compositor, disk, frames, preview, properties, store
from mattewright.addon.compositor import live
from mattewright.addon.frames.watch import says
from mattewright.addon.link import Job, session
from mattewright.addon.operators.jobs import span_frames
from mattewright.addon.ui import engine_panel, strip
from mattewright.addon.ui.next_step import Facts, coverage, next_step
from mattewright.engine.shot import FrameRange, MattewrightError
from mattewright.engine.shot.messages import Doubt, FramesDone, JobDone, ObjectFrames, Progress


@pytest.fixture
def clip(tmp_path: Path) -> Iterator[bpy.types.MovieClip]:
    """A clip of ten frames from 11 on, in a Movie Clip Editor that is the context."""
    save(tmp_path / "shot.blend")
    loaded = load_clip(make_sequence(tmp_path / "plate", 1, 10).first, 11)
    with in_editor(loaded):
        yield loaded


def test_each_panel_is_drawn_at_each_stage(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = properties.of(clip)
    assert "mattewright.object_add" in drawn() and "mattewright.prompt_point_add" not in drawn()
    dog = properties.add_object(shot, "dog")
    properties.add_refine(dog, "threshold", level=0.4)
    assert "None on this frame" in drawn()
    for x in range(12):
        bpy.ops.mattewright.prompt_point_add(clip=clip.name, frame=bpy.context.scene.frame_current + 11, x=x, y=5)
    bpy.context.scene.frame_current += 11
    bpy.ops.mattewright.prompt_box_set(clip=clip.name, left=1, top=2, right=30, bottom=40)
    properties.prompts_at(dog, bpy.context.scene.frame_current).mask = "//mask.png"
    shown = drawn()
    assert "and 4 points more" in shown and "Box 1, 2 to 30, 40" in shown and "prop mask" in shown
    doubts = (Doubt(bpy.context.scene.frame_current, 0.3, "the edges are unsure"),)
    frames.states.learn(
        clip.name_full, says(clip, 1), FramesDone(11, 20, (ObjectFrames("dog", ((11, 20),), ((12, 13),), ((11, 18),), doubts),))
    )
    shown = drawn()
    assert "80%" in shown and "8 of 10 masks" in shown and "2 frames stale" in shown and "Here the edges are unsure" in shown
    overlay = preview.overlay_settings.of(bpy.context.scene)
    overlay.view, overlay.compare = "MATTE", "WIPE"
    assert "Needs Live Mask" in drawn()
    overlay.view, overlay.compare = "OVERLAY", "AFTER"
    job = Job("track", clip.name)
    monkeypatch.setattr(session, "job", job)
    assert "track: starting" in drawn() and "mattewright.cancel" in drawn()
    job.progress = Progress(1, "track", 3, 10, 14, "dog", 2.0, 4.0)
    assert "track 3/10" in drawn()
    job.result = JobDone(10, 0)
    assert any("10 files written" in line for line in drawn())
    job.result, job.error = None, MattewrightError("the disk is full")
    assert "The disk is full" in drawn()


def test_the_mattes_panel_at_each_stage(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    shown = drawn()
    assert "prop method" in shown and shown.count("mattewright.matte_span") == 3 and "prop despill" not in shown
    dog.matte.enabled = dog.matte.foreground = True
    dog.matte.method, dog.matte.despill = "rvm", "green"
    lacking = "model 'rvm' is not installed in y: run python -m engine models install rvm"
    whole = ((11, 20),)
    answer = FramesDone(11, 20, (ObjectFrames("dog", whole, ((15, 20),), whole, matted=((11, 14),), lacking=lacking),))
    frames.states.learn(clip.name_full, says(clip, 1), answer)
    shown = drawn()
    told = " ".join(shown)
    assert "For people only" in shown and "prop despill_strength" in shown and "4 of 10 alphas" in shown
    assert "Model 'rvm' is not installed in y" in told and "mattewright.command_copy" in shown
    assert "objects/dog/foreground/dog_####.exr" in "".join(shown)
    (row,) = strip.rows_of(clip)
    assert row.matted == ((11, 14),)
    dog.matte.enabled = False
    assert "Switched off: nodes and keying go by the mask" in " ".join(drawn()) and strip.rows_of(clip)[0].matted == ()
    overlay = preview.overlay_settings.of(bpy.context.scene)
    settings = preview.settings.current()
    assert settings is not None
    overlay.stage = "TRIMAP"
    settings.show = False
    assert "Needs Live Mask" in drawn()
    settings.show = True
    monkeypatch.setattr(preview.matte, "problem", lacking)
    assert "Model 'rvm' is not installed in y" in " ".join(drawn())
    settings.show = False
    overlay.stage = "MASK"


def test_drawing_touches_no_file(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    properties.prompts_for(dog, 12)
    drawn()
    quiet()  # threads look at the disk

    def refuse(*given: object, **named: object) -> None:
        raise AssertionError("the disk was touched")

    for name in ("stat", "is_file", "is_dir", "iterdir", "open"):
        monkeypatch.setattr(Path, name, refuse)
    assert drawn()


def test_a_python_that_is_missing_is_the_first_thing_to_do(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_panel, "_python", engine_panel._Python())
    monkeypatch.setenv("MATTEWRIGHT_ENGINE_PYTHON", "/nowhere")
    assert "mattewright.preferences_show" in drawn()


def done(*objects: ObjectFrames) -> FramesDone:
    return FramesDone(11, 20, objects)


TRACKED = ObjectFrames("dog", ((11, 20),), (), ((11, 20),))
READY = {"objects": ("dog",), "prompted": ("dog",)}


@pytest.mark.parametrize(
    ("facts", "operator"),
    [
        (Facts(no_python="no Python"), "mattewright.preferences_show"),
        (Facts(problem="model 'x' is not installed in y: run python -m engine models install x"), "mattewright.command_copy"),
        (Facts(has_place=False), "wm.save_as_mainfile"),
        (Facts(), "mattewright.object_add"),
        (Facts(objects=("dog", "cat"), prompted=("dog",)), "mattewright.prompt_tool"),
        (Facts(**READY), "mattewright.track_span"),
        (Facts(**READY, awaited=True), ""),
        (Facts(**READY, frames=done(ObjectFrames("dog"))), "mattewright.track_span"),
        (Facts(**READY, frames=done(ObjectFrames("dog", ((11, 20),), ((12, 12),)))), "mattewright.track_span"),
        (Facts(**READY, frames=done(ObjectFrames("dog", ((11, 20),), doubtful=(Doubt(12, 0.1, "why"),)))), "mattewright.next_doubtful"),
        (Facts(**READY, frames=done(ObjectFrames("dog", ((11, 20),), ((12, 12),))), matted=True), "mattewright.run"),
        (Facts(**READY, frames=done(TRACKED)), "mattewright.build_nodes"),
        (Facts(**READY, frames=done(TRACKED), has_nodes=True), ""),
        (Facts(**READY, failure="the engine stopped"), ""),
    ],
)
def test_the_next_thing_to_do(facts: Facts, operator: str) -> None:
    step = next_step(facts)
    assert step.operator == operator and step.text and step.icon in ICONS
    if operator == "mattewright.command_copy":
        assert step.values == {"arguments": "models install x"} and step.text == "model 'x' is not installed in y"
    elif operator == "mattewright.track_span":
        assert step.values == {"span": "BOTH"}


def test_a_mask_that_is_gone_is_said_with_what_to_do(clip: bpy.types.MovieClip) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    step = properties.add_refine(dog, "garbage_matte", mask="window")
    shown = " ".join(drawn())
    assert "there is no Mask 'window' in this file; its masks: none. Choose another one" in shown
    bpy.data.masks.new("window")
    assert "there is no Mask" not in " ".join(drawn())
    step.show_expanded = False
    assert "search reference" not in drawn()
    properties.prompts_for(dog, 12)
    bpy.data.masks.remove(bpy.data.masks["window"])
    assert next_step(engine_panel.facts_of(clip)).text.startswith("Jobs pass over dog")


def test_solo_shows_an_object_alone(clip: bpy.types.MovieClip) -> None:
    shot = properties.of(clip)
    for name in ("dog", "cat", "bird"):
        properties.add_object(shot, name)
    shot.objects["dog"].visible = False
    assert [item.name for item in properties.visible_objects(shot)] == ["cat", "bird"]
    shot.objects["dog"].solo = True
    assert [item.name for item in properties.visible_objects(shot)] == ["dog"]


def test_what_was_tuned_in_the_nodes_is_shown_beside_the_panels_value(clip: bpy.types.MovieClip) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    properties.add_refine(dog, "threshold", level=0.4)
    dog.refine[0].live = True
    bpy.ops.mattewright.build_nodes(clip=clip.name, keying=True)
    assert "mattewright.take_from_nodes" not in drawn()
    (node,) = live.instances_of(compositor.group_of(clip))
    node.inputs["dog: threshold level"].default_value = 0.7
    shown = drawn()
    assert "In the nodes: 0.7" in shown and "1 value tuned in the nodes" in shown
    bpy.ops.mattewright.give_to_nodes(clip=clip.name)
    assert round(node.inputs["dog: threshold level"].default_value, 6) == 0.4
    assert "In the nodes: 0.7" not in drawn()
    properties.add_object(properties.of(clip), "cat")
    assert "update the nodes" in " ".join(drawn()), "the group has no output for it"


def test_the_output_panel_says_what_is_on_disk(clip: bpy.types.MovieClip) -> None:
    shot = properties.of(clip)
    properties.add_object(shot, "dog")
    assert disk.counts.of((store.folder(clip), ("dog",))) is None, "nothing is waited for"
    drawn()
    disk.counts.wait()
    assert "Nothing is written yet" in drawn()
    with pytest.raises(RuntimeError, match="not there yet"):
        bpy.ops.mattewright.store_open()
    place = store.layout(clip)
    for frame in (11, 12, 10001):
        place.file("dog", "mask", frame).parent.mkdir(parents=True, exist_ok=True)
        place.file("dog", "mask", frame).write_bytes(b"x" * 1000)
    place.document.write_bytes(b"{}")
    found = disk.count(place.root, ("dog",))
    assert found.objects["dog"] == disk.ObjectFiles(frozenset({11, 12, 10001}), 3000, 0) and found.total == 3002
    disk.counts.forget()
    drawn()
    disk.counts.wait()
    shown = drawn()
    assert "3 masks, 3 KB" in shown and "20%" in shown, "of the frames 11 to 20, without the engine's word"
    assert "objects/dog/mask/dog_####.png" in "".join(shown)
    assert "mattewright.store_open" in shown and bpy.ops.mattewright.store_open.poll()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


@pytest.mark.parametrize(("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (123456789, "123 MB"), (2e12, "2 TB")])
def test_sizes_are_said_as_a_file_browser_says_them(count: int, said: str) -> None:
    assert disk.size(int(count)) == said


def test_how_many_masks_there_are() -> None:
    assert coverage(None, "dog") is None and coverage(done(), "dog") is None
    assert coverage(done(ObjectFrames("dog", masked=((11, 13), (20, 20)))), "dog") == (4, 10)


# --- operators


@pytest.mark.parametrize(
    ("span", "here", "found"),
    [
        ("BACK_ONE", 14, (13, 13)),
        ("FORWARD_ONE", 14, (15, 15)),
        ("TO_START", 14, (11, 14)),
        ("TO_START", 99, (11, 20)),
        ("TO_END", 14, (14, 20)),
        ("TO_END", 1, (11, 20)),
        ("BOTH", 99, (11, 20)),
        ("PLAYED", 14, (11, 16)),
        ("BACK_ONE", 11, None),
        ("FORWARD_ONE", 20, None),
        ("TO_START", 5, None),
        ("TO_END", 30, None),
    ],
)
def test_the_frames_of_a_track_button(span: Any, here: int, found: tuple[int, int] | None) -> None:
    whole, played = FrameRange(11, 20), FrameRange(1, 16)
    if found is None:
        with pytest.raises(MattewrightError, match="the shot is frames 11 to 20"):
            span_frames(span, here, whole, played)
    else:
        assert span_frames(span, here, whole, played) == FrameRange(*found)


def test_track_buttons_ask_for_their_frames_and_say_why_they_cannot(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(method, params, name, on_progress=None):
        asked.append((method, params.first, params.last))
        return JobDone(1, 0)

    monkeypatch.setattr(session, "run", answer)
    with pytest.raises(RuntimeError, match="no object yet"):
        bpy.ops.mattewright.track_span(span="BOTH")
    dog = properties.add_object(properties.of(clip), "dog")
    with pytest.raises(RuntimeError, match="prompted yet"):
        bpy.ops.mattewright.track_span(span="BOTH")
    properties.prompts_for(dog, 12)
    scene = bpy.context.scene
    scene.frame_current = 14
    for span in ("FORWARD_ONE", "TO_END", "BACK_ONE", "BOTH"):
        bpy.ops.mattewright.track_span(span=span)
    assert asked == [("track", 15, 15), ("track", 15, 20), ("track", 14, 14), ("track", 11, 20)]
    assert scene.frame_current == 14
    monkeypatch.setattr(session, "job", SimpleNamespace(method="track", done=False))
    with pytest.raises(RuntimeError, match="still running"):
        bpy.ops.mattewright.track_span(span="BOTH")


def test_going_from_one_prompted_frame_to_the_next(clip: bpy.types.MovieClip) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    assert not bpy.ops.mattewright.next_prompted.poll()
    for frame in (18, 12):
        properties.prompts_for(dog, frame)
    scene = bpy.context.scene
    scene.frame_current = 11
    found = []
    for go in (bpy.ops.mattewright.next_prompted, bpy.ops.mattewright.next_prompted, bpy.ops.mattewright.next_prompted):
        go()
        found.append(scene.frame_current)
    bpy.ops.mattewright.previous_prompted()
    assert [*found, scene.frame_current] == [12, 18, 18, 12]


def test_locking_an_object_keeps_what_was_locked_by_hand(clip: bpy.types.MovieClip) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    by_hand = dog.locked.add()
    by_hand.first, by_hand.last = 12, 13
    assert not properties.is_wholly_locked(dog)
    bpy.ops.mattewright.object_lock(object="dog")
    assert properties.is_wholly_locked(dog) and len(dog.locked) == 2
    bpy.ops.mattewright.object_lock(object="dog")
    assert [(one.first, one.last) for one in dog.locked] == [(12, 13)]


def test_a_command_is_copied_and_the_mask_mode_keeps_its_key(clip: bpy.types.MovieClip) -> None:
    assert bpy.ops.mattewright.next_doubtful.poll()
    bpy.context.space_data.mode = "MASK"
    assert not bpy.ops.mattewright.next_doubtful.poll()
    bpy.context.space_data.mode = "TRACKING"
    assert bpy.ops.mattewright.command_copy(arguments="doctor") == {"FINISHED"}


def test_a_choice_that_was_keyed_since_its_step_went_live_is_said(clip: bpy.types.MovieClip) -> None:
    dog = properties.add_object(properties.of(clip), "dog")
    step = properties.add_refine(dog, "picture_threshold")
    step.live = True
    value = step.values["on"]
    assert not [line for line in drawn() if "leave it baked" in line]
    clip.keyframe_insert(f"{value.path_from_id()}.choice", frame=1)
    assert not [line for line in drawn() if "leave it baked" in line], "its nodes follow keyframes"
    properties.set_value(step, "on", "depth")
    clip.keyframe_insert(f"{value.path_from_id()}.choice", frame=5)
    assert "Op 'picture_threshold': the compositor has no nodes for the channel 'depth'" in " ".join(drawn())
    with pytest.raises(RuntimeError, match=r"object 'dog': op 'picture_threshold': .* channel 'depth': leave it baked"):
        bpy.ops.mattewright.build_nodes(clip=clip.name)
    bpy.ops.mattewright.refine_live(clip=clip.name, object="dog", index=0, live=False)
    assert "channel 'depth'" not in " ".join(drawn())
    with pytest.raises(RuntimeError, match="channel 'depth'"):
        bpy.ops.mattewright.refine_live(clip=clip.name, object="dog", index=0)
