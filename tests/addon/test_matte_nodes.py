"""The node group's outputs of mattes: alpha bit for bit and on the right frame, and a foreground that goes over another background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from addon_fixtures import load_clip, make_sequence, read_picture, save, write_exr, write_png
from mattewright.addon import clips, compositor, document, properties, store
from mattewright.addon.compositor import group as groups
from mattewright.addon.compositor import mattes, versions
from mattewright.addon.compositor.render import _scene
from mattewright.engine.shot import MattewrightError

NAME = "Fuchs ä 1"
BEHIND = (0.2, 0.7, 0.05)
"""Scene-linear, of the new background."""


def shot_with_mattes(
    folder: Path, start: int, offset: int, foreground: bool = True
) -> tuple[bpy.types.MovieClip, dict[int, Any], dict[int, Any]]:
    """A saved file, and files of a matte for each of its frames: alphas (uint16) and foregrounds (float32, of half precision)."""
    clip = load_clip(make_sequence(folder / "footage 1 é", 1001, 3).first, start, offset)
    save(folder / "Schnitt ü 01.blend")
    item = properties.add_object(properties.of(clip), NAME)
    item.matte.enabled, item.matte.foreground = True, foreground
    layout, random = store.layout(clip), np.random.default_rng(3)
    width, height = clips.size(clip)
    alphas, colors = {}, {}
    for frame in document.shot_of(clip).range:
        alpha = random.integers(0, 65536, (height, width)).astype(np.uint16)
        alpha[:4], alpha[4:8] = 0, 65535
        color = random.uniform(0, 1.5, (height, width, 3)).astype(np.float16)
        write_png(layout.file(NAME, "alpha", frame), alpha)
        write_exr(layout.file(NAME, "foreground", frame), color)
        alphas[frame], colors[frame] = alpha, color.astype(np.float32)
    return clip, alphas, colors


def outputs(group: bpy.types.NodeTree) -> list[str]:
    return [item.name for item in versions.interface(group).items_tree if item.in_out == "OUTPUT"]


def rendered(clip: bpy.types.MovieClip, part: str, path: Path, over: tuple[float, ...] | None = None) -> dict[int, np.ndarray]:
    """What comes out of the group's part in a scene of its own, by frame, (height, width, 4) as a 32-bit EXR has it."""
    group = compositor.build_group(clip)
    found = {}
    with _scene(clip) as scene:
        tree = versions.new_scene_tree(scene, "test")
        versions.use_compositor(scene)
        node: Any = tree.nodes.new("CompositorNodeGroup")
        node.node_tree = group
        source = groups.socket_of(group, node, properties.of(clip).objects[0], part)
        if over is not None:
            laid = tree.nodes.new("CompositorNodeAlphaOver")
            colors = [socket for socket in laid.inputs if socket.type == "RGBA"]  # the background comes first in each Blender
            names = [socket.name for socket in colors]
            behind, front = (colors[names.index("Background")], colors[names.index("Foreground")]) if "Background" in names else colors
            behind.default_value = (*over, 1.0)
            tree.links.new(source, front)
            source = laid.outputs[0]
        output = versions.new_output(tree)
        tree.links.new(source, output.inputs[0])
        settings: Any = scene.render.image_settings
        versions.still_format(settings, "OPEN_EXR")
        settings.color_mode, settings.color_depth = "RGBA", "32"
        compositor.reload_masks(clip)
        for frame in document.shot_of(clip).range:
            scene.frame_set(frame)
            scene.render.filepath = str(path / f"{part}_{frame:04d}.exr")
            compositor.render_still(scene)
            found[frame] = read_picture(Path(scene.render.filepath))
    return found


@pytest.mark.parametrize(("start", "offset"), [(1001, 0), (23, 0), (1003, 2)])
def test_alpha_is_the_stored_one(tmp_path: Path, start: int, offset: int) -> None:
    clip, alphas, _ = shot_with_mattes(tmp_path, start, offset)
    name = clip.name
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    found = rendered(bpy.data.movieclips[name], "alpha", tmp_path / "out")
    assert sorted(found) == sorted(alphas) and min(found) == start - offset
    for frame, picture in found.items():
        np.testing.assert_allclose(picture[..., 0], alphas[frame] / np.float32(65535), atol=0.5 / 65535, err_msg=f"frame {frame}")


def test_foreground_is_straight_and_the_cutout_goes_over_a_new_background(tmp_path: Path) -> None:
    clip, alphas, colors = shot_with_mattes(tmp_path, 1001, 0)
    straight = rendered(clip, "foreground", tmp_path / "out")
    cut = rendered(clip, "cut-out", tmp_path / "out")
    over = rendered(clip, "cut-out", tmp_path / "over", BEHIND)
    for frame, color in colors.items():
        alpha = alphas[frame][..., None] / np.float32(65535)
        np.testing.assert_allclose(straight[frame][..., :3], color, atol=1e-6, err_msg=f"frame {frame}")
        np.testing.assert_allclose(cut[frame], np.concatenate([alpha * color, alpha], axis=2), atol=2e-5)
        np.testing.assert_allclose(over[frame][..., :3], alpha * color + (1 - alpha) * np.float32(BEHIND), atol=2e-5)


def test_without_a_foreground_the_clip_itself_is_cut_out(tmp_path: Path) -> None:
    clip, alphas, _ = shot_with_mattes(tmp_path, 1001, 0, foreground=False)
    group = compositor.build_group(clip)
    assert outputs(group) == [NAME, f"{NAME} alpha", f"{NAME} cut-out"]
    cut = rendered(clip, "cut-out", tmp_path / "out")
    footage = read_picture(tmp_path / "footage 1 é" / "plate_1002.png")[..., :3]
    linear = np.where(footage <= 0.04045, footage / 12.92, ((footage + 0.055) / 1.055) ** 2.4)
    alpha = alphas[1002][..., None] / np.float32(65535)
    np.testing.assert_allclose(cut[1002], np.concatenate([alpha * linear, alpha], axis=2), atol=2e-4)


def test_outputs_come_and_go_with_the_matte_and_links_stay(tmp_path: Path) -> None:
    clip, _, _ = shot_with_mattes(tmp_path, 1001, 0)
    shot = properties.of(clip)
    shot.objects[0].matte.enabled = False
    properties.add_object(shot, "Blatt")
    group = compositor.build_group(clip)
    assert outputs(group) == [NAME, "Blatt"]
    before = len(group.nodes)
    shot.objects[0].matte.enabled = True  # the group follows by itself
    assert outputs(group) == [NAME, f"{NAME} alpha", f"{NAME} foreground", f"{NAME} cut-out", "Blatt"], "together"
    with _scene(clip) as scene:
        tree = versions.new_scene_tree(scene, "test")
        node: Any = tree.nodes.new("CompositorNodeGroup")
        node.node_tree = group
        blur = tree.nodes.new("CompositorNodeBlur")
        tree.links.new(groups.socket_of(group, node, shot.objects[0], "alpha"), blur.inputs["Image"])
        shot.objects[0].matte.foreground = False
        assert outputs(group) == [NAME, f"{NAME} alpha", f"{NAME} cut-out", "Blatt"]
        shot.objects[0].name = "Fuchs"
        compositor.build_group(clip)
        assert blur.inputs["Image"].links[0].from_socket.name == "Fuchs alpha"
        shot.objects[0].matte.foreground = True
        assert outputs(group) == ["Fuchs", "Fuchs alpha", "Fuchs foreground", "Fuchs cut-out", "Blatt"], "in their order"
        shot.objects[0].matte.enabled = False
        assert outputs(group) == ["Fuchs", "Fuchs alpha", "Blatt"], "what is linked stays"
        assert blur.inputs["Image"].is_linked
    compositor.build_group(clip)
    assert outputs(group) == ["Fuchs", "Blatt"] and len(group.nodes) == before
    shot.objects[0].matte.enabled = True
    bpy.ops.mattewright.object_remove(clip=clip.name, object="Fuchs")
    assert outputs(group) == ["Blatt"]
    assert not [node for node in group.nodes if versions.mark(node, "mattewright_part")]


def test_what_the_user_links_inside_the_group_stays(tmp_path: Path) -> None:
    clip, _, _ = shot_with_mattes(tmp_path, 1001, 0)
    group = compositor.build_group(clip)
    cut = next(node for node in group.nodes if versions.mark(node, "mattewright_part") == mattes.CUTOUT)
    mine = group.nodes.new("CompositorNodeBlur")
    group.links.new(mine.outputs["Image"], cut.inputs["Alpha"])
    compositor.build_group(clip)
    assert cut.inputs["Alpha"].links[0].from_node == mine


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    clip, _, _ = shot_with_mattes(tmp_path, 1001, 0)
    layout = store.layout(clip)
    layout.file(NAME, "alpha", 1002).unlink()
    write_png(layout.file(NAME, "alpha", 1003), np.zeros((4, 4), np.uint16))
    layout.file(NAME, "foreground", 1001).unlink()
    write_exr(layout.file(NAME, "foreground", 1002), np.zeros((4, 5, 3)))
    said = [str(found) for found in store.coverage(clip, document.shot_of(clip)) if found.stage != "mask"]
    assert said == [
        f"{NAME}: 2 of 3 alphas; none on frames 1002; not of the clip's size on frames 1003",
        f"{NAME}: 2 of 3 foregrounds; none on frames 1001; not of the clip's size on frames 1002",
    ]
    properties.of(clip).objects[0].matte.enabled = False
    assert [found.stage for found in store.coverage(clip, document.shot_of(clip))] == ["mask"]


def test_keying_goes_by_the_alpha_where_there_is_a_matte(tmp_path: Path) -> None:
    clip, alphas, colors = shot_with_mattes(tmp_path, 1001, 0)
    frames = document.shot_of(clip).range
    output = compositor.KeyedFrames(str(tmp_path / "keyed" / "k_####.png"), depth="16")
    for frame, path in compositor.render_keyed(clip, frames, output):
        keyed = np.round(read_picture(path)[..., 3] * 65535).astype(np.uint16)
        np.testing.assert_array_equal(keyed, alphas[frame])
    linear = compositor.KeyedFrames(str(tmp_path / "keyed" / "l_####.exr"), "OPEN_EXR", "32")
    for frame, path in compositor.render_keyed(clip, frames, linear):
        alpha = alphas[frame][..., None] / np.float32(65535)
        np.testing.assert_allclose(read_picture(path)[..., :3], alpha * colors[frame], atol=2e-5, err_msg="its own color")
    properties.of(clip).objects[0].matte.enabled = False
    (path,) = [path for frame, path in compositor.render_keyed(clip, frames, output) if frame == 1001]
    assert not read_picture(path)[..., 3].any(), "there are no masks"


def test_keying_anew_leaves_no_output_behind(tmp_path: Path) -> None:
    clip, _, _ = shot_with_mattes(tmp_path, 1001, 0)
    scene = bpy.context.scene
    assert compositor.build_keying_tree(scene, clip)
    group = compositor.group_of(clip)
    assert group is not None and len(outputs(group)) == 4
    properties.of(clip).objects[0].matte.enabled = False
    assert outputs(group) == [NAME, f"{NAME} alpha", f"{NAME} foreground"], "which the tree is linked to"
    assert compositor.build_keying_tree(scene, clip)
    assert outputs(group) == [NAME] and not [node for node in group.nodes if versions.mark(node, "mattewright_part")]


def test_a_matte_that_nobody_switched_on_is_no_job(tmp_path: Path) -> None:
    from mattewright.addon import jobs

    clip, _, _ = shot_with_mattes(tmp_path, 1001, 0)
    properties.of(clip).objects[0].matte.enabled = False
    with pytest.raises(MattewrightError, match="no object's matte is switched on"):
        jobs.run("matte", clip)
