"""Blender Masks as outlines: where Blender itself draws them, and on the right frame."""

from __future__ import annotations

import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import ROOT, engine_python, load_clip, make_sequence, quiet_override, read_picture, save
from mattewright.addon import compositor, document, masks, properties
from mattewright.addon.compositor import versions
from mattewright.addon.link import session
from mattewright.engine.shot import FrameRange, read
from mattewright.engine.shot.messages import JobDone

FRAMES = FrameRange(1001, 1012)
SQUARE = ((10, 12), (50, 12), (50, 40), (10, 40))
"""Pixels from the top left corner."""


def add_spline(layer, corners, size: tuple[int, int], handles: str = "VECTOR"):
    spline = layer.splines.new()
    spline.points.add(len(corners) - 1)
    spline.use_cyclic = True
    place(spline, corners, size)
    for point in spline.points:
        point.handle_type = handles
    return spline


def place(spline, corners, size: tuple[int, int]) -> None:
    width, height = size
    longer = max(size)
    for point, (x, y) in zip(spline.points, corners, strict=True):
        point.co = ((x + (longer - width) / 2) / longer, (height - y + (longer - height) / 2) / longer)


def updated(frame: int = 1001) -> None:
    bpy.context.scene.frame_set(frame)


@pytest.fixture(params=[(64, 48), (40, 60)], ids=["wide", "high"])
def clip(request, tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "f", 1001, len(FRAMES), request.param).first, 1001)
    save(tmp_path / "a.blend")
    properties.add_object(properties.of(clip), "fox")
    return clip


@pytest.fixture
def mask():
    made = bpy.data.masks.new("garbage")
    made.layers.new(name="one")
    return made


def blenders(mask, size: tuple[int, int], folder: Path, frame: int = 1) -> np.ndarray:
    """The mask as Blender's own compositor draws it, (height, width)."""
    scene = bpy.data.scenes.new("draw")
    scene.frame_current = frame
    render = scene.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage, render.film_transparent = 100, True
    versions.composite_on_cpu(scene)
    tree = versions.new_scene_tree(scene, "draw")
    node = tree.nodes.new("CompositorNodeMask")
    node.mask = mask
    tree.links.new(node.outputs[0], versions.new_output(tree).inputs[0])
    versions.still_format(render.image_settings, "OPEN_EXR")
    render.image_settings.color_depth = "32"
    render.filepath = str(folder / "drawn.exr")
    compositor.render_still(scene)
    return read_picture(folder / "drawn.exr")[..., 0]


def engines(shot_json: Path, folder: Path, frame: int) -> np.ndarray:
    """The first mask of a document as the engine fills it."""
    program = """
import sys
import numpy as np
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from engine.refine import Box
from engine.refine.combining import filled
from engine.shot import read
shot = read(Path(sys.argv[2]))
size = shot.footage.height, shot.footage.width
np.save(sys.argv[3], filled(shot.masks[0].at_frame(int(sys.argv[4])), Box.whole(size)))
"""
    command = [str(engine_python()), "-I", "-c", program, str(ROOT), str(shot_json), str(folder / "f.npy"), str(frame)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return np.load(folder / "f.npy")


def size_of(clip) -> tuple[int, int]:
    return clip.size[0], clip.size[1]


def area(polygon) -> float:
    points = np.array(polygon.points)
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def test_corners_are_the_clips_pixels(clip, mask) -> None:
    corners = ((3, 5), (33, 5), (33, 41), (3, 41))
    add_spline(mask.layers[0], corners, size_of(clip))
    updated()
    (found,) = masks.outlines(["garbage"], size_of(clip), FRAMES)
    assert list(found.frames) == ["1001"], "a mask that doesn't move is one entry"
    (polygon,) = found.at_frame(1005)
    np.testing.assert_allclose(polygon.points, corners, atol=2e-3)
    assert (polygon.opacity, polygon.subtract) == (1.0, False)
    assert abs(area(polygon) - 30 * 36) < 0.5


def test_curves_lie_where_blender_draws_them(clip, mask, tmp_path: Path) -> None:
    """Layers that add and subtract, one that is hidden, one that is half transparent."""
    size = size_of(clip)
    add_spline(mask.layers[0], ((8, 8), (34, 6), (36, 38), (10, 42)), size, "AUTO")
    for name, blend, alpha, corners in (
        ("less", "MERGE_SUBTRACT", 1.0, ((14, 14), (22, 14), (22, 24), (14, 24))),
        ("more", "MERGE_ADD", 0.5, ((2, 30), (6, 30), (6, 44), (2, 44))),
        ("none", "MERGE_ADD", 1.0, ((0, 0), (30, 0), (30, 30), (0, 30))),
    ):
        layer = mask.layers.new(name=name)
        layer.blend, layer.alpha, layer.hide_render = blend, alpha, name == "none"
        add_spline(layer, corners, size)
    updated()
    item = properties.of(clip).objects["fox"]
    properties.add_refine(item, "garbage_matte", mask="garbage")
    path = document.write(clip)
    assert len(read(path).masks[0].at_frame(1001)) == 3
    ours, drawn = engines(path, tmp_path, 1001), blenders(mask, size, tmp_path)
    # Blender draws half a pixel to nine tenths too much all along an outline.
    polygons = read(path).masks[0].at_frame(1001)
    along = sum(float(np.hypot(*(np.array(one.points) - np.roll(one.points, 1, 0)).T).sum()) for one in polygons)
    assert -0.1 * along < float(drawn.sum()) - float(ours.sum()) < 0.9 * along
    assert np.abs(ours - drawn).max() < 0.9, "no pixel is wholly on the other side"
    # Moved by one pixel either way they fit worse: the position is right to less than that.
    fits = {
        (down, across): float(np.abs(np.roll(ours, (down, across), (0, 1)) - drawn).sum()) for down in (-1, 0, 1) for across in (-1, 0, 1)
    }
    assert min(fits, key=fits.__getitem__) == (0, 0)


def test_holes(clip, mask, tmp_path: Path) -> None:
    size = size_of(clip)
    add_spline(mask.layers[0], ((14, 14), (22, 14), (22, 24), (14, 24)), size)
    add_spline(mask.layers[0], ((4, 4), (36, 4), (36, 40), (4, 40)), size)
    updated()
    ((one, other),) = [masks.outlines(["garbage"], size, FRAMES)[0].at_frame(1001)]
    assert (one.subtract, other.subtract) == (False, False)
    mask.layers[0].use_fill_holes = True
    ((one, other),) = [masks.outlines(["garbage"], size, FRAMES)[0].at_frame(1001)]
    assert (one.subtract, other.subtract) == (False, True)
    assert area(one) > area(other)


def test_shape_keys_are_read_frame_by_frame(clip, mask) -> None:
    size = size_of(clip)
    spline = add_spline(mask.layers[0], SQUARE, size)
    scene = bpy.context.scene
    window = bpy.context.window_manager.windows[0]
    editor = window.screen.areas[0]
    editor.type = "CLIP_EDITOR"
    editor.spaces[0].clip, editor.spaces[0].mode, editor.spaces[0].mask = clip, "MASK", mask
    region = next(region for region in editor.regions if region.type == "WINDOW")
    with quiet_override(window=window, area=editor, region=region, scene=scene):
        for frame, shift in ((1003, 0), (1008, 5)):
            scene.frame_set(frame)
            place(spline, [(x + shift, y) for x, y in SQUARE], size)
            for point in spline.points:
                point.select = True
            assert bpy.ops.mask.shape_key_insert() == {"FINISHED"}
    scene.frame_set(1005)
    before = [tuple(point.co) for point in spline.points]
    scenes = len(bpy.data.scenes)
    (found,) = masks.outlines(["garbage"], size, FRAMES)
    assert list(found.frames) == ["1001", "1004", "1005", "1006", "1007", "1008"]
    for frame in FRAMES:
        (polygon,) = found.at_frame(frame)
        shift = min(max(frame - 1003, 0), 5)
        np.testing.assert_allclose(polygon.points, [(x + shift, y) for x, y in SQUARE], atol=0.02)
    assert scene.frame_current == 1005
    assert [tuple(point.co) for point in spline.points] == before
    assert len(bpy.data.scenes) == scenes


def test_what_cannot_be_had_stops_only_its_object(clip, mask) -> None:
    size = size_of(clip)
    add_spline(mask.layers[0], SQUARE, size)
    shot = properties.of(clip)
    properties.add_object(shot, "bird")
    step = properties.add_refine(shot.objects["fox"], "garbage_matte", mask="lost")
    lost = "there is no Mask 'lost' in this file; its masks: 'garbage'"
    assert masks.refused(shot) == {"fox": f"step 1 of 'fox': {lost}. Choose another one there, or switch the step off"}
    properties.set_value(step, "mask", "garbage")
    assert not masks.refused(shot)
    assert [found.name for found in document.shot_of(clip).masks] == ["garbage"]
    mask.layers[0].invert = True
    assert "layer 'one': an inverted layer" in masks.refused(shot)["fox"]
    mask.layers[0].invert, mask.layers[0].blend = False, "DIFFERENCE"
    assert "only adding and subtracting" in masks.refused(shot)["fox"]
    mask.layers[0].blend = "ADD"
    mask.layers[0].splines[0].points[0].parent.id = clip
    assert "parented to a track" in masks.refused(shot)["fox"]
    other = properties.add_refine(shot.objects["bird"], "combine_object", object="fox")
    assert masks.refused(shot)["bird"] == masks.refused(shot)["fox"], "it asks for a mask that can't be made"
    other.enabled = False
    assert list(masks.refused(shot)) == ["fox"]
    step.enabled = False
    assert not masks.refused(shot)
    assert document.shot_of(clip).masks == ()


def test_a_renamed_mask_is_still_the_one_that_is_meant(clip, mask, tmp_path: Path) -> None:
    add_spline(mask.layers[0], SQUARE, size_of(clip))
    item = properties.of(clip).objects["fox"]
    value = properties.add_refine(item, "garbage_matte", mask="garbage").values["mask"]
    mask.name = "window"
    assert [found.name for found in document.shot_of(clip).masks] == ["window"]
    assert value.reference == "window"
    other = bpy.data.masks.new("garbage")
    mask.name, other.name = "old", "window"  # another one takes its name
    assert [found.name for found in document.shot_of(clip).masks] == ["old"]
    mask.use_fake_user = other.use_fake_user = clip.use_fake_user = True
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    bpy.data.masks["old"].name = "new"
    clip = bpy.data.movieclips[0]
    assert [found.name for found in document.shot_of(clip).masks] == ["new"]
    bpy.data.masks.remove(bpy.data.masks["new"])
    assert "there is no Mask 'new'" in masks.refused(properties.of(clip))["fox"]


def test_a_job_passes_over_the_object_whose_mask_is_gone_and_fails_at_its_end(clip, monkeypatch) -> None:
    shot = properties.of(clip)
    properties.add_object(shot, "bird")
    step = properties.add_refine(shot.objects["fox"], "garbage_matte", mask="lost")
    asked = []

    def answer(method, params, name, on_progress=None):
        asked.append(params.objects)
        return JobDone(1, 0)

    monkeypatch.setattr(session, "run", answer)
    assert [item.refine[0].values["mask"] for item in document.shot_of(clip).objects if item.refine] == ["lost"]
    with pytest.raises(RuntimeError, match=r"1 files written.*but without 'fox': step 1 of 'fox': there is no Mask 'lost'"):
        bpy.ops.mattewright.refine(clip=clip.name)
    with pytest.raises(RuntimeError, match="step 1 of 'fox': there is no Mask 'lost'"):
        bpy.ops.mattewright.refine(clip=clip.name, object="fox")
    bpy.ops.mattewright.refine(clip=clip.name, object="bird")
    step.enabled = False
    bpy.ops.mattewright.refine(clip=clip.name)
    assert asked == [("bird",), ("bird",), ()]
