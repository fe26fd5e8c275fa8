"""Arrays into Blender objects: solids out of tapered capsules, meshes, strands. All are put below one empty, the subject, that moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from .strands import Floats, unit

Place = Sequence[float] | npt.NDArray[Any]
Capsule = tuple[Place, Place, float, float]
"""From, to, radius there and there: metres."""


def link(thing: Any, parent: Any) -> Any:
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = parent
    return thing


def empty(name: str, parent: Any = None, at: Sequence[float] = (0, 0, 0)) -> Any:
    made = link(bpy.data.objects.new(name, None), parent)
    made.location = at
    return made


def mesh(name: str, vertices: Floats, faces: Sequence[Sequence[int]] | Any, material: Any, parent: Any, smooth: bool = True) -> Any:
    data = bpy.data.meshes.new(name)
    data.from_pydata(vertices.tolist(), [], [list(map(int, face)) for face in faces])
    data.materials.append(material)
    if smooth:
        data.shade_smooth()
    return link(bpy.data.objects.new(name, data), parent)


def _capsule(capsule: Capsule, around: int = 20, rings: int = 7) -> tuple[Floats, list[list[int]]]:
    start, end = np.asarray(capsule[0], float), np.asarray(capsule[1], float)
    axis = end - start if np.linalg.norm(end - start) > 1e-6 else np.array([0, 0, 1e-6])
    along = unit(axis)
    side = unit(np.cross(along, [0.12, 0.97, 0.21] if abs(along[1]) < 0.9 else [0.97, 0.12, 0.21]))
    other = np.cross(along, side)
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    circle = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * other
    rows = []
    for centre, radius, angles in (
        (start, capsule[2], np.linspace(-np.pi / 2 * 0.96, 0, rings)),
        (end, capsule[3], np.linspace(0, np.pi / 2 * 0.96, rings)),
    ):
        rows += [centre + circle * radius * np.cos(angle) + along * radius * np.sin(angle) for angle in angles]
    faces = [
        [row * around + i, row * around + (i + 1) % around, (row + 1) * around + (i + 1) % around, (row + 1) * around + i]
        for row in range(len(rows) - 1)
        for i in range(around)
    ]
    faces += [list(range(around))[::-1], list(range((len(rows) - 1) * around, len(rows) * around))]
    return np.concatenate(rows), faces


def solid(
    name: str,
    capsules: Sequence[Capsule],
    material: Any,
    parent: Any,
    voxel: float = 0.012,
    smooth: int = 6,
    rough: float = 0.0,
    seed: int = 0,
) -> Any:
    """The union of capsules as one smooth skin; `rough`: metres that its surface is displaced by (cloth's folds)."""
    vertices: list[Floats] = []
    faces: list[list[int]] = []
    for capsule in capsules:
        more, sides = _capsule(capsule)
        first = sum(len(part) for part in vertices)
        vertices.append(more)
        faces += [[first + i for i in side] for side in sides]
    made = mesh(name, np.concatenate(vertices), faces, material, parent)
    remesh = made.modifiers.new("remesh", "REMESH")
    remesh.mode, remesh.voxel_size, remesh.use_smooth_shade = "VOXEL", voxel, True
    even = made.modifiers.new("smooth", "SMOOTH")
    even.factor, even.iterations = 0.5, smooth
    if rough:
        texture = bpy.data.textures.new(name, "CLOUDS")
        texture.noise_scale, texture.noise_depth = 0.09, 2
        displace = made.modifiers.new("folds", "DISPLACE")
        displace.texture, displace.strength, displace.mid_level = texture, rough, 0.5
        displace.texture_coords = "OBJECT"
        displace.texture_coords_object = empty(f"{name}.folds", None, (seed % 97, seed % 31, seed % 13))
    return made


def triangles(thing: Any) -> Floats:
    """The triangles (n, 3, 3) of an object with its modifiers, in its own coordinates."""
    graph = bpy.context.evaluated_depsgraph_get()
    evaluated = thing.evaluated_get(graph)
    data = evaluated.to_mesh()
    data.calc_loop_triangles()
    vertices = np.empty(len(data.vertices) * 3, np.float32)
    data.vertices.foreach_get("co", vertices)
    corners = np.empty(len(data.loop_triangles) * 3, np.int32)
    data.loop_triangles.foreach_get("vertices", corners)
    evaluated.to_mesh_clear()
    found: Floats = vertices.reshape(-1, 3)[corners].reshape(-1, 3, 3).astype(np.float64)
    return found


def strands(name: str, points: Floats, radii: Floats, material: Any, parent: Any, tint: Floats | None = None) -> Any:
    """Hair Curves of points (n, k, 3) with radii (n, k); `tint` (n, 3): each strand's scene-linear colour, the attribute ``tint``."""
    data = bpy.data.hair_curves.new(name)
    data.add_curves([points.shape[1]] * len(points))
    data.position_data.foreach_set("vector", np.ascontiguousarray(points, np.float32).ravel())
    radius = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.ascontiguousarray(radii, np.float32).ravel())
    if tint is not None:
        colour = data.attributes.new("tint", "FLOAT_COLOR", "CURVE")
        colour.data.foreach_set("color", np.concatenate([tint, np.ones((len(tint), 1))], axis=1).astype(np.float32).ravel())
    data.materials.append(material)
    return link(bpy.data.objects.new(name, data), parent)
