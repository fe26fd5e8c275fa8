"""Camera, light, motion, and how it is rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector

SENSOR = 24.0
"""Millimetres of the sensor's height."""


@dataclass
class Built:
    """A subject that stands: what the camera looks at (metres), how tall and deep that is, and the pivots that swing (which way each)."""

    centre: Sequence[float]
    height: float
    depth: float
    swinging: list[tuple[Any, int]] = field(default_factory=list)


def bounds(subject: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The least and greatest coordinates of everything below `subject`, in the world."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    corners = [
        thing.matrix_world @ Vector(corner)
        for thing in subject.children_recursive
        if thing.type in ("MESH", "CURVES")
        for corner in thing.evaluated_get(graph).bound_box
    ]
    points = np.array(corners)
    return points.min(axis=0), points.max(axis=0)


def fitted(subject: Any) -> Built:
    """Nearly the whole subject in the picture, whatever it is: bounds are wider than what is seen."""
    low, high = bounds(subject)
    extent = high - low
    return Built(((low + high) / 2).tolist(), 0.88 * float(max(extent[2], 0.7 * max(extent[:2]))), float(min(extent[:2])))


def shoot(plan: dict[str, Any], subject: Any, built: Built, threads: int) -> None:
    """Everything but the subject: settings, camera, light, motion. Frames are 1 to `frames`."""
    scene = bpy.context.scene
    camera, away = _camera(scene, plan, built)
    _light(scene, plan["light"], camera, built)
    _move(scene, plan, subject, camera, away, built)
    _settings(scene, plan, threads)


def _camera(scene: Any, plan: dict[str, Any], built: Built) -> tuple[Any, Any]:
    """The camera below a pivot at the subject's centre, and that pivot."""
    chosen = plan["camera"]
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_height, data.lens = "VERTICAL", SENSOR, chosen["lens"]
    data.clip_start, data.clip_end = 0.01, 100
    tall = built.height / chosen["fill"]
    distance = tall * chosen["lens"] / SENSOR + built.depth / 2
    pivot = bpy.data.objects.new("camera pivot", None)
    scene.collection.objects.link(pivot)
    pivot.location = built.centre
    pivot.rotation_euler = Euler((0, 0, np.radians(chosen["around"])))
    camera = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(camera)
    camera.parent = pivot
    tilt = np.radians(chosen["height"])
    camera.location = (0, -distance * np.cos(tilt), distance * np.sin(tilt))
    camera.rotation_euler = Euler((np.pi / 2 - tilt, 0, 0))
    width, height = plan["size"]
    # Shifts are in shares of the sensor's greater side.
    data.shift_x, data.shift_y = chosen["shift"][0] * height / max(width, height), chosen["shift"][1] * height / max(width, height)
    if chosen["focus"] != "all":
        _defocus(data, chosen, distance, built.depth)
    scene.camera = camera
    return camera, pivot


def _defocus(data: Any, chosen: dict[str, Any], distance: float, depth: float) -> None:
    """Focus on what is nearest (`front`), or before or behind it all (`off`): the aperture that blurs by `blur` of the picture's height."""
    focus, seen = (distance - depth / 2, distance + depth / 2) if chosen["focus"] == "front" else (distance * 0.72, distance)
    focus = max(focus, 0.05)
    lens = chosen["lens"] / 1000
    per_aperture = abs(seen - focus) / seen * lens / max(focus - lens, 0.02)
    aperture = chosen["blur"] * SENSOR / 1000 / max(per_aperture, 1e-6)
    data.dof.use_dof, data.dof.focus_distance = True, focus
    data.dof.aperture_fstop = float(np.clip(lens / max(aperture, 1e-6), 0.1, 64))


def _light(scene: Any, light: dict[str, Any], camera: Any, built: Built) -> None:
    world = bpy.data.worlds.new("world")
    scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    nodes.clear()
    shine = nodes.new("ShaderNodeBackground")
    links.new(shine.outputs[0], nodes.new("ShaderNodeOutputWorld").inputs["Surface"])
    place = nodes.new("ShaderNodeTexCoord").outputs["Generated"]
    turn = nodes.new("ShaderNodeVectorRotate")
    turn.rotation_type = "Z_AXIS"
    turn.inputs["Angle"].default_value = np.radians(light["turn"])
    links.new(place, turn.inputs["Vector"])
    if light["world"] == "gradient":
        _gradient(nodes, links, turn.outputs[0], light["sky"], shine)
    else:
        panorama = nodes.new("ShaderNodeTexEnvironment")
        folder = Path(bpy.utils.resource_path("LOCAL")) / "datafiles" / "studiolights" / "world"
        panorama.image = bpy.data.images.load(str(folder / f"{light['world']}.exr"))
        links.new(turn.outputs[0], panorama.inputs["Vector"])
        links.new(panorama.outputs["Color"], shine.inputs["Color"])
    sun = bpy.data.lights.new("sun", "SUN")
    sun.color, sun.energy, sun.angle = light["sun"], light["sun_strength"], np.radians(4)
    placed = bpy.data.objects.new("sun", sun)
    scene.collection.objects.link(placed)
    up, around = np.radians(light["sun_angle"])
    placed.rotation_euler = Euler((np.pi / 2 - up, 0, around))
    if light["rim"]:
        lamp = bpy.data.lights.new("rim", "SUN")
        lamp.energy, lamp.angle = light["rim"], np.radians(6)
        behind = bpy.data.objects.new("rim", lamp)
        scene.collection.objects.link(behind)
        behind.rotation_euler = Euler((np.radians(-55), 0, camera.parent.rotation_euler[2] + np.radians(20)))


def _gradient(nodes: Any, links: Any, direction: Any, sky: Sequence[Sequence[float]], shine: Any) -> None:
    """Above, horizon and below in three colours, one side brighter."""
    parts = nodes.new("ShaderNodeSeparateXYZ")
    links.new(direction, parts.inputs[0])
    tilted = nodes.new("ShaderNodeMath")
    tilted.operation = "MULTIPLY_ADD"
    links.new(parts.outputs["X"], tilted.inputs[0])
    tilted.inputs[1].default_value = 0.5
    links.new(parts.outputs["Z"], tilted.inputs[2])
    ramp = nodes.new("ShaderNodeValToRGB")
    spread = nodes.new("ShaderNodeMapRange")
    spread.inputs["From Min"].default_value = -1.2
    spread.inputs["From Max"].default_value = 1.2
    links.new(tilted.outputs[0], spread.inputs["Value"])
    links.new(spread.outputs[0], ramp.inputs[0])
    ramp.color_ramp.elements.new(0.5)
    for element, colour in zip(ramp.color_ramp.elements, sky[::-1], strict=True):
        element.color = (*colour, 1.0)
    links.new(ramp.outputs[0], shine.inputs["Color"])
    shine.inputs["Strength"].default_value = 1.3


def _move(scene: Any, plan: dict[str, Any], subject: Any, camera: Any, pivot: Any, built: Built) -> None:
    """Steady motion through all frames, from the frame before the first to the one after the last."""
    motion = plan["motion"]
    tall = built.height / plan["camera"]["fill"]
    bpy.context.view_layer.update()
    turned = camera.matrix_world.to_3x3()
    step = turned @ Vector((motion["shift"][0] * tall, motion["shift"][1] * tall, 0))
    middle = (1 + plan["frames"]) / 2
    for frame in (0, plan["frames"] + 1):
        away = frame - middle
        if motion["of"] == "camera":
            pivot.location = Vector(built.centre) - step * away
            pivot.rotation_euler = Euler((0, 0, np.radians(plan["camera"]["around"] + motion["turn"] * away)))
            pivot.keyframe_insert("location", frame=frame)
            pivot.keyframe_insert("rotation_euler", frame=frame)
        else:
            around = (
                Matrix.Translation(built.centre)
                @ Matrix.Rotation(np.radians(motion["turn"] * away), 4, "Z")
                @ Matrix.Translation(-Vector(built.centre))
            )
            subject.matrix_world = Matrix.Translation(step * away) @ around
            subject.keyframe_insert("location", frame=frame)
            subject.keyframe_insert("rotation_euler", frame=frame)
        for thing, way in built.swinging:
            thing.rotation_euler = Euler((np.radians(motion["swing"] * way * away * 0.6), np.radians(motion["swing"] * away * 0.6), 0))
            thing.keyframe_insert("rotation_euler", frame=frame)
    for thing in bpy.data.objects:
        if thing.animation_data and thing.animation_data.action:
            _straight(thing.animation_data)


def _straight(animation: Any) -> None:
    for layer in animation.action.layers:
        for strip in layer.strips:
            for curve in strip.channelbag(animation.action_slot).fcurves:
                for key in curve.keyframe_points:
                    key.interpolation = "LINEAR"


def _settings(scene: Any, plan: dict[str, Any], threads: int) -> None:
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = plan["size"]
    render.resolution_percentage = 100
    render.film_transparent = True
    render.use_persistent_data = True
    render.threads_mode, render.threads = "FIXED", threads
    render.use_motion_blur = plan["motion"]["speed"] != "still"
    render.motion_blur_shutter = plan["motion"]["shutter"]
    render.motion_blur_position = "CENTER"
    for thing in bpy.data.objects:
        # Everything moves as a rigid piece.
        thing.cycles.use_deform_motion = False
    cycles.device, cycles.seed, cycles.use_animated_seed = "CPU", plan["seed"], True
    cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transmission_bounces = 1, 1, 1
    cycles.transparent_max_bounces = 24
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect, cycles.sample_clamp_direct = 3.0, 12.0
    cycles.use_light_tree = False
    cycles.use_auto_tile = False
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", plan["camera"]["softness"]
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 2
    image = render.image_settings
    image.media_type = "MULTI_LAYER_IMAGE"
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "32", "ZIP"


def for_colour(samples: int) -> None:
    """Few samples, denoised: only colour is taken from these frames."""
    cycles = bpy.context.scene.cycles
    cycles.samples, cycles.max_bounces = samples, 1
    cycles.use_adaptive_sampling = False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes, cycles.denoising_prefilter, cycles.denoising_quality = "RGB_ALBEDO_NORMAL", "FAST", "FAST"


def for_alpha(samples: int) -> None:
    """Everything shines white and there is no light, so that the picture is the alpha: samples go, unsmoothed, where it is uncertain."""
    scene = bpy.context.scene
    cycles = scene.cycles
    cycles.samples, cycles.max_bounces, cycles.use_denoising = samples, 0, False
    cycles.use_adaptive_sampling, cycles.adaptive_threshold, cycles.adaptive_min_samples = True, 0.008, 16
    scene.view_layers[0].use_pass_z = True
    scene.world = None
    for thing in scene.objects:
        if thing.type == "LIGHT":
            thing.hide_render = True
    for material in bpy.data.materials:
        if material.use_nodes and material.node_tree:
            _whiten(material.node_tree)


def _whiten(tree: Any) -> None:
    for node in list(tree.nodes):
        if node.bl_idname.startswith("ShaderNodeBsdf") and node.bl_idname != "ShaderNodeBsdfTransparent":
            shine = tree.nodes.new("ShaderNodeEmission")
            for connected in list(node.outputs[0].links):
                tree.links.new(shine.outputs[0], connected.to_socket)
