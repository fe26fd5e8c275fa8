"""The refine chain in the .blend: every declared parameter, keyframes and drivers, and the operators."""

from __future__ import annotations

import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import ROOT, engine_python, load_clip, make_sequence, save
from mattewright.addon import animation, document, properties
from mattewright.engine.shot import MattewrightError, catalogue
from mattewright.engine.shot.operations import at_frame

FRAMES = range(1001, 1021)


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "f", 1001, len(FRAMES)).first, 1001)
    save(tmp_path / "a.blend")
    for name in ("fox", "leaf"):
        properties.add_object(properties.of(clip), name)
    return clip


def chain(clip, *ops: str, name: str = "fox"):
    item = properties.of_name(properties.of(clip).objects, name)
    for op in ops:
        assert bpy.ops.mattewright.refine_add(clip=clip.name, object=name, op=op, bare=True) == {"FINISHED"}
    return item.refine


def path_to(clip, value) -> str:
    field = properties.FIELDS[value.kind]
    return f"{value.path_from_id()}.{field}"


def written(clip, name: str, step: int = 0, of: str = "fox"):
    """A parameter's value on every frame, as the engine reads it."""
    values = document.shot_of(clip).object(of).refine[step].values
    parameter = next(p for p in catalogue()[document.shot_of(clip).object(of).refine[step].op].parameters if p.name == name)
    return [at_frame(values.get(name, parameter.default), frame) for frame in FRAMES]


def test_a_step_has_a_value_for_every_parameter_and_writes_what_differs(clip) -> None:
    steps = chain(clip, *catalogue())
    for step, declaration in zip(steps, catalogue().values(), strict=True):
        assert [value.name for value in step.values] == [parameter.name for parameter in declaration.parameters]
        assert properties.values_of(step) == {}
        for parameter in declaration.parameters:
            parameter.check(properties.content_of(step.values[parameter.name]), parameter.name)
    assert all(step.values == {} for step in document.shot_of(clip).object("fox").refine)
    key = next(step for step in steps if step.op == "chroma_key")
    properties.set_value(key, "color", (0.1, 0.2, 0.35))
    properties.set_value(key, "combine", "union")
    properties.set_value(key, "tolerance", 0.2)
    assert properties.values_of(key) == {"color": (0.1, 0.2, 0.35), "combine": "union"}
    assert [item.name for item in key.values["combine"].bl_rna.properties["choice"].enum_items] == [], "its items depend on the op"
    key.values["combine"].choice = "maximum"
    with pytest.raises(TypeError):
        key.values["combine"].choice = "nothing"
    key.values["tolerance"].number = 7.0
    assert properties.values_of(key) == {"color": (0.1, 0.2, 0.35), "combine": "maximum", "tolerance": 1.0}, "kept in its range"
    local = next(step for step in steps if step.op == "local_threshold")
    local.values["block"].whole = 1
    local.values["below"].switch = True
    assert properties.values_of(local) == {"block": 3, "below": True}


def test_it_survives_save_and_load(clip, tmp_path: Path) -> None:
    steps = chain(clip, "picture_threshold", "hold", "combine_object")
    properties.set_value(steps[0], "on", "distance")
    properties.set_value(steps[0], "color", (0.5, 0.25, 0.125))
    properties.set_value(steps[1], "frame", 1003)
    properties.set_value(steps[2], "object", "leaf")
    before = document.shot_of(clip)
    save(tmp_path / "a.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    (clip,) = bpy.data.movieclips
    assert document.shot_of(clip) == before
    fox = document.shot_of(clip).object("fox")
    assert fox.refine[0].values == {"on": "distance", "color": (0.5, 0.25, 0.125)}
    assert fox.refine[1].values == {"frame": 1003}
    properties.of(clip).objects["leaf"].name = "twig"
    assert document.shot_of(clip).object("fox").refine[2].values == {"object": "twig"}, "a step goes on meaning an object that is renamed"


def test_a_file_of_the_version_before_is_completed(clip, tmp_path: Path) -> None:
    """It held just what differed, whole numbers and switches as numbers."""
    step = properties.of(clip).objects["fox"].refine.add()
    step.op = "threshold"
    value = step.values.add()
    value.name, value.kind, value.number = "level", "NUMBER", 0.35
    grow = properties.of(clip).objects["fox"].refine.add()
    grow.op = "hold"
    value = grow.values.add()
    value.name, value.kind, value.number = "frame", "NUMBER", 1002.0
    assert document.shot_of(clip).object("fox").refine[0].values == {"level": 0.35}
    save(tmp_path / "a.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    (clip,) = bpy.data.movieclips
    first, second = properties.of(clip).objects["fox"].refine
    assert [value.name for value in first.values] == ["level", "softness"]
    assert properties.values_of(first) == {"level": 0.35}
    assert properties.values_of(second) == {"frame": 1002}
    assert second.values["frame"].whole == 1002


def test_keyframes_reach_the_document_frame_by_frame(clip) -> None:
    (step,) = chain(clip, "threshold")
    level = step.values["level"]
    for frame, number in ((1003, 0.1), (1011, 0.9), (1015, 1.0)):
        level.number = number
        assert clip.keyframe_insert(path_to(clip, level), frame=frame)
    (curve,) = animation.curves_of(clip)
    for interpolation in ("LINEAR", "BEZIER", "CONSTANT"):
        for point in curve.keyframe_points:
            point.interpolation = interpolation
        curve.update()
        assert written(clip, "level") == [float(f"{curve.evaluate(frame):.6g}") for frame in FRAMES]
        # What Blender itself sets on that frame is the same.
        for frame in FRAMES:
            bpy.context.scene.frame_set(frame)
            assert properties.content_of(level) == at_frame(document.shot_of(clip).object("fox").refine[0].values["level"], frame)
    assert document.shot_of(clip).object("fox").refine[0].values["level"] == {"1001": 0.1, "1011": 0.9, "1015": 1.0}
    for point in curve.keyframe_points:
        point.interpolation = "LINEAR"
    curve.mute = True
    assert len(set(written(clip, "level"))) == 1


def test_the_engine_refines_with_the_keyed_values(clip, tmp_path: Path) -> None:
    """The engine's own reading of the document and its own chain, on a mask that rises evenly from left to right."""
    (step,) = chain(clip, "threshold")
    level = step.values["level"]
    for frame, number in ((1003, 0.1), (1015, 0.9)):
        level.number = number
        clip.keyframe_insert(path_to(clip, level), frame=frame)
    (curve,) = animation.curves_of(clip)
    program = """
import sys
import numpy as np
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from engine.refine import CATALOGUE, refine
from engine.shot import read
shot = read(Path(sys.argv[2]), CATALOGUE)
size = shot.footage.height, shot.footage.width
likely = (np.arange(size[1]) + 0.5) / size[1]
logits = np.tile(np.log(likely / (1 - likely)), (size[0], 1)).astype(np.float16)
print(*[(refine(logits, size, shot.object("fox").refine, frame)[0] == 255).sum() for frame in shot.range])
"""
    command = [str(engine_python()), "-I", "-c", program, str(ROOT), str(document.write(clip))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    likely = (np.arange(64) + 0.5) / 64
    wanted = [int((likely > curve.evaluate(frame)).sum()) for frame in FRAMES]
    assert [int(count) for count in done.stdout.split()] == wanted
    assert len(set(wanted)) > 8


def test_a_curve_that_does_not_change_is_one_value(clip) -> None:
    (step,) = chain(clip, "threshold")
    step.values["level"].number = 0.25
    for frame in (1001, 1010):
        clip.keyframe_insert(path_to(clip, step.values["level"]), frame=frame)
    assert document.shot_of(clip).object("fox").refine[0].values == {"level": 0.25}
    step.values["level"].number = 0.5
    clip.keyframe_insert(path_to(clip, step.values["level"]), frame=1001)
    clip.keyframe_insert(path_to(clip, step.values["level"]), frame=1010)
    assert document.shot_of(clip).object("fox").refine[0].values == {}, "and nothing where that is the default"


def test_every_kind_that_can_be_keyed_is(clip) -> None:
    steps = chain(clip, "local_threshold", "chroma_key")
    local, key = steps

    def set_all(block: int, below: bool, combine: str, color: tuple[float, float, float]) -> None:
        local.values["block"].whole, local.values["below"].switch, local.values["combine"].choice = block, below, combine
        key.values["color"].color = color

    keyed = [local.values["block"], local.values["below"], local.values["combine"], key.values["color"]]
    for frame, values in ((1002, (5, False, "multiply", (0, 0, 1))), (1012, (25, True, "maximum", (1, 0.5, 0)))):
        set_all(*values)
        for value in keyed:
            assert clip.keyframe_insert(path_to(clip, value), frame=frame)
    for curve in animation.curves_of(clip):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    shot = document.shot_of(clip)
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        for number, name in ((0, "block"), (0, "below"), (0, "combine"), (1, "color")):
            value = steps[number].values[name]
            said = shot.object("fox").refine[number].values[name]
            assert at_frame(said, frame) == properties.content_of(value), (frame, name)
    assert shot.object("fox").refine[0].values["below"] == {"1001": False, "1012": True}
    assert shot.object("fox").refine[0].values["combine"] == {"1001": "multiply", "1012": "maximum"}


def test_an_overshoot_is_cut_to_the_range(clip) -> None:
    (step,) = chain(clip, "threshold")
    for frame, number in ((1001, 0.0), (1010, 1.0)):
        step.values["level"].number = number
        clip.keyframe_insert(path_to(clip, step.values["level"]), frame=frame)
    (curve,) = animation.curves_of(clip)
    curve.extrapolation = "LINEAR"
    for point in curve.keyframe_points:
        point.interpolation = "LINEAR"
    assert max(written(clip, "level")) == 1.0
    assert curve.evaluate(1020) > 1.0


def test_drivers(clip) -> None:
    """By another datablock that is itself animated, and by the frame."""
    steps = chain(clip, "threshold", "feather")
    scene = bpy.context.scene
    empty = bpy.data.objects.new("empty", None)
    scene.collection.objects.link(empty)
    for frame, x in ((1001, 0.0), (1020, 10.0)):
        empty.location.x = x
        empty.keyframe_insert("location", frame=frame)
    curve = clip.driver_add(path_to(clip, steps[0].values["level"]))
    variable = curve.driver.variables.new()
    variable.name, variable.type = "x", "SINGLE_PROP"
    variable.targets[0].id, variable.targets[0].data_path = empty, "location.x"
    curve.driver.expression = "x / 20 + 0.1"
    clip.driver_add(path_to(clip, steps[1].values["inside"])).driver.expression = "frame - 1000"
    # As well as a plain keyframe, which needs no such thing.
    steps[1].values["outside"].number = 7
    clip.keyframe_insert(path_to(clip, steps[1].values["outside"]), frame=1001)
    scene.frame_set(1007)
    assert animation.is_led(clip)
    shot = document.shot_of(clip)
    assert scene.frame_current == 1007
    first, second = (step.values for step in shot.object("fox").refine)
    for frame in FRAMES:
        scene.frame_set(frame)
        assert at_frame(first["level"], frame) == float(f"{empty.location.x / 20 + 0.1:.6g}")
        assert at_frame(second["inside"], frame) == frame - 1000
    assert second["outside"] == 7.0


def test_what_the_nla_makes_is_what_blender_shows(clip) -> None:
    (step,) = chain(clip, "threshold")
    level = step.values["level"]
    for frame, number in ((1, 0.2), (11, 0.6)):
        level.number = number
        clip.keyframe_insert(path_to(clip, level), frame=frame)
    data = clip.animation_data
    action = data.action
    slot = getattr(data, "action_slot", None)
    strip = data.nla_tracks.new().strips.new("s", 1003, action)
    if slot is not None:
        strip.action_slot = slot
    data.action = None
    found = written(clip, "level")
    for frame, value in zip(FRAMES, found, strict=True):
        bpy.context.scene.frame_set(frame)
        assert properties.content_of(level) == value
    assert (found[2], found[12]) == (0.2, 0.6)


def test_keyframes_follow_their_step(clip) -> None:
    for name in ("leaf", "fox"):
        steps = chain(clip, "threshold", "feather", "grow", name=name)
        for number, name_of in enumerate(("level", "inside", "pixels")):
            value = steps[number].values[name_of]
            for frame, share in ((1001, 0.25), (1011, 0.5)):
                value.number = share + number
                clip.keyframe_insert(path_to(clip, value), frame=frame)
    method = properties.of(clip).objects["fox"].refine[2].values["method"]
    method.choice = "distance"
    driver = clip.driver_add(path_to(clip, method)).driver
    driver.expression = str(animation.drivers_of(clip)[0].evaluate(next(iter(properties.choices_by_number(method)))))
    call = bpy.ops.mattewright

    def facts(of: str) -> dict[str, float]:
        keyed = [(step.op, value) for step in document.shot_of(clip).object(of).refine for value in step.values.values()]
        return {op: at_frame(value, 1011) for op, value in keyed if isinstance(value, dict)}

    everything = {"threshold": 0.5, "feather": 1.5, "grow": 2.5}
    assert facts("fox") == facts("leaf") == everything
    call.refine_move(clip=clip.name, object="fox", index=0, direction="DOWN")
    assert [step.op for step in properties.of(clip).objects["fox"].refine] == ["feather", "threshold", "grow"]
    assert facts("fox") == facts("leaf") == everything
    call.refine_remove(clip=clip.name, object="fox", index=0)
    assert facts("fox") == {"threshold": 0.5, "grow": 2.5}
    assert animation.drivers_of(clip)[0].data_path == "mattewright.objects[0].refine[1].values[1].choice"
    curves = len(animation.curves_of(clip))
    assert curves == 5
    call.object_remove(clip=clip.name, object="fox")
    assert facts("leaf") == everything
    assert len(animation.curves_of(clip)) == 3
    assert not animation.drivers_of(clip)
    call.refine_clear(clip=clip.name, object="leaf")
    assert not animation.curves_of(clip)
    assert not properties.of(clip).objects["leaf"].refine


@pytest.mark.parametrize(
    ("operator", "arguments", "said"),
    [
        ("refine_add", {"op": "sharpen"}, "op 'sharpen': there is none such; there are threshold"),
        ("refine_add", {"op": "grow", "object": "cat"}, "object 'cat': not in this shot"),
        ("refine_remove", {"index": 2}, "step 2: the chain of 'leaf' has 1 steps, 0 to 0"),
        ("refine_move", {"index": 0, "direction": "UP"}, "step 0: it is the first one"),
        ("refine_live", {"index": 0}, "op 'keep_largest': the compositor has no nodes for it: leave it baked"),
    ],
)
def test_what_is_refused(clip, operator: str, arguments: dict[str, object], said: str) -> None:
    chain(clip, "keep_largest", name="leaf")
    with pytest.raises(RuntimeError) as caught:
        getattr(bpy.ops.mattewright, operator)(clip=clip.name, **arguments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_live_steps_are_the_tail_of_the_chain(clip) -> None:
    steps = chain(clip, "keep_largest", "threshold", "threshold")
    call = bpy.ops.mattewright

    def live() -> list[bool]:
        return [step.live for step in steps]

    call.refine_live(clip=clip.name, object="fox", index=1)
    assert live() == [False, True, True]
    assert [step.live for step in document.shot_of(clip).object("fox").refine] == [False, True, True]
    steps[2].live = False
    assert live() == [False, False, False], "the compositor comes after the mask file"
    steps[1].live = True
    assert live() == [False, True, True]
    chain(clip, "threshold")
    assert live() == [False, True, True, True]
    chain(clip, "fill_holes")
    assert live() == [False] * 5, "and an op without nodes is baked, with all before it"
    steps[4].enabled = False
    steps[2].live = True
    assert live() == [False, False, True, True, False]
    steps[4].enabled = True
    assert live() == [False] * 5
    steps[0].live = True
    assert live() == [False] * 5
    document.shot_of(clip)


def test_an_object_that_is_gone_is_named(clip) -> None:
    (step,) = chain(clip, "combine_object")
    properties.set_value(step, "object", "cat")
    with pytest.raises(MattewrightError, match="there is no object 'cat' in this shot"):
        document.shot_of(clip)


def test_the_first_step_comes_after_the_threshold_that_an_empty_chain_means(clip) -> None:
    assert bpy.ops.mattewright.refine_add(clip=clip.name, object="fox", op="grow") == {"FINISHED"}
    assert [step.op for step in properties.of(clip).objects["fox"].refine] == ["threshold", "grow"]


def test_steps_that_ask_for_a_removed_object_are_switched_off(clip) -> None:
    (step,) = chain(clip, "combine_object")
    properties.set_value(step, "object", "leaf")
    assert document.shot_of(clip).object("fox").refine[0].values["object"] == "leaf"
    assert bpy.ops.mattewright.object_remove(clip=clip.name, object="leaf") == {"FINISHED"}
    assert not properties.of(clip).objects["fox"].refine[0].enabled
    document.shot_of(clip)


def test_what_is_locked_keeps_the_chain_that_it_was_made_with(clip) -> None:
    chain(clip, "threshold", "grow")
    properties.of(clip).objects["fox"].locked.add()
    for live in (True, False):
        with pytest.raises(RuntimeError, match="unlock them first"):
            bpy.ops.mattewright.refine_live(clip=clip.name, object="fox", index=1, live=live)
