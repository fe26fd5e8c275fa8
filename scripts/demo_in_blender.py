"""The demo's part inside Blender: what a user does, by the add-on's own operators and command. Run by `scripts/demo`."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import mattewright
from mattewright.addon import command

OBJECT = "bird"
FRAME = 12
"""Where the user clicks: amid the range, so that the shot is tracked both ways."""
POINTS = ((560.0, 110.0), (640.0, 480.0))
BOX = (430.0, 10.0, 925.0, 719.0)


def prepare(folder: Path, count: int) -> None:
    """A .blend with the clip, the range and the prompts, as if made by hand in the Movie Clip Editor."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mattewright.register()
    blend = folder / "cockatoo.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    clip = bpy.data.movieclips.load(str(folder / "cockatoo.mp4"))
    clip.filepath = bpy.path.relpath(clip.filepath)
    shot = clip.mattewright
    shot.use_clip_range, shot.first, shot.last = False, 1, count
    bpy.ops.mattewright.object_add(clip=clip.name, name=OBJECT)
    for x, y in POINTS:
        bpy.ops.mattewright.prompt_point_add(clip=clip.name, object=OBJECT, frame=FRAME, x=x, y=y)
    left, top, right, bottom = BOX
    bpy.ops.mattewright.prompt_box_set(clip=clip.name, object=OBJECT, frame=FRAME, left=left, top=top, right=right, bottom=bottom)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, count
    scene.render.resolution_x, scene.render.resolution_y = clip.size
    bpy.ops.wm.save_mainfile()


def farm(*words: str) -> None:
    """One `blender -b cockatoo.blend --command mattewright WORDS`."""
    print(f"$ blender -b cockatoo.blend --command mattewright {' '.join(words)}", flush=True)
    status = command.main(words)
    if status:
        mattewright.unregister()
        raise SystemExit(status)


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    prepare(folder, max(count, FRAME))
    farm("run")
    farm("nodes", "--keying", "--save")
    farm("render", "--output", "//keyed/cockatoo_####.png")
    farm("status")
    mattewright.unregister()


main()
