"""Runs in a Blender's own Python: what its nodes make of a Cryptomatte and of a multilayer EXR.

    python blender_layers.py JOB.json

JOB is ``{"cryptomatte", "layers", "names", "width", "height", "folder"}``: of each name ``folder/<index>_crypto.exr`` becomes the
Cryptomatte node's matte, and ``folder/<index>_layer.exr`` the image node's socket of that name. ``folder/said.json`` gets all sockets'
names.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="mattewright-bpy-")

import bpy


def compositor(scene):
    """The scene's empty compositing tree, and its output's socket."""
    if bpy.app.version < (5, 0):
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        return tree, tree.nodes.new("CompositorNodeComposite").inputs[0]
    tree = bpy.data.node_groups.new("Layers", "CompositorNodeTree")
    scene.compositing_node_group = tree
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    return tree, tree.nodes.new("NodeGroupOutput").inputs[0]


def main(job_path):
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    folder = Path(job["folder"])
    scene = bpy.context.scene
    scene.render.compositor_device = "CPU"
    scene.render.resolution_x, scene.render.resolution_y = job["width"], job["height"]
    scene.render.resolution_percentage = 100
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth, settings.exr_codec = "OPEN_EXR", "RGB", "32", "NONE"
    tree, output = compositor(scene)

    def render(socket, name):
        tree.links.new(socket, output)
        scene.render.filepath = str(folder / name)
        bpy.ops.render.render(write_still=True)

    crypto = tree.nodes.new("CompositorNodeCryptomatteV2")
    crypto.source = "IMAGE"
    crypto.image = bpy.data.images.load(job["cryptomatte"])
    crypto.layer_name = "Mattewright"
    layers = tree.nodes.new("CompositorNodeImage")
    layers.image = bpy.data.images.load(job["layers"])
    said = {"sockets": [socket.name for socket in layers.outputs if socket.enabled], "type": layers.image.type}
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")
    for index, name in enumerate(job["names"]):
        crypto.matte_id = name
        render(crypto.outputs["Matte"], f"{index}_crypto.exr")
        render(layers.outputs[name], f"{index}_layer.exr")


main(sys.argv[1])
