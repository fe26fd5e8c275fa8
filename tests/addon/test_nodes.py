"""The node group and the keying tree: built, brought up to date, and nothing of the user's lost."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, random_masks, save
from mattewright.addon import compositor, properties
from mattewright.addon.compositor import versions
from mattewright.addon.compositor.group import MARK, socket_of


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "footage", 1001, 3).first, 1001)
    clip.name = "shot.0010"
    save(tmp_path / "file.blend")
    for name in ("fox", "tail", "leaf"):
        properties.add_object(properties.of(clip), name)
    return clip


def outputs(group) -> list[str]:
    return [item.name for item in versions.interface(group).items_tree if item.item_type == "SOCKET" and item.in_out == "OUTPUT"]


def objects(clip) -> dict[str, object]:
    return {item.name: item for item in properties.of(clip).objects}


def test_one_output_for_each_object_reading_its_masks_by_scene_frame(clip) -> None:
    group = compositor.build_group(clip)
    assert group.name == "Mattewright: shot.0010"
    assert outputs(group) == ["fox", "tail", "leaf"]
    nodes = [node for node in group.nodes if node.bl_idname == "CompositorNodeImage"]
    assert len(nodes) == 3
    for node in nodes:
        assert (node.frame_start, node.frame_duration, node.frame_offset, node.use_auto_refresh) == (1001, 3, 1000, True)
        assert node.image.source == "SEQUENCE"
        assert node.image.colorspace_settings.name == "Non-Color"
        assert node.image.filepath == f"//file.mattewright/shot.0010/objects/{node.label}/mask/{node.label}_1001.png"


def test_building_again_changes_nothing(clip) -> None:
    group = compositor.build_group(clip)

    def facts() -> list[object]:
        links = sorted((link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name) for link in group.links)
        return [
            group.name,
            outputs(group),
            sorted(node.name for node in group.nodes),
            links,
            sorted(image.name for image in bpy.data.images),
        ]

    before = facts()
    for _ in range(2):
        assert compositor.build_group(clip) == group
        assert facts() == before


def test_the_users_nodes_and_links_stay(clip) -> None:
    group = compositor.build_group(clip)
    scene = bpy.context.scene
    tree = versions.new_scene_tree(scene, "mine")
    instance = tree.nodes.new("CompositorNodeGroup")
    instance.node_tree = group
    blur = tree.nodes.new("CompositorNodeBlur")
    link = tree.links.new(socket_of(group, instance, objects(clip)["tail"]), blur.inputs["Image"])
    # Inside, the user softens one mask and adds an output of their own, called as an object is.
    inner = group.nodes.new("CompositorNodeBlur")
    output = next(node for node in group.nodes if node.bl_idname == "NodeGroupOutput")
    fox = next(node for node in group.nodes if node.get(MARK) == objects(clip)["fox"].identity)
    group.links.new(fox.outputs["Image"], inner.inputs["Image"])
    group.links.new(inner.outputs["Image"], output.inputs[0])
    mine = versions.interface(group).new_socket("leaf", in_out="OUTPUT", socket_type="NodeSocketFloat")
    group.links.new(inner.outputs["Image"], next(entry for entry in output.inputs if entry.identifier == mine.identifier))

    # Rename one object, remove another, add a third, and turn the order round.
    shot = properties.of(clip)
    objects(clip)["tail"].name = "brush"
    shot.objects.remove(next(index for index, item in enumerate(shot.objects) if item.name == "leaf"))
    shot.objects.move(1, 0)
    properties.add_object(shot, "grass")
    assert compositor.build_group(clip) == group

    assert sorted(outputs(group)) == ["brush", "fox", "grass", "leaf"]
    link = next(link for link in tree.links if link.to_node == blur)
    assert link.from_socket.name == "brush", "the link follows the object through its new name"
    into = {entry.name: entry.links[0].from_node.name for entry in output.inputs if entry.is_linked}
    assert into["fox"] == into["leaf"] == inner.name
    assert into["brush"] != inner.name
    images = {node.label: node.image.filepath for node in group.nodes if node.bl_idname == "CompositorNodeImage"}
    assert sorted(images) == ["brush", "fox", "grass"]
    assert images["brush"].endswith("objects/brush/mask/brush_1001.png")
    assert not [image for image in bpy.data.images if "leaf" in image.filepath], "the removed object's image is gone"


def test_the_group_is_known_again_after_save_and_load(clip, tmp_path: Path) -> None:
    compositor.build_group(clip)
    identifiers = [socket.identifier for socket in versions.interface(compositor.group_of(clip)).items_tree]
    save(tmp_path / "file.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "file.blend"))
    clip = bpy.data.movieclips["shot.0010"]
    clip.name = "renamed"
    group = compositor.build_group(clip)
    assert len(bpy.data.node_groups) == 1
    assert group.name == "Mattewright: renamed"
    assert [socket.identifier for socket in versions.interface(group).items_tree] == identifiers


def test_a_deleted_node_comes_back_and_a_deleted_group_is_made_anew(clip) -> None:
    group = compositor.build_group(clip)
    group.nodes.remove(next(node for node in group.nodes if node.get(MARK) == objects(clip)["fox"].identity))
    compositor.build_group(clip)
    assert sum(node.bl_idname == "CompositorNodeImage" for node in group.nodes) == 3
    bpy.data.node_groups.remove(group)
    assert compositor.group_of(clip) is None
    assert outputs(compositor.build_group(clip)) == ["fox", "tail", "leaf"]


def test_the_keying_tree_is_made_where_there_is_none(clip) -> None:
    scene = bpy.context.scene
    assert compositor.build_keying_tree(scene, clip)
    tree = versions.scene_tree(scene)
    names = sorted(node.bl_idname for node in tree.nodes)
    assert compositor.build_keying_tree(scene, clip), "and again: nothing is doubled"
    assert sorted(node.bl_idname for node in tree.nodes) == names
    kinds = set(names)
    assert {"CompositorNodeMovieClip", "CompositorNodeSetAlpha", "CompositorNodeGroup"} <= kinds


def test_the_users_tree_is_added_to_and_its_output_not_taken(clip) -> None:
    scene = bpy.context.scene
    tree = versions.new_scene_tree(scene, "mine")
    output = versions.new_output(tree)
    value = tree.nodes.new("CompositorNodeRGB")
    tree.links.new(value.outputs[0], output.inputs[0])
    assert not compositor.build_keying_tree(scene, clip)
    assert output.inputs[0].links[0].from_node == value
    assert versions.scene_tree(scene) == tree
    # The user puts a node between the mask and the alpha; it stays when an object is added.
    alpha = next(node for node in tree.nodes if node.bl_idname == "CompositorNodeSetAlpha")
    blur = tree.nodes.new("CompositorNodeBlur")
    tree.links.new(blur.outputs["Image"], alpha.inputs["Alpha"])
    properties.add_object(properties.of(clip), "grass")
    compositor.build_keying_tree(scene, clip)
    assert alpha.inputs["Alpha"].links[0].from_node == blur


def test_operators_build_and_say_what_is_missing(clip, capfd) -> None:
    random_masks(clip, "fox", range(1001, 1004))
    assert bpy.ops.mattewright.build_nodes(clip=clip.name, keying=True) == {"FINISHED"}
    said = capfd.readouterr().out
    assert "tail: 0 of 3 masks; none on frames 1001-1003" in said
    assert "fox" not in said.split("Blender shows nothing")[1]
    assert bpy.ops.mattewright.status(clip=clip.name) == {"FINISHED"}
    assert "fox: 3 of 3 masks" in capfd.readouterr().out
    bpy.ops.mattewright.object_remove(clip=clip.name, object="tail")
    assert outputs(compositor.group_of(clip)) == ["fox", "leaf"]
