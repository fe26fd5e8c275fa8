"""Live steps: what the compositor's nodes make of a mask is what the engine's ops make of it, in this Blender."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from addon_fixtures import ROOT, engine_python, load_clip, make_sequence, read_picture, save, write_disc_logits, write_exr, write_png
from mattewright.addon import animation, compositor, document, properties, store
from mattewright.addon.compositor import curves, live, ops, refusals, tuning, versions
from mattewright.addon.compositor.graph import STEP_MARK
from mattewright.addon.compositor.render import KeyedFrames
from mattewright.engine.shot import FrameRange, MattewrightError, catalogue
from mattewright.engine.shot.operations import at_frame

FRAMES = range(1001, 1004)
SIZE = (96, 72)
ROUNDING = 1.0 / 65535
"""The mask's file has 16 bits; what nodes and engine make of it differs by float32's own rounding."""
COLOR = 2e-4
"""A picture goes from sRGB to linear light and back in Blender; a ramp of 0.2 makes five times as much of that. Measured: 7e-5."""
STEEP = 1e-3
"""The same for narrower ramps and for hues, whose slope is that of greys' chance differences. Measured: 1.6e-4."""


def masks_of() -> dict[str, np.ndarray]:
    """(height, width) float32: with soft edges, hard, and anything."""
    width, height = SIZE
    down, across = np.mgrid[:height, :width].astype(np.float64)
    apart = np.hypot(down - 30.3, across - 45.6)
    soft = np.clip((18 - apart) / 6 + 0.5, 0, 1)
    hard = (apart < 17) & ~(apart < 4) | (abs(down - 66) < 4) & (across < 14) | (abs(down - 20) < 2) & (across > 70)
    anything = np.random.default_rng(5).random((height, width))
    return {name: (np.rint(mask * 65535) / 65535).astype(np.float32) for name, mask in (("soft", soft), ("hard", hard), ("any", anything))}


def picture_of() -> np.ndarray:
    """(height, width, 3) uint8: smooth colours, so that there is every hue and brightness."""
    width, height = SIZE
    down, across = np.mgrid[:height, :width].astype(np.float64)
    channels = [np.sin(across / 9 + 1) * np.cos(down / 13), np.sin(down / 7), np.cos(across / 17 - down / 11)]
    return np.rint((np.stack(channels, -1) / 2 + 0.5) * 255).astype(np.uint8)


class Shot:
    def __init__(self, folder: Path) -> None:
        self.folder, self.picture = folder, picture_of()
        for frame in FRAMES:
            write_png(folder / "plates" / f"p_{frame}.png", self.picture)
        self.clip = load_clip(folder / "plates" / "p_1001.png", 1001)
        save(folder / "a.blend")
        for name in ("it", "other"):
            properties.add_object(properties.of(self.clip), name)
        masks = masks_of()
        self.other = np.maximum(masks["soft"][:, ::-1], 0)
        self.write("other", self.other)

    def write(self, name: str, mask: np.ndarray) -> None:
        layout = store.layout(self.clip)
        for frame in FRAMES:
            write_png(layout.file(name, "mask", frame), np.rint(mask * 65535).astype(np.uint16))

    @property
    def item(self):
        return properties.of(self.clip).objects["it"]

    def chain(self, *steps: tuple[str, dict[str, Any]]) -> None:
        """Make the object's chain of these, all live."""
        self.item.refine.clear()
        for op, values in steps:
            properties.add_refine(self.item, op, **values)
        for step in reversed(self.item.refine):
            step.live = True
            assert step.live, refusals.why_not(step)

    def rendered(self, last: int = 1001) -> dict[int, np.ndarray]:
        """The object's mask after its live steps, as the compositor makes it, from the first frame on."""
        output = KeyedFrames(str(self.folder / "out_####.exr"), "OPEN_EXR", "32")
        rendered = compositor.render_keyed(self.clip, FrameRange(1001, last), output, ["it"])
        return {frame: read_picture(path)[..., 3] for frame, path in rendered}


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    return Shot(tmp_path)


def engines(folder: Path, cases: list[dict[str, Any]]) -> list[np.ndarray]:
    """What the engine's ops make: each case has a mask, a picture, another object's mask and a chain of op and values."""
    arrays = {f"{number} {name}": case[name] for number, case in enumerate(cases) for name in ("mask", "picture", "other")}
    np.savez(folder / "in.npz", **arrays)
    (folder / "chains.json").write_text(json.dumps([case["chain"] for case in cases]))
    program = """
import json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from engine.refine import OPS, Box
folder = sys.argv[2]
arrays = np.load(folder + "/in.npz")

class Context:
    def __init__(self, picture, other):
        self.frame, self.box, self.size = 1001, Box.whole(picture.shape[:2]), picture.shape[:2]
        self.picture, self._other = picture, other
    def other(self, name):
        return self._other

made = {}
for number, chain in enumerate(json.load(open(folder + "/chains.json"))):
    context = Context(arrays[f"{number} picture"].astype(np.float32) / np.float32(255), arrays[f"{number} other"])
    mask = arrays[f"{number} mask"]
    for name, values in chain:
        op = OPS[name]
        mask = op.function(mask, context, op.declaration.values_at(values, 1001))
    made[str(number)] = mask
np.savez(folder + "/out.npz", **made)
"""
    done = subprocess.run([str(engine_python()), "-I", "-c", program, str(ROOT), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = np.load(folder / "out.npz")
    return [found[str(number)] for number in range(len(cases))]


OUTLINE = 0.5
"""Nodes take a soft mask as hard before they measure how far its outline is: it lies up to half a pixel beside the engine's. What is
made of that is as far off as its ramp is steep: 1 a pixel at an edge, 1 / (inside + outside) in a feather. Measured: 0.49, and 0.12 of a
feather 4 pixels wide."""
KEY = {"color": (0.2, 0.6, 0.3)}
# op, mask, the largest difference allowed, how many pixels may jump (a hard level that a picture's colour lies on), values
CASES = [
    ("threshold", "any", ROUNDING, 0, {}),
    ("threshold", "any", ROUNDING, 0, {"level": 0.3, "softness": 0.4}),
    ("levels", "any", 4 * ROUNDING, 0, {"black": 0.2, "white": 0.7, "gamma": 2.2, "out_black": 0.1, "out_white": 0.9}),
    ("levels", "any", ROUNDING, 0, {"black": 0.6, "white": 0.4}),
    ("invert", "any", ROUNDING, 0, {}),
    *(("picture_threshold", "soft", COLOR, 0, {"on": on, "level": 0.45, "softness": 0.2, **KEY}) for on in ops.CHANNELS[1:]),
    *(("picture_threshold", "soft", 1.0, 3, {"on": on, "level": 0.45, "below": True, **KEY}) for on in ops.CHANNELS[1:]),
    *(("band", "soft", COLOR, 0, {"on": on, "low": 0.3, "high": 0.6, "softness": 0.2, **KEY}) for on in ("luma", "distance")),
    ("band", "any", ROUNDING, 0, {"on": "mask", "low": 0.3, "high": 0.6, "combine": "replace"}),
    ("band", "soft", 1.0, 3, {"on": "green", "combine": "union"}),
    *(("combine_object", "soft", ROUNDING, 0, {"object": "other", "combine": how}) for how in ("multiply", "replace", "union")),
    *(("combine_object", "soft", ROUNDING, 0, {"object": "other", "combine": how}) for how in ("subtract", "intersect", "maximum")),
    ("combine_object", "soft", ROUNDING, 0, {"object": "other", "combine": "intersect", "invert": True}),
    ("hue_key", "soft", STEEP, 3, {"hue": 0.3, "width": 0.3, "softness": 0.1, "combine": "replace"}),
    ("hue_key", "soft", STEEP, 3, {"hue": 0.95, "width": 0.3, "softness": 0.1, "combine": "replace"}),
    ("chroma_key", "soft", STEEP, 0, {"tolerance": 0.3, "softness": 0.2, "combine": "replace", **KEY}),
    *(("grow", on, ROUNDING, 0, {"pixels": pixels}) for on in ("hard", "any") for pixels in (0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -3.0, -6.0)),
    *(("grow", "hard", 4 * ROUNDING, 0, {"pixels": p, "method": "distance"}) for p in (0.0, 0.3, 1.0, 2.5, 9.0, -0.4, -1.0, -3.7)),
    *((op, on, ROUNDING, 0, {"pixels": 3.0}) for op in ("shrink", "open", "close") for on in ("hard", "soft")),
    ("shrink", "hard", 4 * ROUNDING, 0, {"pixels": 2.0, "method": "distance"}),
    *((op, "soft", OUTLINE, 0, {"pixels": 2.5, "method": "distance"}) for op in ("grow", "shrink")),
    *(("feather", "soft", OUTLINE / (a + b), 0, {"inside": a, "outside": b}) for a, b in ((2, 2), (1, 5.5))),
    *(
        ("feather", "hard", 8 * ROUNDING, 0, {"inside": a, "outside": b})
        for a, b in ((2, 2), (0, 5.5), (7.25, 1), (0.3, 0), (0, 0), (20, 12))
    ),
    *(("blur", on, 4 * ROUNDING, 0, {"pixels": p}) for on in ("hard", "any") for p in (0.0, 0.7, 2.0, 4.3)),
    *(("blur", on, 4 * ROUNDING, 0, {"method": "box", "pixels": p}) for on in ("hard", "any") for p in (0.4, 1.0, 3.0, 5.4)),
]


@pytest.mark.parametrize("op", list(dict.fromkeys(case[0] for case in CASES)))
def test_nodes_make_what_the_engine_makes(shot: Shot, tmp_path: Path, op: str) -> None:
    cases = [case for case in CASES if case[0] == op]
    masks = masks_of()
    inputs = [{"mask": masks[on], "picture": shot.picture, "other": shot.other, "chain": [[op, values]]} for _, on, _, _, values in cases]
    for (_, on, within, jumps, values), wanted in zip(cases, engines(tmp_path, inputs), strict=True):
        shot.write("it", masks[on])
        shot.chain((op, values))
        (found,) = shot.rendered().values()
        apart = np.abs(found - wanted)
        print(f"MEASURED {op} {on} {values}: max {apart.max():.6f} mean {apart.mean():.7f} jumps {(apart > STEEP).sum()}")
        assert (apart > within).sum() == 0 or (apart > STEEP).sum() <= jumps, f"{op} {on} {values}: {apart.max()}"
        if jumps:
            assert np.sort(apart.ravel())[-jumps - 1] <= STEEP


def test_every_op_that_is_compiled_is_tested_and_declared() -> None:
    assert set(ops.COMPILED) == {case[0] for case in CASES} <= set(catalogue())


def nodes_of(shot: Shot) -> list[Any]:
    group = compositor.group_of(shot.clip)
    return [node for node in group.nodes if versions.mark(node, STEP_MARK) is not None]


def entries(shot: Shot) -> dict[str, Any]:
    return {item.name: item for item in live.inputs_of(compositor.build_group(shot.clip)).values()}


def test_a_chain_of_several_steps_and_its_sockets(shot: Shot, tmp_path: Path) -> None:
    mask = masks_of()["soft"]
    chain = [("threshold", {"level": 0.4}), ("grow", {"pixels": 3.0}), ("chroma_key", {**KEY, "combine": "subtract"}), ("blur", {})]
    shot.write("it", mask)
    shot.chain(*chain)
    (wanted,) = engines(tmp_path, [{"mask": mask, "picture": shot.picture, "other": shot.other, "chain": chain}])
    (found,) = shot.rendered().values()
    assert np.abs(found - wanted).max() < STEEP
    said = entries(shot)
    size = [] if not versions.SIZES_ARE_SOCKETS else ["it: grow pixels"]
    names = ["it: threshold level", "it: threshold softness", *size, "it: chroma key color", "it: chroma key tolerance"]
    assert sorted(said) == sorted([*names, "it: chroma key softness", "it: blur pixels"])
    level = said["it: threshold level"]
    assert (round(level.default_value, 6), level.min_value, level.max_value) == (0.4, 0.0, 1.0)


def test_building_again_changes_nothing(shot: Shot) -> None:
    shot.chain(("picture_threshold", {"on": "distance"}), ("threshold", {}), ("feather", {}))

    def facts() -> list[object]:
        group = compositor.build_group(shot.clip)
        links = sorted(
            (link.from_node.name, link.from_socket.identifier, link.to_node.name, link.to_socket.identifier) for link in group.links
        )
        return [links, sorted(node.name for node in group.nodes), sorted(live.inputs_of(group))]

    before = facts()
    assert facts() == facts() == before


def test_after_a_job_the_nodes_go_on_from_where_the_masks_end(shot: Shot) -> None:
    group = compositor.build_group(shot.clip)
    compositor.refresh(shot.clip)
    assert not nodes_of(shot)
    shot.chain(("threshold", {}))
    compositor.refresh(shot.clip)
    node = next(node for node in nodes_of(shot) if node.bl_idname == versions.MATH)
    node.use_clamp = clamped = not node.use_clamp
    compositor.refresh(shot.clip)
    assert node.use_clamp == clamped, "nothing was said: nothing is built"
    shot.clip.keyframe_insert(f"{shot.item.refine[0].values['level'].path_from_id()}.number", frame=1001)
    assert tuning.is_behind(shot.clip)
    compositor.refresh(shot.clip)
    assert not tuning.is_behind(shot.clip) and "it: threshold level" not in entries(shot)
    shot.item.refine[0].live = False
    compositor.refresh(shot.clip)
    assert not nodes_of(shot)
    assert compositor.group_of(shot.clip) == group


def test_what_was_tuned_stays_until_the_panel_says_something_new(shot: Shot) -> None:
    shot.write("it", masks_of()["any"])
    shot.chain(("threshold", {"level": 0.3}))
    scene = bpy.context.scene
    compositor.build_keying_tree(scene, shot.clip, ["it"])
    (instance,) = live.instances_of(compositor.group_of(shot.clip))
    level = next(socket for socket in instance.inputs if socket.name == "it: threshold level")
    softness = next(socket for socket in instance.inputs if socket.name == "it: threshold softness")
    assert round(level.default_value, 6) == 0.3
    level.default_value, softness.default_value = 0.7, 0.25
    compositor.build_keying_tree(scene, shot.clip, ["it"])
    assert round(level.default_value, 6) == 0.7
    shot.item.refine[0].values["level"].number = 0.45
    compositor.build_keying_tree(scene, shot.clip, ["it"])
    assert round(level.default_value, 6) == 0.45
    assert softness.default_value == 0.25, "of what the panel hasn't changed, the tuned value stays"


def kinds(shot: Shot) -> list[str]:
    """The ops that the group does, by their sockets."""
    return sorted({item.name.split(":")[1].split()[0] for item in live.inputs_of(compositor.group_of(shot.clip)).values()})


def test_what_changes_the_chain_changes_the_nodes_at_once(shot: Shot) -> None:
    shot.chain(("threshold", {}), ("levels", {}), ("blur", {}))
    compositor.build_group(shot.clip)
    at = {"clip": shot.clip.name, "object": "it"}
    assert kinds(shot) == ["blur", "levels", "threshold"]
    bpy.ops.mattewright.refine_remove(**at, index=1)
    assert kinds(shot) == ["blur", "threshold"]
    shot.item.refine[1].enabled = False
    assert kinds(shot) == ["threshold"]
    shot.item.refine[1].enabled = True
    assert kinds(shot) == ["blur", "threshold"]
    bpy.ops.mattewright.refine_add(**at, op="hue_key")
    assert kinds(shot) == ["blur", "hue", "threshold"]
    combining = [node.operation for node in nodes_of(shot) if node.bl_idname == versions.MATH]
    shot.item.refine[2].values["combine"].choice = "replace"
    assert [node.operation for node in nodes_of(shot) if node.bl_idname == versions.MATH] != combining
    bpy.ops.mattewright.refine_add(**at, op="fill_holes")  # which the compositor can't: what is before it is baked
    assert kinds(shot) == []
    bpy.ops.mattewright.refine_remove(**at)
    bpy.ops.mattewright.refine_live(**at, index=0)
    assert kinds(shot) == ["blur", "hue", "threshold"]
    bpy.ops.mattewright.refine_move(**at, index=2, direction="UP")
    assert not tuning.is_behind(shot.clip)
    bpy.ops.mattewright.refine_clear(**at)
    assert not nodes_of(shot)


def test_a_step_that_is_handed_over_is_out_of_the_files_at_once(shot: Shot) -> None:
    for number in range(len(FRAMES)):
        write_png(shot.folder / "plates" / f"p_{1001 + number}.png", shot.picture)
    write_disc_logits(shot.clip, "it", FRAMES)
    shot.item.refine.clear()
    for op, values in (("threshold", {}), ("invert", {})):
        properties.add_refine(shot.item, op, **values)
    path = store.layout(shot.clip).file("it", "mask", 1001)
    bpy.ops.mattewright.refine(clip=shot.clip.name, object="it")
    inverted = read_picture(path)[..., 0]
    compositor.build_group(shot.clip)
    at = {"clip": shot.clip.name, "object": "it", "index": 1}
    bpy.ops.mattewright.refine_live(**at)
    assert np.allclose(read_picture(path)[..., 0], 1 - inverted) and nodes_of(shot)
    bpy.ops.mattewright.refine_live(**at, live=False)
    assert np.allclose(read_picture(path)[..., 0], inverted) and not nodes_of(shot)


def test_why_the_nodes_do_not_follow_is_said(shot: Shot, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    shot.write("it", masks_of()["soft"])
    properties.add_refine(shot.item, "threshold")
    compositor.build_group(shot.clip)
    monkeypatch.setenv("MATTEWRIGHT_ENGINE_PYTHON", str(shot.folder / "no python"))
    bpy.ops.mattewright.refine_live(clip=shot.clip.name, object="it")
    assert tuning.is_behind(shot.clip) and not nodes_of(shot), "the files have the step in them yet"
    assert "the nodes follow when the masks of 'it' are refined, which can't be now:" in "".join(capfd.readouterr())


def test_a_footage_that_is_gone_leaves_the_nodes_and_is_said(shot: Shot) -> None:
    shot.chain(("threshold", {}), ("blur", {}))
    compositor.build_group(shot.clip)
    for frame in FRAMES:
        (shot.folder / "plates" / f"p_{frame}.png").unlink()
    bpy.ops.mattewright.refine_remove(clip=shot.clip.name, object="it", index=1)
    assert kinds(shot) == ["blur", "threshold"] and tuning.is_behind(shot.clip)


def test_what_the_panel_says_reaches_the_sockets_at_once_and_what_is_tuned_there_can_be_taken(shot: Shot) -> None:
    shot.chain(("threshold", {"level": 0.3}), ("chroma_key", KEY))
    compositor.build_keying_tree(bpy.context.scene, shot.clip, ["it"])
    (one,) = live.instances_of(compositor.group_of(shot.clip))
    level, tolerance, color = (one.inputs[f"it: {name}"] for name in ("threshold level", "chroma key tolerance", "chroma key color"))
    threshold, key = shot.item.refine
    threshold.values["level"].number = 0.6
    assert round(level.default_value, 6) == 0.6
    key.values["color"].color = (0.5, 0.25, 1.0)
    assert [round(part, 3) for part in color.default_value] == [0.214, 0.051, 1.0, 1.0]
    assert not tuning.tuned(shot.clip)
    level.default_value, color.default_value = 0.45, (0.051, 0.214, 0.0, 1.0)
    told = {one.label: (one.panel, list(one.nodes.values())) for one in tuning.tuned(shot.clip)}
    assert told["it: threshold level"] == (0.6, [0.45]) and set(told) == {"it: threshold level", "it: chroma key color"}
    bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name, object="other")
    assert round(threshold.values["level"].number, 6) == 0.6
    bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name)
    assert round(threshold.values["level"].number, 6) == 0.45
    assert [round(part, 3) for part in key.values["color"].color] == [0.25, 0.5, 0.0]
    assert not tuning.tuned(shot.clip)
    compositor.build_keying_tree(bpy.context.scene, shot.clip, ["it"])
    assert round(level.default_value, 6) == 0.45 and round(tolerance.default_value, 6) == round(key.values["tolerance"].number, 6)
    # Two nodes that say different things: one has to be named, and the other stays as it is.
    tree = one.id_data
    two = tree.nodes.new("CompositorNodeGroup")
    two.node_tree, two.name = one.node_tree, "second"
    level.default_value, two.inputs["it: threshold level"].default_value = 0.7, 0.8
    with pytest.raises(RuntimeError, match=r"0\.7 in .*0\.8 in 'second'"):
        bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name)
    with pytest.raises(RuntimeError, match=r"those that do: .*'second'"):
        bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name, node="third")
    bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name, node="second")
    assert (round(threshold.values["level"].number, 6), round(level.default_value, 6)) == (0.8, 0.7)
    # What is keyed or linked in the compositor is the compositor's.
    level.keyframe_insert("default_value", frame=1001)
    tree.links.new(tree.nodes.new(versions.VALUE).outputs[0], two.inputs["it: chroma key tolerance"])
    assert not [one for one in tuning.tuned(shot.clip) if one.label == "it: chroma key tolerance"]
    assert not [one for one in tuning.tuned(shot.clip) if one.label == "it: threshold level"]


def test_a_switch_is_a_socket_and_may_be_keyed(shot: Shot) -> None:
    shot.write("it", masks_of()["hard"])
    shot.chain(("combine_object", {"object": "other", "combine": "replace", "invert": True}))
    first = shot.rendered(1001)[1001]
    assert np.abs(first - (1 - shot.other)).max() < 2 * ROUNDING
    invert = shot.item.refine[0].values["invert"]
    for frame, on in ((1001, True), (1002, False)):
        invert.switch = on
        shot.clip.keyframe_insert(f"{invert.path_from_id()}.switch", frame=frame)
    assert shot.item.refine[0].live and not refusals.why_not(shot.item.refine[0])
    rendered = shot.rendered(1002)
    assert np.abs(rendered[1001] - (1 - shot.other)).max() < 2 * ROUNDING
    assert np.abs(rendered[1002] - shot.other).max() < 2 * ROUNDING


def test_a_keyed_choice_has_the_nodes_of_all_that_it_comes_to(shot: Shot, tmp_path: Path) -> None:
    mask = masks_of()["soft"]
    shot.write("it", mask)
    shot.chain(("picture_threshold", {"softness": 0.2}), ("threshold", {}), ("grow", {"pixels": 2.0}))
    picked, _, grow = shot.item.refine
    said = (("luma", "multiply", "disk"), ("red", "subtract", "disk"), ("green", "multiply", "distance"))
    for frame, choices in zip(FRAMES, said, strict=True):
        for value, choice in zip((picked.values["on"], picked.values["combine"], grow.values["method"]), choices, strict=True):
            value.choice = choice
            assert shot.clip.keyframe_insert(f"{value.path_from_id()}.choice", frame=frame)
    for point in (point for curve in animation.curves_of(shot.clip) for point in curve.keyframe_points):
        point.interpolation = "LINEAR"  # a choice holds all the same
    cases = []
    for on, how, method in said:
        chain = [
            ["picture_threshold", {"on": on, "combine": how, "softness": 0.2}],
            ["threshold", {}],
            ["grow", {"pixels": 2.0, "method": method}],
        ]
        cases.append({"mask": mask, "picture": shot.picture, "other": shot.other, "chain": chain})
    for found, wanted in zip(shot.rendered(1003).values(), engines(tmp_path, cases), strict=True):
        assert wanted.any() and np.abs(found - wanted).max() < STEEP
    # On whichever frame Blender is, the group is the same; what the compositor has no nodes for is said before it is reached.
    bpy.context.scene.frame_set(1001)
    assert not tuning.is_behind(shot.clip) and not tuning.tuned_curves(shot.clip)
    picked.values["on"].choice = "lightness"
    shot.clip.keyframe_insert(f"{picked.values['on'].path_from_id()}.choice", frame=1004)
    bpy.context.scene.frame_set(1001)
    assert "no nodes for the channel 'lightness'" in refusals.why_not(picked)


def test_a_driven_choice_may_come_to_any(shot: Shot) -> None:
    shot.write("it", masks_of()["soft"])
    shot.chain(("combine_object", {"object": "other", "combine": "replace"}))
    combine = shot.item.refine[0].values["combine"]
    number = {name: number for number, name in properties.choices_by_number(combine).items()}
    driver = shot.clip.driver_add(f"{combine.path_from_id()}.choice").driver
    driver.expression = f"{number['replace']} if frame < 1002 else {number['multiply']}"
    rendered = shot.rendered(1002)
    assert np.abs(rendered[1001] - shot.other).max() < 2 * ROUNDING
    assert np.abs(rendered[1002] - shot.other * masks_of()["soft"]).max() < 2 * ROUNDING


def test_the_users_nodes_among_ours_stay(shot: Shot) -> None:
    shot.chain(("threshold", {}), ("blur", {}))
    group = compositor.build_group(shot.clip)
    blur = next(node for node in group.nodes if node.bl_idname == versions.BLUR)
    blur.location = (1234.0, 56.0)
    source = blur.inputs["Image"].links[0].from_socket
    mine = group.nodes.new("CompositorNodeFilter")
    group.links.new(source, mine.inputs["Image"])
    group.links.new(mine.outputs["Image"], blur.inputs["Image"])
    compositor.build_group(shot.clip)
    assert blur.inputs["Image"].links[0].from_node == mine
    assert tuple(blur.location) == (1234.0, 56.0)
    shot.item.refine[0].live = False
    shot.item.refine[1].live = True
    compositor.build_group(shot.clip)
    assert [node.bl_idname for node in nodes_of(shot)].count(versions.BLUR) == 1
    assert mine in list(group.nodes)


def test_what_is_baked_again_leaves_nothing_behind(shot: Shot) -> None:
    shot.chain(("threshold", {}), ("picture_threshold", {}), ("combine_object", {"object": "other", "combine": "replace"}))
    group = compositor.build_group(shot.clip)
    assert nodes_of(shot) and live.inputs_of(group)
    for step in shot.item.refine:
        step.live = False
    compositor.build_group(shot.clip)
    assert not nodes_of(shot)
    assert not live.inputs_of(group)
    output = next(node for node in group.nodes if node.bl_idname == "NodeGroupOutput")
    assert [entry.links[0].from_node.label for entry in output.inputs if entry.is_linked] == ["it", "other"]


def test_keyframes_are_carried_over(shot: Shot, tmp_path: Path) -> None:
    """Numbers, a colour and a driven value; before 4.5 sizes can't be keyed, which is said."""
    mask = masks_of()["any"]
    shot.write("it", mask)
    shot.chain(("threshold", {"softness": 0.3}), ("chroma_key", {"combine": "subtract", "softness": 0.2}))
    threshold, key = shot.item.refine
    for frame, level, color in ((1001, 0.2, (0, 1, 0)), (1003, 0.8, (0.5, 0.2, 1))):
        threshold.values["level"].number = level
        key.values["color"].color = color
        for value in (threshold.values["level"], key.values["color"]):
            field = properties.FIELDS[value.kind]
            assert shot.clip.keyframe_insert(f"{value.path_from_id()}.{field}", frame=frame)
    tolerance = key.values["tolerance"]
    shot.clip.driver_add(f"{tolerance.path_from_id()}.number").driver.expression = "(frame - 1000) / 10"
    compositor.build_group(shot.clip)
    assert sorted(entries(shot)) == ["it: chroma key softness", "it: threshold softness"]
    steps = document.shot_of(shot.clip).object("it").refine
    cases = []
    for frame in FRAMES:
        chain = [[step.op, {name: at_frame(value, frame) for name, value in step.values.items()}] for step in steps]
        cases.append({"mask": mask, "picture": shot.picture, "other": shot.other, "chain": chain})
    assert cases[0]["chain"] != cases[1]["chain"] != cases[2]["chain"]
    rendered = shot.rendered(1003)
    for frame, wanted in zip(FRAMES, engines(tmp_path, cases), strict=True):
        assert np.abs(rendered[frame] - wanted).max() < STEEP, frame
    # Tuned in the node group, the curve stays so until the panel's changes.
    group = compositor.group_of(shot.clip)
    keyed = {curve.data_path: curve for curve in animation.curves_of(group)}
    assert len(keyed) == 5
    curve = next(curve for curve in keyed.values() if len(curve.keyframe_points) == 2 and round(curve.keyframe_points[1].co[1], 6) == 0.8)
    curve.keyframe_points[1].co = (1003, 0.9)
    compositor.build_group(shot.clip)
    assert round(curve.keyframe_points[1].co[1], 6) == 0.9
    assert [one.label for one in tuning.tuned_curves(shot.clip)] == ["it: threshold level"]
    threshold.values["level"].number = 0.6
    shot.clip.keyframe_insert(f"{threshold.values['level'].path_from_id()}.number", frame=1003)
    compositor.build_group(shot.clip)
    assert round(curve.keyframe_points[1].co[1], 6) == 0.6
    assert not tuning.tuned_curves(shot.clip)
    for step in shot.item.refine:
        step.live = False
    compositor.build_group(shot.clip)
    assert not animation.curves_of(group)


def test_keyframes_that_were_tuned_in_the_group_are_taken_back(shot: Shot) -> None:
    shot.chain(("threshold", {}), ("chroma_key", {}))
    level, color = shot.item.refine[0].values["level"], shot.item.refine[1].values["color"]
    softness = shot.item.refine[0].values["softness"]
    for frame, number, said in ((1001, 0.2, (0, 1, 0)), (1003, 0.8, (0.5, 0.2, 1))):
        level.number, color.color = number, said
        shot.clip.keyframe_insert(f"{level.path_from_id()}.number", frame=frame)
        shot.clip.keyframe_insert(f"{color.path_from_id()}.color", frame=frame)
    shot.clip.driver_add(f"{softness.path_from_id()}.number").driver.expression = "(frame - 1000) / 10"
    group = compositor.build_group(shot.clip)
    assert not tuning.tuned_curves(shot.clip)

    def ours(label: str) -> list[Any]:
        return [curves.curve_of(group, node) for node in group.nodes if node.label == label]

    (mine,), (driven,), channels = ours("it: threshold level"), ours("it: threshold softness"), ours("it: chroma key color")
    mine.keyframe_points[1].co = (1002, 0.7)
    mine.keyframe_points[0].interpolation = "CONSTANT"
    mine.keyframe_points.insert(1003, 0.9)
    channels[2].keyframe_points[1].co = (1003, 0.25)
    driven.keyframe_points[1].co = (1002, 0.9)
    assert sorted({one.label for one in tuning.tuned_curves(shot.clip)}) == [
        "it: chroma key color",
        "it: threshold level",
        "it: threshold softness",
    ]
    bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name, object="other")
    assert len(tuning.tuned_curves(shot.clip)) == 3
    bpy.ops.mattewright.take_from_nodes(clip=shot.clip.name)
    assert [one.label for one in tuning.tuned_curves(shot.clip)] == ["it: threshold softness"], "a driver is the panel's alone"
    values = document.shot_of(shot.clip).object("it").refine
    assert [round(at_frame(values[0].values["level"], frame), 4) for frame in FRAMES] == [0.2, 0.7, 0.9]
    assert at_frame(values[1].values["color"], 1003) == pytest.approx((0.5, 0.2, 0.25), abs=1e-5)
    assert not tuning.is_behind(shot.clip)
    again = [
        [tuple(point.co) for point in curve.keyframe_points] for curve in (*ours("it: threshold level"), *ours("it: chroma key color"))
    ]
    compositor.build_group(shot.clip)
    assert [[tuple(point.co) for point in curve.keyframe_points] for curve in (mine, *channels)] == again
    bpy.ops.mattewright.give_to_nodes(clip=shot.clip.name)
    assert not tuning.tuned_curves(shot.clip) and round(driven.evaluate(1002), 4) == 0.2


def test_a_size_with_keyframes(shot: Shot, tmp_path: Path) -> None:
    mask = masks_of()["hard"]
    shot.write("it", mask)
    properties.add_refine(shot.item, "grow")
    properties.add_refine(shot.item, "feather")
    grow, feather = shot.item.refine
    for frame, pixels in ((1001, -4.0), (1002, 0.0), (1003, 6.0)):
        grow.values["pixels"].number, feather.values["outside"].number = pixels, pixels + 5
        for value in (grow.values["pixels"], feather.values["outside"]):
            shot.clip.keyframe_insert(f"{value.path_from_id()}.number", frame=frame)
    grow.live = True
    if not versions.SIZES_ARE_SOCKETS:
        assert not grow.live
        assert refusals.why_not(grow).endswith(
            "'pixels' has keyframes or a driver, which its nodes can't have before Blender 4.5: leave it baked"
        )
        return
    assert grow.live and feather.live
    chains = [[["grow", {"pixels": pixels}], ["feather", {"outside": pixels + 5}]] for pixels in (-4.0, 0.0, 6.0)]
    wanted = engines(tmp_path, [{"mask": mask, "picture": shot.picture, "other": shot.other, "chain": chain} for chain in chains])
    for found, right in zip(shot.rendered(1003).values(), wanted, strict=True):
        assert np.abs(found - right).max() < 1e-4


@pytest.mark.parametrize(
    ("op", "values", "said"),
    [
        ("fill_holes", {}, "the compositor has no nodes for it"),
        ("picture_threshold", {"on": "lightness"}, "no nodes for the channel 'lightness'"),
        ("blur", {"method": "median"}, "no such median"),
        ("open", {"method": "distance"}, "distances of hard masks only"),
    ],
)
def test_what_has_no_nodes_says_so(shot: Shot, op: str, values: dict[str, Any], said: str) -> None:
    step = properties.add_refine(shot.item, op, **values)
    with pytest.raises(RuntimeError, match=f"op '{op}': .*{said}.*: leave it baked"):
        bpy.ops.mattewright.refine_live(clip=shot.clip.name, object="it", index=0)
    assert not step.live


def test_a_picture_that_was_changed_before_is_not_the_compositors(shot: Shot) -> None:
    properties.add_refine(shot.item, "denoise")
    properties.add_refine(shot.item, "chroma_key")
    assert "'denoise' changes the picture before it" in refusals.why_not(shot.item.refine[1])
    shot.item.refine[0].enabled = False
    assert not refusals.why_not(shot.item.refine[1])


def test_a_picture_that_is_seen_otherwise_than_by_blender_is_not_the_compositors(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "light_1.exr", np.full((8, 8, 3), 2.0))
    for clip, name, value, said in (
        (load_clip(path), "exposure", 1.5, "seen through a view of its own"),
        (load_clip(path), "transfer", "log", "seen through a view of its own"),
        (load_clip(make_sequence(tmp_path / "plates", 1, 1).first), "alpha", "premultiplied", "taken otherwise than Blender takes it"),
    ):
        clip.name = name
        settings = properties.of(clip)
        settings.store = str(tmp_path / name)
        item = properties.add_object(settings, "it")
        step, mask = properties.add_refine(item, "picture_threshold"), properties.add_refine(item, "grow")
        assert not refusals.why_not(step)
        step.live = True
        usual = getattr(settings, name)
        setattr(settings, name, value)
        assert not refusals.why_not(mask), "what reads no picture has its nodes"
        with pytest.raises(MattewrightError, match=f"object 'it': op 'picture_threshold': .*{said}.*: leave it baked"):
            compositor.build_group(clip)
        step.live = False
        with pytest.raises(RuntimeError, match=said):
            bpy.ops.mattewright.refine_live(clip=clip.name, object="it", index=0)
        setattr(settings, name, usual)
        assert not refusals.why_not(step)


def test_a_value_that_has_no_nodes_is_said_when_building(shot: Shot) -> None:
    shot.chain(("blur", {}))
    shot.item.refine[0].values["method"].choice = "median"
    with pytest.raises(MattewrightError, match="object 'it': op 'blur': the compositor has no such median"):
        compositor.build_group(shot.clip)
    with pytest.raises(MattewrightError, match="object 'it': op 'blur': the compositor has no such median"):
        document.shot_of(shot.clip)


def test_objects_that_ask_for_each_other_are_said(shot: Shot) -> None:
    shot.chain(("combine_object", {"object": "other"}))
    step = properties.add_refine(properties.of(shot.clip).objects["other"], "combine_object", object="it")
    step.live = True
    with pytest.raises(MattewrightError, match="break the circle"):
        compositor.build_group(shot.clip)
