"""Live previews in Blender, with the real engine: what is shown, and what is asked for to show it."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from pathlib import Path

import bpy
import mattewright
import numpy as np
import pytest
from addon_fixtures import disc_clip, pump, read_picture, write_disc_logits
from mattewright.addon import document, preview, properties, store
from mattewright.addon.link import session
from mattewright.addon.preview import live, target, watch
from mattewright.addon.preview.job_watch import JobWatch
from mattewright.addon.preview.wanted import wanted_of
from mattewright.engine.shot import mapped
from mattewright.engine.shot.messages import Progress

FIRST, COUNT, SIZE = 11, 3, (96, 64)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Each test begins with nothing shown, and leaves no file behind."""
    live.close()
    live.asked = 0
    yield
    live.close()
    settings = preview.settings.current()
    assert settings is not None
    settings.show = False


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    """A clip with the object `dog`, which was tracked on all frames but the last."""
    loaded, dog = disc_clip(tmp_path, FIRST, COUNT, SIZE)
    properties.add_refine(dog, "threshold", level=0.4, softness=0.5)
    properties.add_refine(dog, "grow", pixels=2)
    return loaded


def settle() -> None:
    pump(lambda: live.settled)


def refined(clip: bpy.types.MovieClip, frame: int = FIRST) -> np.ndarray:
    """What `refine` writes with the values that the object has now: (height, width) uint8."""
    bpy.ops.mattewright.refine(clip=clip.name, first=frame, last=frame)
    values = read_picture(store.layout(clip).file("dog", "mask", frame))
    return np.rint(values[..., 0] * 255).astype(np.uint8)


def pixels() -> np.ndarray:
    assert live.shown is not None and live.shown.pixels is not None, live.problem
    return live.shown.pixels


def show(clip: bpy.types.MovieClip, frame: int = FIRST) -> None:
    live.want(wanted_of(clip, "dog", frame))


def set_pixels(clip: bpy.types.MovieClip, count: int) -> None:
    properties.set_value(properties.of(clip).objects["dog"].refine[1], "pixels", count)


def test_what_is_shown_is_what_refine_makes(clip: bpy.types.MovieClip) -> None:
    show(clip)
    assert live.waiting and not live.settled
    settle()
    expected = refined(clip)
    assert expected.shape == SIZE[::-1] and 0 < np.count_nonzero(expected) < expected.size
    assert np.array_equal(pixels(), expected)
    set_pixels(clip, 6)
    show(clip)
    settle()
    assert np.array_equal(pixels(), refined(clip)) and not np.array_equal(pixels(), expected)
    assert not (store.folder(clip) / "previews").exists()


def test_a_drag_asks_for_the_first_and_for_the_newest(clip: bpy.types.MovieClip) -> None:
    for count in range(-6, 14):
        set_pixels(clip, count)
        show(clip)
    assert live.asked == 1, "one at a time"
    settle()
    assert live.asked == 2, "and of the others the newest alone"
    assert np.array_equal(pixels(), refined(clip))
    show(clip)
    assert live.settled and live.asked == 2, "the same once more costs nothing"


def test_a_drag_that_ends_where_it_began(clip: bpy.types.MovieClip) -> None:
    show(clip)
    settle()
    for count in (5, 2):
        set_pixels(clip, count)
        show(clip)
    settle()
    assert np.array_equal(pixels(), refined(clip))


def test_other_frames_and_one_that_was_not_tracked(clip: bpy.types.MovieClip) -> None:
    show(clip)
    settle()
    first = pixels()
    show(clip, FIRST + 1)
    settle()
    assert np.array_equal(pixels(), refined(clip, FIRST + 1)) and not np.array_equal(pixels(), first)
    show(clip, FIRST + COUNT - 1)
    settle()
    assert live.shown is not None and live.shown.pixels is None and live.problem == "", "that is no error"
    show(clip)
    settle()
    assert np.array_equal(pixels(), first)


def test_what_another_object_is_set_to_counts(clip: bpy.types.MovieClip) -> None:
    properties.add_object(properties.of(clip), "cat")
    write_disc_logits(clip, "cat", range(FIRST, FIRST + 1))
    show(clip)
    settle()
    alone = pixels()
    properties.of(clip).overlap = "winner"
    show(clip)
    assert not live.settled
    settle()
    assert np.array_equal(pixels(), alone), "the first of two that are equal wins"
    properties.of(clip).objects.move(1, 0)
    show(clip)
    settle()
    assert not pixels().any()


def test_keyframed_values_where_an_op_looks_at_other_frames(clip: bpy.types.MovieClip) -> None:
    dog = properties.of(clip).objects["dog"]
    properties.add_refine(dog, "temporal_smooth", frames=1)
    value = dog.refine[1].values["pixels"]
    for frame, count in ((FIRST, -4.0), (FIRST + 1, 7.0)):
        value.number = count
        assert clip.keyframe_insert('mattewright.objects[0].refine[1].values["pixels"].number', frame=frame)
    for frame in (FIRST, FIRST + 1):
        bpy.context.scene.frame_set(frame)
        show(clip, frame)
        settle()
        assert np.array_equal(pixels(), refined(clip, frame)), frame
    shown = pixels()
    value.number = 0.0
    show(clip, FIRST + 1)
    settle()
    assert not np.array_equal(pixels(), shown), "what is dragged away from its keyframe is seen"


def test_prompts_and_colours_do_not(clip: bpy.types.MovieClip) -> None:
    before = wanted_of(clip, "dog", FIRST)
    dog = properties.of(clip).objects["dog"]
    point = properties.prompts_for(dog, FIRST).points.add()
    point.x, point.y = 3.0, 4.0
    dog.color = (0.1, 0.2, 0.3)
    assert wanted_of(clip, "dog", FIRST) == before
    dog.refine[0].enabled = False
    assert wanted_of(clip, "dog", FIRST) != before


def test_the_footage_is_looked_at_once(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    before = wanted_of(clip, "dog", FIRST)
    monkeypatch.setattr(preview.wanted, "footage_of", lambda *arguments: pytest.fail("looked again"))
    assert wanted_of(clip, "dog", FIRST) == before
    monkeypatch.undo()
    clip.frame_start += 1
    changed = wanted_of(clip, "dog", FIRST).shot.footage
    assert changed == document.shot_of(clip).footage != before.shot.footage


def test_what_is_wrong_is_said_once_in_one_line(clip: bpy.types.MovieClip) -> None:
    step = properties.add_refine(properties.of(clip).objects["dog"], "grow")
    step.op = "fly"
    show(clip)
    settle()
    assert "unknown op 'fly'" in live.problem and "\n" not in live.problem
    show(clip)
    assert live.asked == 1, "not asked again before something changes"
    properties.of(clip).objects["dog"].refine.remove(2)
    show(clip)
    settle()
    assert live.problem == "" and np.array_equal(pixels(), refined(clip))


def test_an_engine_that_is_gone_is_started_anew_when_something_changes(clip: bpy.types.MovieClip) -> None:
    show(clip)
    session.stop()
    settle()
    assert live.problem == "the engine was stopped" and not live.waiting
    set_pixels(clip, 4)
    show(clip)
    settle()
    assert live.problem == "" and np.array_equal(pixels(), refined(clip))


def test_requests_count_only_while_the_preview_is_on(clip: bpy.types.MovieClip) -> None:
    settings = preview.settings.current()
    assert settings is not None and not settings.show
    preview.request(clip, "dog", FIRST)
    assert live.asked == 0
    settings.show = True
    preview.request(clip, "dog", FIRST)
    settle()
    assert np.array_equal(pixels(), refined(clip))
    properties.of(clip).store = "nowhere"
    preview.request(clip, "dog", FIRST)
    assert "expected an absolute path" in live.problem
    settings.show = False
    assert live.shown is None and live.problem == ""


def test_a_value_that_is_set_is_asked_for_at_once(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "_shown", lambda: iter([(clip, FIRST)]))
    settings = preview.settings.current()
    assert settings is not None
    settings.show = True
    preview.look_now()
    settle()
    asked = live.asked
    set_pixels(clip, 7)
    assert live.asked == asked + 1 and live.waiting
    settle()
    assert np.array_equal(pixels(), refined(clip))
    settings.show = False
    set_pixels(clip, 8)
    assert live.asked == asked + 1
    settings.show = True
    render = threading.Thread(target=watch.edited)
    render.start()
    render.join()
    assert live.asked == asked + 1, "a render's thread asks nothing"


def test_only_an_answer_that_is_about_to_come_is_waited_for(clip: bpy.types.MovieClip) -> None:
    live.took = 0.0
    assert math.isinf(live.due) and watch._patience(1.0) == 0.0, "nothing was asked for"
    show(clip)
    assert math.isinf(live.due) and watch._patience(1.0) == 0.0, "nobody knows how long the first one takes"
    settle()
    set_pixels(clip, 5)
    show(clip)
    live.took = 60.0
    assert 50.0 < live.due <= 60.0 and watch._patience(0.014) == 0.0
    assert watch._patience(70.0) == 70.0
    preview.hear_while_drawing()
    assert live.waiting, "nor does a drawing wait for it"
    live.took = 1e-6
    assert watch._patience(1.0) == 0.0, "what is late may never come"
    settle()
    assert live.took > 1e-6 and math.isinf(live.due)


def test_files_and_answers_that_come_too_late(clip: bpy.types.MovieClip) -> None:
    show(clip)
    assert live._file is not None
    path = live._file.path
    assert path.is_file() and path.stat().st_size == mapped.bytes_for(*SIZE)
    live.close()
    assert not path.exists()
    while session.client is not None and session.client.busy:
        session.pump(patience=0.1)
    assert live.shown is None and live.problem == "", "nobody wants to know of it"
    show(clip)
    settle()
    assert pixels().any()


def test_another_file_forgets_it(clip: bpy.types.MovieClip) -> None:
    show(clip)
    settle()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert live.shown is None and live.settled


def test_what_jobs_write_calls_for_another_preview() -> None:
    class Job:
        progress: Progress | None = None
        done = False

    class Session:
        job: Job | None = None

    watched, told = Session(), Job()
    watch_of = JobWatch(watched)  # type: ignore[arg-type]
    seen = [watch_of.changes(5)]
    watched.job = told
    seen.append(watch_of.changes(5))
    assert seen[0] == seen[1], "nothing is written yet"
    told.progress = Progress(1, "track", 1, 3, 4)
    assert watch_of.changes(5) == seen[0]
    told.progress = Progress(1, "track", 2, 3, 5)
    seen.append(watch_of.changes(5))
    assert seen[2] != seen[0] and watch_of.changes(5) == seen[2] and watch_of.changes(6) == seen[0]
    told.done = True
    assert watch_of.changes(5) not in seen and watch_of.changes(5) == watch_of.changes(6) != seen[0]


def test_nothing_stays_registered(clip: bpy.types.MovieClip) -> None:
    show(clip)
    settle()
    assert live._file is not None
    path = live._file.path
    try:
        mattewright.unregister()
        assert watch.loaded not in bpy.app.handlers.load_post
        assert not bpy.app.timers.is_registered(watch._tick)
        assert not hasattr(bpy.types.WindowManager, preview.settings.ATTRIBUTE)
        assert not path.exists() and live.shown is None
        assert preview.settings.current() is None
    finally:
        mattewright.register()
    assert bpy.app.handlers.load_post.count(watch.loaded) == 1


def test_a_garbage_matte_is_previewed_as_blender_shows_the_mask(clip: bpy.types.MovieClip) -> None:
    mask = bpy.data.masks.new("hold out")
    spline = mask.layers.new(name="layer").splines.new()
    spline.points.add(3)
    for point, place in zip(spline.points, ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)), strict=True):
        point.co = place
        point.handle_type = "VECTOR"
    spline.use_cyclic = True
    bpy.context.view_layer.update()
    dog = properties.of(clip).objects["dog"]
    dog.refine.clear()
    properties.add_refine(dog, "threshold", level=0.4)
    properties.add_refine(dog, "garbage_matte", mask="hold out")
    wanted = wanted_of(clip, "dog", FIRST)
    live.want(wanted)
    settle()
    assert live.problem == "" and live.shown is not None and live.shown.pixels is not None
    assert live.shown.pixels[:, : SIZE[0] // 2 - 2].any() and not live.shown.pixels[:, SIZE[0] // 2 + 2 :].any()
