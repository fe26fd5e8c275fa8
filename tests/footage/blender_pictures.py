"""Runs in a Blender's own Python: saves what that Blender's Movie Clip node shows.

    python blender_pictures.py JOBS.json RESULTS.json

JOBS is a list of ``{"name", "path", "frames", "frame_start", "frame_offset", "colorspace", "folder"}``; each frame becomes
``folder/name.frame.exr``, float, through a Movie Clip node wired straight to the output. `colorspace` null leaves Blender's guess.
RESULTS gets, by name, what Blender says of each clip, or its error.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="mattewright-bpy-")

import bpy


def compositor(scene):
    """The scene's empty compositing tree, and a function that wires a socket to its output."""
    if bpy.app.version < (5, 0):
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        output = tree.nodes.new("CompositorNodeComposite")
    else:
        tree = bpy.data.node_groups.new("Pictures", "CompositorNodeTree")
        scene.compositing_node_group = tree
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        output = tree.nodes.new("NodeGroupOutput")
    return tree, lambda socket: tree.links.new(socket, output.inputs[0])


def main(jobs_path, results_path):
    jobs = json.loads(Path(jobs_path).read_text(encoding="utf-8"))
    scene = bpy.context.scene
    scene.render.compositor_device = "CPU"
    settings = scene.render.image_settings
    settings.file_format = "OPEN_EXR"
    settings.color_mode = "RGB"
    settings.color_depth = "32"
    settings.exr_codec = "NONE"
    scene.render.resolution_percentage = 100
    scene.render.use_file_extension = False
    tree, wire = compositor(scene)
    node = tree.nodes.new("CompositorNodeMovieClip")
    wire(node.outputs["Image"])
    results = {}
    for job in jobs:
        try:
            clip = bpy.data.movieclips.load(job["path"])
        except RuntimeError as error:
            results[job["name"]] = {"error": str(error)}
            continue
        guessed = clip.colorspace_settings.name
        length_at_load = clip.frame_duration
        size_at_load = tuple(clip.size)
        if job.get("colorspace"):
            clip.colorspace_settings.name = job["colorspace"]
        clip.frame_start = job.get("frame_start", 1)
        clip.frame_offset = job.get("frame_offset", 0)
        node.clip = clip
        scene.render.resolution_x, scene.render.resolution_y = size_at_load
        for frame in job["frames"]:
            scene.frame_set(frame)
            scene.render.filepath = str(Path(job["folder"]) / f"{job['name']}.{frame}.exr")
            bpy.ops.render.render(write_still=True)
        results[job["name"]] = {
            "width": size_at_load[0],
            "height": size_at_load[1],
            "size_after": tuple(clip.size),
            "frame_duration": length_at_load,
            "frame_duration_after": clip.frame_duration,
            "fps": clip.fps,
            "source": clip.source,
            "colorspace": guessed,
        }
    Path(results_path).write_text(json.dumps(results), encoding="utf-8")


main(*sys.argv[1:])
